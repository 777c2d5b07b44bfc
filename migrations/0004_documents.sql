-- Uploaded documents. What a document says is in the object store under its id; the file name is never part of a path.
-- A row is there before its object is and until after it is gone, so that no object is ever without one.
create table document (
    id uuid primary key,
    organisation_id uuid not null references organisation,
    uploaded_by uuid not null references person,
    file_name text not null check (char_length(file_name) between 1 and 200),
    media_type text not null,
    -- In bytes; while UPLOADING the most that it may become.
    size bigint not null check (size > 0),
    sha256 bytea check (octet_length(sha256) = 32),
    -- DOOMED: its object is about to be removed, and the row after it.
    state text not null check (state in ('UPLOADING', 'STORED', 'DOOMED')),
    uploaded_at timestamptz not null,
    -- Since when nothing refers to it: from here its days are counted. Means nothing while something does.
    unused_since timestamptz not null,
    constraint document_stored_whole check (state <> 'STORED' or sha256 is not null)
);
create index document_organisation on document (organisation_id);
create index document_not_stored on document (id) where state <> 'STORED';
create index document_unused on document (unused_since) where state = 'STORED';

-- What a document says and is called is fixed once it is stored.
create trigger append_only before update on document for each row
    when (old.state <> 'UPLOADING' and (old.organisation_id, old.uploaded_by, old.file_name, old.media_type, old.size,
        old.sha256, old.uploaded_at) is distinct from (new.organisation_id, new.uploaded_by, new.file_name,
        new.media_type, new.size, new.sha256, new.uploaded_at))
    execute function refuse_change();

-- Something unpublished refers to the document and may be published with it: a procurement's draft, by its id.
create table document_hold (
    holder_id uuid not null,
    document_id uuid not null references document,
    primary key (holder_id, document_id)
);
create index document_hold_document on document_hold (document_id);

-- A notice refers to the document: it is public, for good. `key` names the attachment through all notices.
create table published_document (
    notice_id uuid not null references notice,
    key text not null,
    document_id uuid not null references document,
    procurement_id uuid not null references procurement,
    primary key (notice_id, key)
);
create index published_document_document on published_document (document_id);
create index published_document_procurement on published_document (procurement_id);
create trigger append_only before update or delete on published_document
    for each row execute function refuse_change();

-- A public document is never removed, nor its object.
create function keep_published_document() returns trigger language plpgsql as $$
begin
    if exists (select from published_document where document_id = old.id) then
        raise exception 'document % is published', old.id using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger keep_published before update of state on document for each row
    when (new.state = 'DOOMED') execute function keep_published_document();
