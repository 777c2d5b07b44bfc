-- Names and numbers that are verified, and those that organisations only claim; persons across organisations and erasures;
-- invitations of joint buyers.

alter table organisation
    -- Confusable skeleton (Unicode TS 39) of the name, written by the code (`organisation::name::skeleton`). Empty for rows
    -- from before this file until `torg migrate` fills it.
    add column name_skeleton text not null default '';
create index organisation_name_skeleton on organisation (name_skeleton) where name_skeleton <> '';
-- Of organisations whose names look alike, one is verified.
create unique index organisation_verified_name on organisation (name_skeleton)
    where name_skeleton <> '' and verified_at is not null and closed_at is null;

-- Earlier names of organisations. Everyone may read them.
create table organisation_former_name (
    organisation_id uuid not null references organisation,
    -- 1, 2, 3, … of the organisation.
    number int not null check (number > 0),
    name text not null,
    name_skeleton text not null,
    -- Whether the organisation was verified under this name. No other organisation may take such a name.
    verified boolean not null,
    until timestamptz not null,
    primary key (organisation_id, number)
);
create index organisation_former_name_skeleton on organisation_former_name (name_skeleton) where verified;
create trigger append_only before update or delete on organisation_former_name
    for each row execute function refuse_change();

-- An unverified claim to a number excludes no other organisation.
drop index organisation_identifier_claimed;
alter table organisation_identifier
    -- Number of the legal person in its national register: of a VAT number, the number that it contains.
    add column legal_scheme text,
    add column legal_value text;
update organisation_identifier set
    legal_scheme = case when scheme <> 'EU-VAT' then scheme when value like 'SE%' then 'SE-ORGNR'
        when value like 'FI%' then 'FI-PRO' when value like 'DK%' then 'DK-CVR' else scheme end,
    legal_value = case when scheme <> 'EU-VAT' then value when value like 'SE%' then substr(value, 3, 10)
        when value like 'FI%' then substr(value, 3, 7) || '-' || substr(value, 10, 1)
        when value like 'DK%' then substr(value, 3) else value end;
create index organisation_identifier_legal on organisation_identifier (legal_scheme, legal_value) where claimed;

-- Numbers of legal persons that an administrator verified; each belongs to one organisation.
create table verified_number (
    scheme text not null,
    value text not null,
    organisation_id uuid not null references organisation,
    verified_at timestamptz not null,
    primary key (scheme, value)
);
create index verified_number_organisation on verified_number (organisation_id);
-- The index that was dropped kept these unique, except for a VAT number next to the number that it contains.
insert into verified_number (scheme, value, organisation_id, verified_at)
select i.legal_scheme, i.legal_value, o.id, o.verified_at
from organisation_identifier i join organisation o on o.id = i.organisation_id
where o.verified_at is not null and o.closed_at is null and i.claimed
order by o.verified_at, o.id
on conflict do nothing;

-- Keyed hash of a token's issuer and subject. It stays when the person is erased, so that limits of one person are not
-- reset by erasure and a new sign-in. API keys have the hash of the person who created them. Null until the person signs in
-- for the first time after this file.
alter table person add column identity_hash bytea check (octet_length(identity_hash) = 32);
create index person_identity_hash on person (identity_hash) where identity_hash is not null;

-- A buyer that a draft names is invited. It sees the draft once it has accepted.
create table joint_invitation (
    procurement_id uuid not null references procurement,
    organisation_id uuid not null references organisation,
    invited_at timestamptz not null,
    -- Null until the buyer accepts, and again when it leaves.
    accepted_by uuid references person,
    accepted_at timestamptz,
    primary key (procurement_id, organisation_id),
    check ((accepted_by is null) = (accepted_at is null))
);
create index joint_invitation_organisation on joint_invitation (organisation_id, procurement_id);
-- Buyers that are named already have read the drafts.
insert into joint_invitation (procurement_id, organisation_id, invited_at, accepted_by, accepted_at)
select p.id, named.id, p.updated_at, c.given_by, case when c.given_by is not null then p.updated_at end
from procurement p cross join lateral unnest(p.joint_buyers) as named (id)
left join lateral (select given_by from joint_consent where procurement_id = p.id and organisation_id = named.id
                   order by id desc limit 1) c on true
on conflict do nothing;

-- Who acted for the organisation: the limits of one person hold for all their organisations together.
alter table dialogue_activity add column person_id uuid references person;
create index dialogue_activity_person on dialogue_activity (procurement_id, person_id, action, at) where person_id is not null;
