-- Two persons open tenders: the first requests, another confirms. The row of `opening` is inserted with the last approval that is
-- needed; from then on the opener's process opens the tenders.

-- What a buyer requires of its own members. A buyer without a row has the defaults.
create table opening_rules (
    organisation_id uuid primary key references organisation,
    -- Persons who must approve an opening, where the procedure allows one.
    required_openers int not null default 2 check (required_openers in (1, 2)),
    -- Who publishes, opens or awards must be another person than the one who wrote the draft.
    four_eyes_publishing bool not null default false,
    four_eyes_opening bool not null default false,
    four_eyes_awarding bool not null default false
);

create table opening_request (
    id uuid primary key,
    procurement_id uuid not null references procurement,
    -- Number of persons who must approve. A later change of the buyer's rules does not change it.
    openers int not null check (openers in (1, 2)),
    requested_at timestamptz not null
);
create index opening_request_procurement on opening_request (procurement_id, requested_at);
create trigger append_only before update or delete on opening_request for each row execute function refuse_change();
create trigger append_only_truncate before truncate on opening_request for each statement execute function refuse_truncate();

create table opening_approval (
    request_id uuid not null references opening_request,
    -- The person; for an API key, the person who created it.
    person_id uuid not null references person,
    -- The person or the API key.
    approved_by uuid not null references person,
    approved_at timestamptz not null,
    primary key (request_id, person_id)
);
create trigger append_only before update or delete on opening_approval for each row execute function refuse_change();
create trigger append_only_truncate before truncate on opening_approval for each statement execute function refuse_truncate();

create table opening_cancellation (
    request_id uuid primary key references opening_request,
    cancelled_by uuid not null references person,
    cancelled_at timestamptz not null
);
create trigger append_only before update or delete on opening_cancellation for each row execute function refuse_change();
create trigger append_only_truncate before truncate on opening_cancellation for each statement execute function refuse_truncate();

-- Openings of earlier versions needed one person.
with requested as (
    insert into opening_request (id, procurement_id, openers, requested_at)
    select gen_random_uuid(), procurement_id, 1, requested_at from opening
    returning id, procurement_id
)
insert into opening_approval (request_id, person_id, approved_by, approved_at)
select requested.id, coalesce(api_key.made_by, opening.requested_by), opening.requested_by, opening.requested_at
from requested
join opening using (procurement_id)
left join api_key on api_key.person_id = opening.requested_by;

-- What an opening found, as JSON whose SHA-256 is in the procurement's chain.
create table opening_record (
    procurement_id uuid primary key references procurement,
    document text not null,
    sha256 bytea not null check (octet_length(sha256) = 32)
);
create trigger append_only before update or delete on opening_record for each row execute function refuse_change();
create trigger append_only_truncate before truncate on opening_record for each statement execute function refuse_truncate();

-- Which opened tenders a person has read in an hour, so that the audit log has one row for each.
create table tender_reading (
    tender_id uuid not null references tender,
    person_id uuid not null references person,
    hour timestamptz not null,
    primary key (tender_id, person_id, hour)
);
create trigger append_only before update or delete on tender_reading for each row execute function refuse_change();
create trigger append_only_truncate before truncate on tender_reading for each statement execute function refuse_truncate();

-- Whether the buyer of a procurement reads an audit row about it: what members of its buyers did, and what tenderers did with
-- their tenders once these are opened. What suppliers do in dialogues stays theirs.
create function audit_is_buyers(entry audit, procurement uuid) returns bool language sql stable as $$
    select exists (
        select from procurement p
        where p.id = procurement and (entry.organisation_id = p.buyer_id or entry.organisation_id = any(p.joint_buyers))
    ) or entry.action like 'tender.%' and exists (
        select from opening o where o.procurement_id = procurement and o.opened_at is not null
    ) or entry.action in ('tenders.open.refused', 'lot.award.refused')
$$;
