-- A round that the buyer ends before its time keeps the time until which it promised its answers:
-- `answers_until` may then lie after `closes_at`. The window of a planned round is checked by
-- `dialogue::round::rules`.
alter table dialogue drop constraint dialogue_answers_in_time;
alter table dialogue add constraint dialogue_answers_in_time
    check (answers_until >= questions_until) not valid;

-- The key of a name begins with the version of its computation (`organisation::name::key`) and is
-- computed again at start when the version changes, also that of a former name.
drop trigger append_only on organisation_former_name;
create trigger append_only before delete on organisation_former_name
    for each row execute function refuse_change();
create trigger append_only_but_key before update on organisation_former_name for each row
    when (to_jsonb(new) - 'name_skeleton' is distinct from to_jsonb(old) - 'name_skeleton')
    execute function refuse_change();
