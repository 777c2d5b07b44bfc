-- What organisations and persons store, for the quotas in src/database/quota.rs. A mutation counts in its own transaction,
-- as its last statement, so that of two requests only one gets the last place.

-- Objects that count. Rows from before this file and imported rows do not count.
create table storage_entry (
    kind text not null,
    -- The object, or the object that several stored objects belong to.
    subject_id uuid not null,
    -- The zero UUID where no organisation is charged.
    organisation_id uuid not null,
    -- The person across organisations, API keys and erasures: the first 16 bytes of person.identity_hash, or the person's ID
    -- while the hash is unknown.
    person_key uuid not null,
    objects bigint not null check (objects > 0),
    bytes bigint not null check (bytes >= 0),
    primary key (kind, subject_id, organisation_id, person_key)
);

-- Sums of storage_entry, and what was stored within the hour that began with the first object after the last hour's end.
create table storage_usage (
    -- An organisation's ID or a person_key.
    holder uuid not null,
    kind text not null,
    objects bigint not null default 0 check (objects >= 0),
    bytes bigint not null default 0 check (bytes >= 0),
    hour_began timestamptz not null,
    hour_objects bigint not null default 0,
    hour_bytes bigint not null default 0,
    primary key (holder, kind)
) with (fillfactor = 80);

-- Counters that differ from the sums of the entries; no rows unless a defect of the server or a manual change caused one.
create view storage_drift as
select holder, kind, usage.objects, usage.bytes, entries.objects as counted_objects, entries.bytes as counted_bytes
from storage_usage as usage
full join (
    select holder, kind, sum(objects)::bigint as objects, sum(bytes)::bigint as bytes
    from storage_entry, unnest(array[organisation_id, person_key]) as holder
    where holder <> '00000000-0000-0000-0000-000000000000'
    group by holder, kind
) as entries using (holder, kind)
where (coalesce(usage.objects, 0), coalesce(usage.bytes, 0)) <> (coalesce(entries.objects, 0), coalesce(entries.bytes, 0));

-- The key under which a person's counters are kept.
create function storage_person(person uuid) returns uuid language sql stable as $$
    select coalesce(encode(substring(p.identity_hash for 16), 'hex')::uuid, p.id) from person p where p.id = $1
$$;

create function is_same_hour(began timestamptz, moment timestamptz) returns boolean language sql stable as $$
    select moment >= began and moment < began + interval '1 hour'
$$;

-- Counts the changes of one mutation and returns the counters of the organisation and the person, with what was added to
-- them. The arrays have one element for each change:
--   modes: ADD (one more object), REPLACE (the object of this kind, subject and organisation), CORRECT (REPLACE, outside of
--     the hour) or FREE (the object is gone);
--   organisations: the organisation that is charged, or the zero UUID. Without one, the object is the person's.
create function count_storage(
    person uuid, subject uuid, moment timestamptz, modes text[], kinds text[], organisations uuid[], sizes bigint[]
) returns table (
    of_person boolean, storage_kind text, total bigint, total_bytes bigint, added bigint, added_bytes bigint,
    in_hour bigint, in_hour_bytes bigint, hour_ends timestamptz
) language plpgsql
-- Planning the statements at each call takes four times as long as running them.
set plan_cache_mode = force_generic_plan as $$
declare
    nobody constant uuid := '00000000-0000-0000-0000-000000000000';
    me uuid;
    holders uuid[];
begin
    me := storage_person(person);
    -- The counters are locked before the entries change, in one order for all transactions. Those of a member whose object
    -- is replaced or deleted change too.
    holders := array[me] || organisations || array(
        select e.person_key from unnest(modes, kinds, organisations) as c (mode, kind, organisation_id)
        join storage_entry e on e.kind = c.kind and e.subject_id = subject and e.organisation_id = c.organisation_id
        where c.mode <> 'ADD' and c.organisation_id <> nobody
    );
    insert into storage_usage (holder, kind, hour_began)
    select distinct h.holder, c.kind, moment
    from unnest(kinds, organisations) as c (kind, organisation_id), unnest(array[c.organisation_id, me]) as h (holder)
    where h.holder <> nobody order by c.kind, h.holder
    on conflict do nothing;
    perform from storage_usage u
    where u.holder = any(holders) and u.kind = any(kinds)
    order by u.kind, u.holder for update;

    return query
    with change as (
        select * from unnest(modes, kinds, organisations, sizes) as c (mode, kind, organisation_id, bytes)
    ), gone as (
        delete from storage_entry e using change c
        where e.kind = c.kind and e.subject_id = subject and e.organisation_id = c.organisation_id
            and (c.organisation_id <> nobody or e.person_key = me) and c.mode <> 'ADD'
        returning e.kind, e.organisation_id, e.person_key, e.objects, e.bytes
    ), part as (
        select h.holder, g.kind, -g.objects as objects, -g.bytes as bytes, 0 as hour_objects, 0 as hour_bytes
        from gone g, unnest(array[g.organisation_id, g.person_key]) as h (holder)
        union all
        select h.holder, c.kind, 1, c.bytes, (c.mode <> 'CORRECT')::int,
            case when c.mode <> 'CORRECT' then c.bytes else 0 end
        from change c, unnest(array[c.organisation_id, me]) as h (holder)
        where c.mode <> 'FREE'
    ), delta as (
        select p.holder, p.kind, sum(p.objects)::bigint as objects, sum(p.bytes)::bigint as bytes,
            sum(p.hour_objects)::bigint as hour_objects, sum(p.hour_bytes)::bigint as hour_bytes
        from part p where p.holder <> nobody group by p.holder, p.kind
    ), counted as (
        update storage_usage u set
            objects = u.objects + d.objects,
            bytes = u.bytes + d.bytes,
            hour_began = case when is_same_hour(u.hour_began, moment) then u.hour_began else moment end,
            hour_objects = case when is_same_hour(u.hour_began, moment) then u.hour_objects else 0 end + d.hour_objects,
            hour_bytes = case when is_same_hour(u.hour_began, moment) then u.hour_bytes else 0 end + d.hour_bytes
        from delta d
        where u.holder = d.holder and u.kind = d.kind
        returning u.*, d.objects as added, d.bytes as added_bytes
    )
    select u.holder = me, u.kind, u.objects, u.bytes, u.added, u.added_bytes, u.hour_objects, u.hour_bytes,
        u.hour_began + interval '1 hour'
    from counted u where u.holder = me or u.holder = any(organisations);

    insert into storage_entry as e (kind, subject_id, organisation_id, person_key, objects, bytes)
    select c.kind, subject, c.organisation_id, me, 1, c.bytes
    from unnest(modes, kinds, organisations, sizes) as c (mode, kind, organisation_id, bytes)
    where c.mode <> 'FREE'
    on conflict (kind, subject_id, organisation_id, person_key) do update set
        objects = e.objects + 1, bytes = e.bytes + excluded.bytes;
end $$;

-- Gives back the places of an object that is deleted without a mutation, such as an unused document.
create function free_storage(which text, subject uuid) returns void language sql as $$
    with gone as (
        delete from storage_entry where kind = which and subject_id = subject
        returning organisation_id, person_key, objects, bytes
    ), delta as (
        select holder, sum(objects)::bigint as objects, sum(bytes)::bigint as bytes
        from gone, unnest(array[organisation_id, person_key]) as holder
        group by holder
    )
    update storage_usage as usage set objects = usage.objects - delta.objects, bytes = usage.bytes - delta.bytes
    from delta where usage.holder = delta.holder and usage.kind = which;
$$;
