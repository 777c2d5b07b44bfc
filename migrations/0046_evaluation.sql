-- How a buyer evaluates opened tenders. Only the buyer reads it.

-- Points of one evaluator for one criterion. A later revision replaces an earlier one; all stay readable in the audit log.
create table tender_score (
    id uuid primary key,
    tender_id uuid not null references tender,
    lot_id text not null,
    criterion_id text not null,
    -- From 1, for each evaluator.
    revision int not null check (revision > 0),
    points numeric not null check (points between 0 and 100),
    motive text not null,
    scored_by uuid not null references person,
    scored_at timestamptz not null,
    unique (tender_id, lot_id, criterion_id, scored_by, revision)
);
create trigger append_only before update or delete on tender_score for each row execute function refuse_change();
create trigger append_only_truncate before truncate on tender_score for each statement execute function refuse_truncate();

create table tender_exclusion (
    tender_id uuid primary key references tender,
    ground text not null,
    motive text not null,
    excluded_by uuid not null references person,
    excluded_at timestamptz not null
);
create trigger append_only before update or delete on tender_exclusion for each row execute function refuse_change();
create trigger append_only_truncate before truncate on tender_exclusion for each statement execute function refuse_truncate();

-- A buyer's question to one tenderer about its tender, and the answer.
create table clarification (
    id uuid primary key,
    tender_id uuid not null references tender,
    text text not null,
    answer_until timestamptz not null,
    requested_by uuid not null references person,
    requested_at timestamptz not null
);
create index clarification_tender on clarification (tender_id, requested_at);
create trigger append_only before update or delete on clarification for each row execute function refuse_change();
create trigger append_only_truncate before truncate on clarification for each statement execute function refuse_truncate();

create table clarification_answer (
    clarification_id uuid primary key references clarification,
    text text not null,
    answered_by uuid not null references person,
    answered_at timestamptz not null
);
create trigger append_only before update or delete on clarification_answer for each row execute function refuse_change();
create trigger append_only_truncate before truncate on clarification_answer for each statement execute function refuse_truncate();
