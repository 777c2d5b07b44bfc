-- Groups of organisations that tender together. The lead forms a group and invites its members. A change of members,
-- lots or name is a new version, to which each member consents again.
create table tender_group (
    id uuid primary key,
    procurement_id uuid not null references procurement,
    lead_organisation_id uuid not null references organisation,
    formed_by uuid not null references person,
    formed_at timestamptz not null
);
create index tender_group_procurement on tender_group (procurement_id, lead_organisation_id);

create table tender_group_version (
    group_id uuid not null references tender_group,
    version int not null check (version > 0),
    name text not null,
    -- IDs of the lots that the group may tender for, in ascending order.
    lots text[] not null check (cardinality(lots) > 0),
    -- Time at which the consents expire. Null for the deadline for tenders.
    consent_until timestamptz,
    made_by uuid not null references person,
    made_at timestamptz not null,
    primary key (group_id, version)
);

-- Members of a version, the lead included.
create table tender_group_member (
    group_id uuid not null,
    version int not null,
    organisation_id uuid not null references organisation,
    -- 1 for the lead, then in the order in which the lead named them.
    position int not null check (position > 0),
    primary key (group_id, version, organisation_id),
    foreign key (group_id, version) references tender_group_version
);
create index tender_group_member_organisation on tender_group_member (organisation_id);

-- Answers of the members to a version; the latest one is valid.
create table tender_group_answer (
    id bigint generated always as identity primary key,
    group_id uuid not null,
    version int not null,
    organisation_id uuid not null,
    answer text not null check (answer in ('CONSENTED', 'DECLINED', 'LEFT')),
    -- Whether the member gave the consent while each organisation could take part in one tender for a lot only.
    exclusive boolean not null,
    given_by uuid not null references person,
    given_at timestamptz not null,
    foreign key (group_id, version, organisation_id) references tender_group_member
);
create index tender_group_answer_member on tender_group_answer (group_id, version, organisation_id, id desc);

create table tender_group_end (
    group_id uuid primary key references tender_group,
    dissolved_by uuid not null references person,
    dissolved_at timestamptz not null
);

-- The version of the group that submitted the tender. Null for a tender of one organisation.
alter table tender
    add column group_id uuid,
    add column group_version int,
    add constraint tender_of_group foreign key (group_id, group_version) references tender_group_version,
    add constraint tender_group_with_version check ((group_id is null) = (group_version is null));
create index tender_of_group on tender (group_id) where group_id is not null;

create trigger append_only before update or delete on tender_group for each row execute function refuse_change();
create trigger append_only_truncate before truncate on tender_group for each statement execute function refuse_truncate();
create trigger append_only before update or delete on tender_group_version for each row execute function refuse_change();
create trigger append_only_truncate before truncate on tender_group_version for each statement execute function refuse_truncate();
create trigger append_only before update or delete on tender_group_member for each row execute function refuse_change();
create trigger append_only_truncate before truncate on tender_group_member for each statement execute function refuse_truncate();
create trigger append_only before update or delete on tender_group_answer for each row execute function refuse_change();
create trigger append_only_truncate before truncate on tender_group_answer for each statement execute function refuse_truncate();
create trigger append_only before update or delete on tender_group_end for each row execute function refuse_change();
create trigger append_only_truncate before truncate on tender_group_end for each statement execute function refuse_truncate();

-- Each organisation's latest tender for the same lots, alone or in the same group, unless it is withdrawn.
create view standing_tender as
select latest.id, latest.procurement_id, latest.organisation_id, latest.lots, latest.group_id, latest.group_version,
       latest.number, latest.submitted_at
from (
    select distinct on (procurement_id, organisation_id, lots, group_id)
           id, procurement_id, organisation_id, lots, group_id, group_version, number, submitted_at
    from tender order by procurement_id, organisation_id, lots, group_id, number desc
) latest
where not exists (select from tender_withdrawal w where w.tender_id = latest.id);

-- Groups with their current version and the latest answer of each of its members.
create view tender_group_state as
select g.id, g.procurement_id, g.lead_organisation_id, g.formed_at, v.version, v.name, v.lots, v.consent_until, v.made_at,
       e.dissolved_at, m.members, m.answers
from tender_group g
join lateral (
    select * from tender_group_version where group_id = g.id order by version desc limit 1
) v on true
left join tender_group_end e on e.group_id = g.id
cross join lateral (
    select array_agg(member.organisation_id order by member.position) as members,
           jsonb_agg(jsonb_build_object('organisation', member.organisation_id, 'answer', a.answer,
               'exclusive', coalesce(a.exclusive, false), 'at', a.given_at) order by member.position) as answers
    from tender_group_member member
    left join lateral (
        select answer, exclusive, given_at from tender_group_answer
        where group_id = g.id and version = v.version and organisation_id = member.organisation_id
        order by id desc limit 1
    ) a on true
    where member.group_id = g.id and member.version = v.version
) m;
