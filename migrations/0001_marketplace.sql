-- The marketplace's first tables. Codes are text with checks: a new value is an expand-only change.
-- Text that buyers write is jsonb: {"sv": "…", "en": "…"} (ISO 639-1 keys).

-- Facts that were public or receipted are never changed; the database itself refuses.
create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;

create table person (
    id uuid primary key,
    issuer text not null,
    subject text not null,
    name text not null,
    created_at timestamptz not null default now(),
    unique (issuer, subject)
);

create table organisation (
    id uuid primary key,
    kind text not null check (kind in ('BUYER', 'COMPANY', 'NONPROFIT', 'SOCIAL_ENTERPRISE')),
    name text not null,
    description jsonb not null default '{}',
    country text,
    nuts text,
    identifier_scheme text,
    identifier text,
    -- Parties of imported notices: the key they have at their source.
    source_key text unique,
    created_at timestamptz not null default now()
);

create table membership (
    organisation_id uuid not null references organisation,
    person_id uuid not null references person,
    roles text[] not null,
    primary key (organisation_id, person_id)
);
create index membership_person on membership (person_id);

create table procurement (
    id uuid primary key,
    ocid text not null unique,
    buyer_id uuid not null references organisation,
    phase text not null check (phase in ('DRAFT', 'UPCOMING', 'TENDERING', 'EVALUATION', 'AWARDED',
        'COMPLETE', 'CANCELLED', 'UNSUCCESSFUL', 'WITHDRAWN')),
    -- Counts the changes; an editor states the one it saw.
    revision int not null default 1,
    -- What the buyer is writing: content with lots. Null once published and unchanged since.
    draft jsonb,
    -- The notice in force; null until the first publication.
    notice_id uuid,
    tender_deadline timestamptz,
    imported boolean not null default false,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index procurement_buyer on procurement (buyer_id, id);

create table notice (
    id uuid primary key,
    procurement_id uuid not null references procurement,
    number int not null,
    phase text not null,
    content jsonb not null,
    -- Why an amendment was made; null for the first notice.
    reason jsonb,
    published_by uuid references person,
    published_at timestamptz not null,
    -- Imported notices: the release's own id.
    release_id text,
    unique (procurement_id, number),
    unique (procurement_id, release_id)
);
alter table procurement add foreign key (notice_id) references notice;
create trigger append_only before update or delete on notice for each row execute function refuse_change();

create table lot (
    notice_id uuid not null references notice,
    position int not null,
    id text not null,
    content jsonb not null,
    primary key (notice_id, position),
    unique (notice_id, id)
);
create trigger append_only before update or delete on lot for each row execute function refuse_change();

create table follow (
    person_id uuid not null references person,
    procurement_id uuid not null references procurement,
    since timestamptz not null,
    primary key (person_id, procurement_id)
);
create index follow_procurement on follow (procurement_id);

create table notification (
    id uuid primary key,
    person_id uuid not null references person,
    procurement_id uuid not null references procurement,
    event text not null,
    -- The thing the event is about (notice, dialogue, question); with the event it makes a notification unique.
    subject_id uuid not null,
    at timestamptz not null,
    unique (person_id, event, subject_id)
);
create index notification_person on notification (person_id, at desc, id desc);

create table dialogue (
    id uuid primary key,
    procurement_id uuid not null references procurement,
    number int not null,
    kind text not null check (kind in ('OPEN_QA', 'RFI', 'DRAFT_REVIEW', 'MARKET_MEETING', 'IDEA_CALL')),
    title jsonb not null,
    description jsonb not null,
    opens_at timestamptz not null,
    questions_until timestamptz not null,
    closes_at timestamptz not null,
    opened_by uuid not null references person,
    unique (procurement_id, number),
    check (opens_at < questions_until and questions_until <= closes_at)
);

create table question (
    id uuid primary key,
    dialogue_id uuid not null references dialogue,
    number int not null,
    -- Who asked is for the asker alone (and for a court, in the audit log).
    asker_organisation_id uuid not null references organisation,
    asker_person_id uuid not null references person,
    lot_id text,
    text text not null,
    language text not null,
    asked_at timestamptz not null,
    unique (dialogue_id, number)
);
create trigger append_only before update or delete on question for each row execute function refuse_change();

create table answer (
    id uuid primary key,
    question_id uuid not null references question,
    revision int not null,
    text jsonb not null,
    answered_by uuid not null references person,
    published_at timestamptz not null,
    unique (question_id, revision)
);
create trigger append_only before update or delete on answer for each row execute function refuse_change();

-- A sealed offer. Only the opener's private key, which no serving process holds, can read `sealed`.
create table tender (
    id uuid primary key,
    procurement_id uuid not null references procurement,
    organisation_id uuid not null references organisation,
    -- Order of arrival within the procurement, from 1, gapless.
    number int not null,
    sealed bytea not null,
    sha256 bytea not null,
    submitted_by uuid not null references person,
    submitted_at timestamptz not null,
    unique (procurement_id, number)
);
create trigger append_only before update or delete on tender for each row execute function refuse_change();

create table tender_withdrawal (
    tender_id uuid primary key references tender,
    withdrawn_by uuid not null references person,
    withdrawn_at timestamptz not null
);
create trigger append_only before update or delete on tender_withdrawal for each row execute function refuse_change();

create table opening (
    procurement_id uuid primary key references procurement,
    requested_by uuid not null references person,
    requested_at timestamptz not null,
    opened_at timestamptz
);

create table opened_tender (
    tender_id uuid primary key references tender,
    content jsonb,
    -- Set instead of the content when a tender could not be authenticated.
    failure text,
    check ((content is null) <> (failure is null))
);
create trigger append_only before update or delete on opened_tender for each row execute function refuse_change();

create table award (
    id uuid primary key,
    procurement_id uuid not null references procurement,
    lot_id text not null,
    tender_id uuid not null references tender,
    reason jsonb not null,
    awarded_by uuid not null references person,
    awarded_at timestamptz not null,
    unique (procurement_id, lot_id)
);
create trigger append_only before update or delete on award for each row execute function refuse_change();

-- Everything that happens: who, when, what, on whose behalf.
create table audit (
    id bigint generated always as identity primary key,
    at timestamptz not null,
    person_id uuid references person,
    organisation_id uuid references organisation,
    action text not null,
    subject_id uuid not null,
    detail jsonb not null default '{}'
);
create index audit_subject on audit (subject_id, id);
create trigger append_only before update or delete on audit for each row execute function refuse_change();

-- A mutation repeated with the same key and input answers as the first time.
create table idempotency (
    person_id uuid not null references person,
    operation text not null,
    -- Both are digests: the key's, and the input's salted with the key, so that no input can be guessed from here.
    key text not null,
    input_sha256 bytea not null,
    outcome jsonb,
    at timestamptz not null,
    primary key (person_id, operation, key)
);
