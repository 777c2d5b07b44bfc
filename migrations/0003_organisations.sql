-- Organisations in full: profiles, identifiers, nonprofit status, verified buyers, invitations, joint bids; and the
-- marketplace's administrators.

-- Set by the command `torg admin` alone, never by a token.
alter table person add column admin boolean not null default false;
-- When the person was erased: what identified them is gone, the row stays for what must be kept.
alter table person add column erased_at timestamptz;

alter table organisation
    -- Counts the changes; an editor states the one they saw.
    add column revision int not null default 1,
    -- The name in lower case, written by the code: what lower() makes of `Å` depends on the database's locale.
    add column search_name text not null default '',
    add column street text,
    add column postal_code text,
    add column city text,
    -- {"name", "email", "phone", "website"}, each optional.
    add column contact jsonb not null default '{}',
    -- What it does.
    add column cpv text[] not null default '{}',
    -- Where it works.
    add column areas text[] not null default '{}',
    -- eForms BT-165; `sme` in imports only.
    add column size text check (size in ('micro', 'small', 'medium', 'large', 'sme')),
    -- Suppliers: may everyone read the profile? A buyer's is public anyway.
    add column public_profile boolean not null default false,
    add column looking_for_partners boolean not null default false,
    add column partner_text jsonb not null default '{}',
    -- When an administrator found the buyer to be what it says; buyers publish from then on.
    add column verified_at timestamptz,
    add column verified_by uuid references person,
    add column verification_note text,
    -- When its only member was erased.
    add column closed_at timestamptz;
create index organisation_name on organisation (name, id);
update organisation set search_name = lower(name);
-- Whoever published before there was verification goes on.
update organisation set verified_at = created_at where kind = 'BUYER';
-- What was public stays public.
update organisation set public_profile = true where kind <> 'BUYER';

-- Several numbers an organisation, as normalised by the code. Takes the place of organisation.identifier_scheme and
-- organisation.identifier, which are no longer written.
create table organisation_identifier (
    organisation_id uuid not null references organisation,
    position int not null,
    scheme text not null,
    value text not null,
    -- An open organisation here says so of itself. Parties of imported notices claim nothing.
    claimed boolean not null default true,
    primary key (organisation_id, scheme, value)
);
create unique index organisation_identifier_claimed on organisation_identifier (scheme, value) where claimed;
insert into organisation_identifier (organisation_id, position, scheme, value, claimed)
select id, 0, identifier_scheme, identifier, source_key is null from organisation
where identifier_scheme is not null and identifier is not null
order by created_at, id
on conflict do nothing;

-- What is known of an organisation's being nonprofit; the latest row counts.
create table nonprofit_status (
    id bigint generated always as identity primary key,
    organisation_id uuid not null references organisation,
    status text not null check (status in ('SELF_DECLARED', 'REGISTERED', 'DEREGISTERED')),
    -- The register or document an administrator looked at, and of when it is.
    source text,
    as_of date,
    note text,
    recorded_by uuid references person,
    recorded_at timestamptz not null,
    check (status = 'SELF_DECLARED' or (source is not null and as_of is not null))
);
create index nonprofit_status_organisation on nonprofit_status (organisation_id, id);
create trigger append_only before update or delete on nonprofit_status for each row execute function refuse_change();
insert into nonprofit_status (organisation_id, status, recorded_at)
select id, 'SELF_DECLARED', created_at from organisation where kind = 'NONPROFIT' order by created_at, id;

create table invitation (
    id uuid primary key,
    organisation_id uuid not null references organisation,
    roles text[] not null,
    note text,
    email text,
    -- The code itself is with the one invited alone.
    code_sha256 bytea not null unique,
    invited_by uuid not null references person,
    invited_at timestamptz not null,
    expires_at timestamptz not null,
    accepted_by uuid references person,
    accepted_at timestamptz,
    revoked_at timestamptz,
    check ((accepted_by is null) = (accepted_at is null)),
    check (accepted_at is null or revoked_at is null)
);
create index invitation_organisation on invitation (organisation_id, id);

-- A supplier says in public, by its own choice, that it would bid with others for a procurement.
create table joint_bid_interest (
    id uuid primary key,
    procurement_id uuid not null references procurement,
    organisation_id uuid not null references organisation,
    wish text not null check (wish in ('LOOKING_FOR_PARTNERS', 'OFFERING_PARTNERSHIP')),
    text jsonb not null,
    declared_by uuid not null references person,
    declared_at timestamptz not null,
    unique (procurement_id, organisation_id)
);
create index joint_bid_interest_latest on joint_bid_interest (procurement_id, declared_at desc, id desc);
-- How many organisations somebody made is counted, and what is known of a person is handed out.
create index audit_person on audit (person_id, id);
