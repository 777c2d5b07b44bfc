-- Rounds that the buyer ends before their time, and drafts that the buyer discards.

alter table dialogue_summary validate constraint dialogue_summary_revised_for_a_reason;
alter table document validate constraint document_state_check;

-- A round that the buyer closed early or cancelled. A cancelled round was opened by mistake; one that had not opened never
-- opens, and keeps the times of its plan.
create table dialogue_end (
    dialogue_id uuid primary key references dialogue,
    cancelled boolean not null,
    reason jsonb not null,
    ended_by uuid not null references person,
    at timestamptz not null
);
create trigger append_only before update or delete on dialogue_end
    for each row execute function refuse_change();

-- The window is extended, never shortened, except when the round ends early.
create function keep_dialogue_window() returns trigger language plpgsql as $$
begin
    if new.opens_at = old.opens_at and new.closes_at >= new.questions_until
        and exists (select from dialogue_end where dialogue_id = old.id and at = new.closes_at) then
        return new;
    end if;
    raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;
drop trigger append_only on dialogue;
create trigger append_only before update on dialogue for each row
    when (new.questions_until < old.questions_until or new.closes_at < old.closes_at
        or coalesce(new.answers_until, new.closes_at) < coalesce(old.answers_until, old.closes_at)
        or new.opens_at <> old.opens_at)
    execute function keep_dialogue_window();

-- The answers of joint buyers to a draft that was never published go with it.
create function refuse_change_of_published_procurement() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' and not exists (select from notice where procurement_id = old.procurement_id) then
        return old;
    end if;
    raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;
drop trigger append_only on joint_consent;
create trigger append_only before update or delete on joint_consent
    for each row execute function refuse_change_of_published_procurement();

-- The timeline has cancelled rounds.
create or replace view timeline_entry as
select procurement_id, at, kind, subject_id, dialogue_id, null::int as notice_number, null::text as lot_id
from dialogue_event
where kind in ('DIALOGUE_OPENED', 'DIALOGUE_EXTENDED', 'DIALOGUE_CLOSED', 'DIALOGUE_CANCELLED', 'SUMMARY_PUBLISHED',
               'DIALOGUE_DOCUMENTS_ADDED', 'MEETING_SCHEDULED', 'MEETING_CHANGED', 'MEETING_CANCELLED',
               'MINUTES_PUBLISHED')
union all
select procurement_id, published_at, 'NOTICE_PUBLISHED', id, null, number, null from notice
union all
select procurement_id, opened_at, 'TENDERS_OPENED', procurement_id, null, null, null from opening where opened_at is not null
union all
select procurement_id, awarded_at, 'LOT_AWARDED', id, null, null, lot_id from award
union all
select procurement_id, at, 'PROCUREMENT_ENDED', procurement_id, null, null, null from procurement_end;
