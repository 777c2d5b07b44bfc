-- The allowances of 0018 and 0025 together: an imported round changes with its releases, and the
-- window of a round of this marketplace is extended, or shortened when the round ends early. 0025
-- replaced the trigger of 0018 without its allowance.

alter table dialogue validate constraint dialogue_has_origin;

-- No round becomes an imported one, or stops being one.
create or replace function keep_dialogue_window() returns trigger language plpgsql as $$
begin
    if new.milestone_id is not distinct from old.milestone_id
        and new.opens_at = old.opens_at and new.closes_at >= new.questions_until
        and exists (select from dialogue_end where dialogue_id = old.id and at = new.closes_at) then
        return new;
    end if;
    raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;
drop trigger append_only on dialogue;
create trigger append_only before update on dialogue for each row
    when (new.milestone_id is distinct from old.milestone_id
        or old.milestone_id is null and (
            new.questions_until < old.questions_until or new.closes_at < old.closes_at
            or coalesce(new.answers_until, new.closes_at)
               < coalesce(old.answers_until, old.closes_at)
            or new.opens_at <> old.opens_at))
    execute function keep_dialogue_window();
