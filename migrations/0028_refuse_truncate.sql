-- Append-only tables refuse TRUNCATE, too. Their row triggers refuse UPDATE and DELETE, but TRUNCATE fires no row triggers.

create function refuse_truncate() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;

-- Every table with a trigger that keeps its rows. A later append-only table gets both triggers in the file that creates it.
do $$
declare
    kept regclass;
begin
    for kept in
        select distinct tgrelid::regclass from pg_trigger
        join pg_class on pg_class.oid = tgrelid
        where not tgisinternal and relnamespace = 'public'::regnamespace
          and tgname in ('append_only', 'keep', 'keep_dialogue', 'keep_published')
    loop
        execute format(
            'create trigger append_only_truncate before truncate on %s for each statement execute function refuse_truncate()',
            kept);
    end loop;
end $$;
