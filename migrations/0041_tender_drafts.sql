-- Drafts of tenders, and the readable copies of submitted tenders, for the members of the tenderer. Both are encrypted
-- with a key that is derived from the server's secret, so that neither a dump of the database nor its roles can read
-- them.

-- The draft that an organisation writes for a procurement, with all lots it is going to offer.
create table tender_draft (
    id uuid primary key,
    procurement_id uuid not null references procurement,
    organisation_id uuid not null references organisation,
    -- Counts the changes; an editor states the one it read.
    revision int not null check (revision > 0),
    sealed bytea not null,
    saved_by uuid not null references person,
    saved_at timestamptz not null,
    unique (procurement_id, organisation_id)
);

-- What an organisation submitted, for its own members: the sealed tender itself is readable for the opener only.
create table tender_copy (
    tender_id uuid primary key references tender,
    sealed bytea not null
);
create trigger append_only before update or delete on tender_copy for each row execute function refuse_change();
create trigger append_only_truncate before truncate on tender_copy
    for each statement execute function refuse_truncate();
