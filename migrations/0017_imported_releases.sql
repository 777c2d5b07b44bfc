-- Imported releases are changes. They are kept as they were read, so that a later import merges its
-- releases with those of earlier ones.
create table imported_release (
    procurement_id uuid not null references procurement,
    -- Order of import. Of several contents of one release, the last one counts.
    position bigint generated always as identity,
    -- ID and date identify a release within its process.
    release_id text not null,
    date timestamptz not null,
    -- Whether the release states the whole state at its date, or else what changed.
    is_compiled boolean not null,
    -- SHA-256 of the content in canonical form: a repeated import is recognised by it.
    digest bytea not null check (length(digest) = 32),
    -- JSON as text: numbers of any size keep their digits.
    content text not null,
    primary key (procurement_id, position),
    unique (procurement_id, release_id, date, digest)
);

-- State of an imported process after all its releases.
create table imported_process (
    procurement_id uuid primary key references procurement,
    compiled text not null,
    newest timestamptz not null,
    newest_compiled timestamptz
);

-- A corrected release becomes the next notice with the same release ID.
alter table notice drop constraint notice_procurement_id_release_id_key;
