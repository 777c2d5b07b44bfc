-- Roles of Torg's processes, and their rights. Run it as a superuser in Torg's database:
--
--     psql -v ON_ERROR_STOP=1 -d torg -f deploy/postgres-roles.sql
--
-- Run it before the first `torg migrate` (it creates the roles), and after each `torg migrate`,
-- before the new version starts (it grants the rights on new tables). A second run changes nothing.
-- Set the passwords yourself, for example with `\password torg_serve`.
--
--     torg_owner   owns the database and everything in it: `torg migrate`, `torg erase`, pg_dump
--     torg_serve   `torg serve` and `torg import`: owns nothing
--     torg_worker  `torg worker` and `torg reindex`: reads no sealed or opened tender, no API key
--     torg_opener  `torg opener`: reads and opens tenders, and nothing else
--
-- docs/operations/database-roles.md lists the rights.

begin;
set local client_min_messages = warning;

do $$
declare
    role text;
begin
    foreach role in array '{torg_owner, torg_serve, torg_worker, torg_opener}'::text[] loop
        if not exists (select from pg_roles where rolname = role) then
            execute format('create role %I login', role);
        end if;
    end loop;
    -- Also for a database that another role has filled before.
    execute format('alter database %I owner to torg_owner', current_database());
    execute format('revoke all on database %I from public', current_database());
    execute format('grant connect on database %I to torg_serve, torg_worker, torg_opener',
        current_database());
end $$;

alter schema public owner to torg_owner;
revoke all on schema public from public;
grant usage on schema public to torg_serve, torg_worker, torg_opener;

-- All rights are granted from scratch, so that a right that is no longer needed disappears.
revoke all on all tables in schema public from torg_serve, torg_worker, torg_opener;

do $$
declare
    relation record;
    owner constant oid := 'torg_owner'::regrole;
    schemas constant oid[] := (
        select array_agg(oid) from pg_namespace where nspname in ('public', 'graphile_worker')
    );
begin
    if to_regclass('public._sqlx_migrations') is null then
        raise warning 'The roles exist. Run `torg migrate` as torg_owner, then this file again.';
    end if;
    -- Tables, views, functions and types that another role has created before.
    for relation in
        select case relkind when 'v' then 'view' else 'table' end as kind, oid::regclass::text as name
        from pg_class
        where relnamespace = any (schemas) and relkind in ('r', 'v') and relowner <> owner
        union all
        select 'routine', oid::regprocedure::text
        from pg_proc
        where pronamespace = any (schemas) and proowner <> owner
        union all
        select 'type', t.oid::regtype::text
        from pg_type t left join pg_class c on c.oid = t.typrelid
        where t.typnamespace = any (schemas) and t.typowner <> owner
            and (t.typtype in ('d', 'e') or c.relkind = 'c')
    loop
        execute format('alter %s %s owner to torg_owner', relation.kind, relation.name);
    end loop;
end $$;

-- torg_serve reads every table and inserts into it. It changes and deletes rows of tables that are
-- not append-only; in tables whose rows become final at a time (a published answer, an event that
-- is due), triggers refuse the change of final rows.
do $$
declare
    relation record;
begin
    for relation in
        select c.oid::regclass as name,
            exists (
                select from pg_trigger t
                where t.tgrelid = c.oid and not t.tgisinternal and t.tgname = 'append_only'
                    -- Row trigger before UPDATE and DELETE, without a condition.
                    and t.tgtype & (1 | 2 | 8 | 16) = (1 | 2 | 8 | 16) and t.tgqual is null
                    -- Rows of these tables are removed while nothing is published.
                    and c.relname not in ('answer_attachment', 'joint_consent')
            ) as append_only
        from pg_class c
        where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
            and c.relname <> '_sqlx_migrations'
    loop
        execute format('grant select, insert on %s to torg_serve', relation.name);
        if not relation.append_only then
            execute format('grant update, delete on %s to torg_serve', relation.name);
        end if;
    end loop;
    for relation in
        select c.oid::regclass as name
        from pg_class c
        where c.relnamespace = 'public'::regnamespace and c.relkind = 'v'
    loop
        execute format('grant select on %s to torg_serve, torg_worker', relation.name);
    end loop;
end $$;

do $$
declare
    relation text;
    readable text;
begin
    if to_regclass('public._sqlx_migrations') is null then
        return;
    end if;
    grant select on _sqlx_migrations to torg_serve, torg_worker, torg_opener;

    -- Only the opener opens, only the demo has a sample, only the operator erases.
    revoke insert on opened_tender, opening_record from torg_serve;
    if to_regclass('opened_document') is not null then
        revoke insert on opened_document from torg_serve;
        -- The opener writes the documents of opened tenders in clear.
        grant select on opened_tender, opened_document to torg_opener;
        grant select, insert on document, document_hold to torg_opener;
        grant insert on opened_document to torg_opener;
    end if;
    revoke update, delete on opening from torg_serve;
    revoke insert, update, delete on sample_journey from torg_serve;
    revoke delete on dialogue, organisation, person, api_key, search_number from torg_serve;

    -- torg_worker reads what it indexes and whom it notifies.
    for relation in
        select c.oid::regclass
        from pg_class c
        where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
            and c.relname not in ('tender', 'opened_tender', 'opening_record', 'chain_entry', 'tender_receipt', 'contribution_draft', 'answer_draft',
                'self_declaration', 'tender_copy', 'tender_draft', 'clarification', 'clarification_answer',
                'tender_exclusion', 'tender_score', 'sealing_key', 'procurement_key',
                'api_key', 'idempotency', 'invitation', 'audit', 'imported_release',
                'imported_process', 'sample_journey', 'award_reason', 'complaint', 'complaint_answer',
                'complaint_review')
    loop
        execute format('grant select on %s to torg_worker', relation);
    end loop;
    select string_agg(format('%I', attname), ', ') into readable
    from pg_attribute
    where attrelid = 'tender'::regclass and attnum > 0 and not attisdropped and attname <> 'sealed';
    execute format('grant select (%s) on tender to torg_worker', readable);
    grant insert on notification, search_number to torg_worker;
    grant update, delete on document to torg_worker;

    -- torg_opener locks the procurement, which needs the right to update one column.
    grant select on procurement, notice, tender, tender_withdrawal, opening, opening_request,
        opening_approval, opening_cancellation, chain_entry to torg_opener;
    grant update (updated_at) on procurement to torg_opener;
    grant insert on opened_tender, opening_record to torg_opener;
    if to_regclass('sealing_key') is not null then
        -- The opener creates the keys of procurements; torg_serve assigns them.
        revoke insert on sealing_key from torg_serve;
        grant select, insert on sealing_key to torg_opener;
        grant select on procurement_key to torg_opener;
        -- The opener verifies the chain, and adds its own entry. No role changes an entry.
        grant select, insert on chain_entry to torg_opener;
    end if;
    if to_regclass('opener_heartbeat') is not null then
        -- The openers write that they run; the others read it.
        revoke insert, update, delete on opener_heartbeat from torg_serve;
        grant select, insert, update, delete on opener_heartbeat to torg_opener;
    end if;
    -- What background work counts and reports.
    foreach relation in array '{storage_entry, storage_usage, index_request}'::text[] loop
        if to_regclass(relation) is not null then
            execute format('grant select, insert, update, delete on %I to torg_worker', relation);
        end if;
    end loop;
    grant update (opened_at) on opening to torg_opener;
    -- The record of an opening has the tenderers' names.
    grant select (id, name) on organisation to torg_opener;
end $$;

-- The job queue. Its tables have row level security without a policy: without the policies below
-- only their owner has access to rows.
do $$
declare
    relation text;
    serving constant text := 'torg_serve, torg_worker';
    tasks constant text := 'select id from graphile_worker._private_tasks '
        'where identifier in (''open_tenders'', ''open_documents'', ''notify'')';
begin
    if to_regnamespace('graphile_worker') is null then
        return;
    end if;
    alter schema graphile_worker owner to torg_owner;
    grant usage on schema graphile_worker to torg_serve, torg_worker, torg_opener;
    grant select, insert, update, delete on all tables in schema graphile_worker
        to torg_serve, torg_worker, torg_opener;
    grant usage on all sequences in schema graphile_worker to torg_serve, torg_worker, torg_opener;
    revoke insert, update, delete on graphile_worker.migrations, graphile_worker.jobs
        from torg_serve, torg_worker, torg_opener;
    for relation in
        select c.oid::regclass
        from pg_class c
        where c.relnamespace = 'graphile_worker'::regnamespace and c.relkind = 'r'
            and c.relrowsecurity
    loop
        execute format('drop policy if exists torg on %s', relation);
        execute format('create policy torg on %s to %s using (true)', relation, serving);
        execute format('drop policy if exists torg_opener on %s', relation);
        execute format('create policy torg_opener on %s to torg_opener using (%s)', relation,
            case relation
                when 'graphile_worker._private_jobs' then format('task_id in (%s)', tasks)
                else 'true'
            end);
    end loop;
    -- The schedule is the worker's.
    revoke all on graphile_worker._private_known_crontabs from torg_opener;
end $$;

commit;
