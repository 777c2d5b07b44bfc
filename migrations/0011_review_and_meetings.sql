-- Draft review: what is reviewed, the places that comments are about, and what the buyer makes of them. Market meetings.

-- What is reviewed, or shown, in a round. Never taken away: what was commented on stays readable.
create table dialogue_document (
    dialogue_id uuid not null references dialogue,
    document_id uuid not null references document,
    -- 1, 2, 3, … within the round.
    position int not null check (position > 0),
    -- Why it was added; an empty object where nothing is said.
    reason jsonb not null,
    added_by uuid not null references person,
    added_at timestamptz not null,
    primary key (dialogue_id, document_id),
    unique (dialogue_id, position)
);
create trigger append_only before update or delete on dialogue_document
    for each row execute function refuse_change();

-- The place in a document that a question or comment is about. A document never changes, so that it is the version that
-- was read.
create table question_anchor (
    question_id uuid primary key references question,
    document_id uuid not null references document,
    page int check (page > 0),
    -- What the asker wrote: shown to others while the question is not redacted.
    section text,
    quote text
);
create index question_anchor_document on question_anchor (document_id, question_id);
create trigger append_only before update or delete on question_anchor
    for each row execute function refuse_change();

-- What the buyer makes of a comment; null in rounds that review nothing.
alter table answer add column disposition text;
alter table answer add constraint answer_disposition_check
    check (disposition in ('ACCEPTED', 'PARTLY_ACCEPTED', 'REJECTED')) not valid;
alter table answer_draft add column disposition text;
alter table answer_draft add constraint answer_draft_disposition_check
    check (disposition in ('ACCEPTED', 'PARTLY_ACCEPTED', 'REJECTED')) not valid;

create table meeting (
    id uuid primary key,
    dialogue_id uuid not null references dialogue,
    -- 1, 2, 3, … within the round.
    number int not null check (number > 0),
    unique (dialogue_id, number)
);
create trigger append_only before update or delete on meeting for each row execute function refuse_change();

-- What is planned; the latest revision counts, the earlier ones stay readable.
create table meeting_version (
    meeting_id uuid not null references meeting,
    -- 1 for the first plan, more for each change.
    revision int not null check (revision > 0),
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    -- An empty object where it is held by link alone.
    place jsonb not null,
    link text,
    agenda jsonb not null,
    seats int check (seats > 0),
    seats_per_organisation int check (seats_per_organisation > 0),
    -- Organisations register before this moment; null: whoever wants may come.
    registration_until timestamptz,
    -- Why it was changed; an empty object in the first plan.
    reason jsonb not null,
    planned_by uuid not null references person,
    planned_at timestamptz not null,
    primary key (meeting_id, revision),
    constraint meeting_in_order check (starts_at < ends_at and registration_until <= starts_at),
    constraint meeting_seats_by_registration
        check (registration_until is not null or (seats is null and seats_per_organisation is null))
);
create trigger append_only before update or delete on meeting_version
    for each row execute function refuse_change();

create table meeting_cancellation (
    meeting_id uuid primary key references meeting,
    reason jsonb not null,
    cancelled_by uuid not null references person,
    at timestamptz not null
);
create trigger append_only before update or delete on meeting_cancellation
    for each row execute function refuse_change();

-- Who comes: for the buyer and the organisation itself. Replaced by registering again, taken back by deleting it. Has
-- nothing to do with `dialogue_participant`: a number given here would tell whose questions bear it.
create table meeting_registration (
    meeting_id uuid not null references meeting,
    organisation_id uuid not null references organisation,
    attendees int not null check (attendees > 0),
    note text,
    registered_by uuid not null references person,
    at timestamptz not null,
    primary key (meeting_id, organisation_id)
);

-- What was said; the latest revision counts, the earlier ones stay readable.
create table meeting_minutes (
    id uuid primary key,
    meeting_id uuid not null references meeting,
    -- 1 for the first, more for each revision.
    revision int not null check (revision > 0),
    text jsonb not null,
    published_by uuid not null references person,
    published_at timestamptz not null,
    unique (meeting_id, revision)
);
create trigger append_only before update or delete on meeting_minutes
    for each row execute function refuse_change();

create table meeting_minutes_document (
    minutes_id uuid not null references meeting_minutes,
    position int not null,
    document_id uuid not null references document,
    primary key (minutes_id, position)
);
create trigger append_only before update or delete on meeting_minutes_document
    for each row execute function refuse_change();
