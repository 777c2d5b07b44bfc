-- Summaries: what the buyer heard in a round of dialogue, and what changes because of it.

-- A revision is a row of its own; the earlier ones stay readable.
create table dialogue_summary (
    id uuid primary key,
    dialogue_id uuid not null references dialogue,
    -- 1, 2, 3, … within the round.
    version int not null check (version > 0),
    heard jsonb not null,
    -- [{"text", "lots", "criteria", "requirements", "attachments"}], the lists holding keys of the notice.
    changes jsonb not null check (jsonb_typeof(changes) = 'array'),
    -- The notice in force when it was published. It never changes, so that what the changes name is always there.
    notice_id uuid not null references notice,
    -- Why it was revised; an empty object for the first.
    reason jsonb not null,
    published_by uuid not null references person,
    published_at timestamptz not null,
    unique (dialogue_id, version),
    constraint dialogue_summary_revised_for_a_reason check (version = 1 or reason <> '{}')
);
create trigger append_only before update or delete on dialogue_summary
    for each row execute function refuse_change();

create table summary_attachment (
    summary_id uuid not null references dialogue_summary,
    position int not null,
    document_id uuid not null references document,
    primary key (summary_id, position)
);
create trigger append_only before update or delete on summary_attachment
    for each row execute function refuse_change();

