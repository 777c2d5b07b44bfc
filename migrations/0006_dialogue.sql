-- Early dialogue in full: rounds with a time zone that are extended, what happened for all to see, who took part under
-- which number, and questions that are supported, released, redacted, merged, refused or withdrawn.

-- A nonprofit partnership (Swedish: idéburet offentligt partnerskap) is no procurement of its own kind of tender.
alter table dialogue drop constraint dialogue_kind_check;
alter table dialogue add constraint dialogue_kind_check check (kind in ('OPEN_QA', 'RFI', 'DRAFT_REVIEW',
    'MARKET_MEETING', 'IDEA_CALL', 'PARTNERSHIP')) not valid;

alter table dialogue
    -- IANA name; what the buyer reads its deadlines in.
    add column time_zone text not null default 'Europe/Stockholm',
    -- Until when the buyer means to have answered; null: `closes_at` (rounds from before this column).
    add column answers_until timestamptz,
    -- Questions are public once the buyer releases them.
    add column moderated boolean not null default false,
    add constraint dialogue_answers_in_time check (answers_until between questions_until and closes_at) not valid;

-- A window is extended, never shortened.
create trigger append_only before update on dialogue for each row
    when (new.questions_until < old.questions_until or new.closes_at < old.closes_at
        or coalesce(new.answers_until, new.closes_at) < coalesce(old.answers_until, old.closes_at)
        or new.opens_at <> old.opens_at)
    execute function refuse_change();
create trigger keep_dialogue before delete on dialogue for each row execute function refuse_change();

create table dialogue_extension (
    dialogue_id uuid not null references dialogue,
    -- 1, 2, 3, … within the round.
    number int not null,
    -- What the window became.
    questions_until timestamptz not null,
    answers_until timestamptz not null,
    closes_at timestamptz not null,
    reason jsonb not null,
    extended_by uuid not null references person,
    at timestamptz not null,
    primary key (dialogue_id, number)
);
create trigger append_only before update or delete on dialogue_extension
    for each row execute function refuse_change();

-- Set with the first round of kind PARTNERSHIP, and never taken back: such a procurement becomes no tender.
alter table procurement add column partnership boolean not null default false;
alter table procurement add constraint procurement_partnership_not_tendered
    check (not (partnership and phase = 'TENDERING')) not valid;

-- Every public happening of a dialogue. Says what and when, never what it says or who asked. Kinds are named in
-- `dialogue::event::Kind`.
create table dialogue_event (
    id bigint generated always as identity primary key,
    procurement_id uuid not null references procurement,
    dialogue_id uuid references dialogue,
    kind text not null check (kind ~ '^[A-Z][A-Z_]*$'),
    subject_id uuid not null,
    -- When it becomes public: readers take only what is not later than now.
    at timestamptz not null
);
create index dialogue_event_procurement on dialogue_event (procurement_id, at, id);
-- What nobody has read yet (a round's end, an answer's release) may still be put off.
create trigger append_only before update or delete on dialogue_event for each row
    when (old.at <= clock_timestamp()) execute function refuse_change();

-- Under which number an organisation takes part in a round: all that others see of it.
create table dialogue_participant (
    dialogue_id uuid not null references dialogue,
    organisation_id uuid not null references organisation,
    number int not null,
    primary key (dialogue_id, organisation_id),
    unique (dialogue_id, number)
);
create trigger append_only before update or delete on dialogue_participant
    for each row execute function refuse_change();

-- The number of an organisation in a round, given in the order of first participation. The procurement's row is locked
-- by the caller.
create function take_part(dialogue uuid, organisation uuid) returns int language sql as $$
    insert into dialogue_participant (dialogue_id, organisation_id, number)
    select $1, $2, 1 + coalesce(max(number), 0) from dialogue_participant where dialogue_id = $1
    on conflict (dialogue_id, organisation_id) do nothing;
    select number from dialogue_participant where dialogue_id = $1 and organisation_id = $2;
$$;

-- Whoever asks takes part, also when a server from before this file takes the question.
create function asker_takes_part() returns trigger language plpgsql as $$
begin
    perform take_part(new.dialogue_id, new.asker_organisation_id);
    return new;
end $$;
create trigger asker_takes_part before insert on question for each row execute function asker_takes_part();

-- What organisations did lately, to hold floods back. Rows are of use for a day.
create table dialogue_activity (
    procurement_id uuid not null references procurement,
    organisation_id uuid not null references organisation,
    action text not null,
    at timestamptz not null
);
create index dialogue_activity_recent on dialogue_activity (procurement_id, organisation_id, action, at);

-- From here on the organisation is named as the asker of its questions in the round; never taken back.
create table asker_disclosure (
    dialogue_id uuid not null references dialogue,
    organisation_id uuid not null references organisation,
    disclosed_by uuid not null references person,
    at timestamptz not null,
    primary key (dialogue_id, organisation_id)
);
create trigger append_only before update or delete on asker_disclosure
    for each row execute function refuse_change();

alter table question
    -- The earlier question of the same round that this one follows up.
    add column about_question_id uuid references question,
    -- The attachment of the notice that it is about.
    add column attachment_key text;

-- "Mine too": one an organisation. Taken back by deleting it.
create table question_support (
    question_id uuid not null references question,
    organisation_id uuid not null references organisation,
    supported_by uuid not null references person,
    at timestamptz not null,
    primary key (question_id, organisation_id)
);

-- Moderated rounds: the question may be read by all.
create table question_release (
    question_id uuid primary key references question,
    released_by uuid not null references person,
    at timestamptz not null
);
create trigger append_only before update or delete on question_release
    for each row execute function refuse_change();

-- The text that is read instead of what was asked; the latest counts. What was asked stays in `question`, unread.
create table question_redaction (
    question_id uuid not null references question,
    number int not null,
    text text not null,
    reason jsonb not null,
    redacted_by uuid not null references person,
    at timestamptz not null,
    primary key (question_id, number)
);
create trigger append_only before update or delete on question_redaction
    for each row execute function refuse_change();

-- The other question's answer is this one's. What others are merged into is not merged itself.
create table question_merge (
    question_id uuid primary key references question,
    into_id uuid not null references question,
    merged_by uuid not null references person,
    at timestamptz not null,
    check (question_id <> into_id)
);
create index question_merge_into on question_merge (into_id);
create trigger append_only before update or delete on question_merge
    for each row execute function refuse_change();

create table question_refusal (
    question_id uuid primary key references question,
    reason jsonb not null,
    refused_by uuid not null references person,
    at timestamptz not null
);
create trigger append_only before update or delete on question_refusal
    for each row execute function refuse_change();

create table question_withdrawal (
    question_id uuid primary key references question,
    withdrawn_by uuid not null references person,
    at timestamptz not null
);
create trigger append_only before update or delete on question_withdrawal
    for each row execute function refuse_change();

-- What the buyer is writing; seen by its members alone.
create table answer_draft (
    question_id uuid primary key references question,
    -- Counts the changes; an editor states the one it saw.
    revision int not null,
    text jsonb not null,
    saved_by uuid not null references person,
    at timestamptz not null
);

-- An answer with a later `published_at` is held until then: the buyer alone reads it, and may still change it. Servers
-- from before this file show it at once: hold no answers until all are replaced.
drop trigger append_only on answer;
create trigger append_only before update or delete on answer for each row
    when (old.published_at <= clock_timestamp()) execute function refuse_change();

-- What happened before this file.
insert into dialogue_participant (dialogue_id, organisation_id, number)
select dialogue_id, asker_organisation_id, row_number() over (partition by dialogue_id order by min(number))
from question group by dialogue_id, asker_organisation_id;

insert into dialogue_event (procurement_id, dialogue_id, kind, subject_id, at)
select procurement_id, dialogue_id, kind, subject_id, at from (
    select procurement_id, id as dialogue_id, 'DIALOGUE_OPENED' as kind, id as subject_id, opens_at as at from dialogue
    union all
    select procurement_id, id, 'DIALOGUE_CLOSED', id, closes_at from dialogue
    union all
    select procurement_id, dialogue.id, 'QUESTION_ASKED', question.id, asked_at
    from question join dialogue on dialogue.id = dialogue_id
    union all
    select procurement_id, dialogue.id, case revision when 1 then 'ANSWER_PUBLISHED' else 'ANSWER_REVISED' end,
           question.id, published_at
    from answer join question on question.id = question_id join dialogue on dialogue.id = dialogue_id
) as happened order by at;
