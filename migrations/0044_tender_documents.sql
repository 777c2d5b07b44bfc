-- Documents of tenders, sealed: the document storage and the row hold the age file alone. Name, media type and SHA-256 of
-- the content are inside of it.
create table sealed_document (
    document_id uuid primary key references document on delete cascade,
    -- Procurement whose tenders may have the document.
    procurement_id uuid not null references procurement
);
create index sealed_document_procurement on sealed_document (procurement_id);

-- What the opener made of the sealed documents of opened tenders: a readable document, or the reason why there is none.
create table opened_document (
    tender_id uuid not null references opened_tender,
    sealed_id uuid not null,
    document_id uuid references document,
    failure text,
    opened_at timestamptz not null,
    primary key (tender_id, sealed_id),
    constraint opened_document_or_failure check ((document_id is null) <> (failure is null))
);
create index opened_document_document on opened_document (document_id);
create trigger append_only before update or delete on opened_document for each row execute function refuse_change();
create trigger append_only_truncate before truncate on opened_document for each statement execute function refuse_truncate();
