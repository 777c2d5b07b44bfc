-- An award decision is not the contract. Decisions on a lot are numbered; a later one replaces the one before it, which
-- stays readable.
alter table award
    -- 1 for the first decision on the lot.
    add column number int not null default 1 check (number > 0),
    -- Name and identifiers of the winner at the decision.
    add column winner_name text,
    add column winner_identifiers jsonb not null default '[]',
    -- Price of the tender for this lot. Null when the tender has one price for several lots.
    add column price jsonb,
    -- Why an earlier decision on the lot is corrected.
    add column correction jsonb,
    -- First moment at which the contract may be signed. Null without a standstill.
    add column standstill_ends_at timestamptz,
    -- Why there is no standstill. Null with one, and for decisions of earlier versions.
    add column standstill_exemption text
        check (standstill_exemption in ('LIGHT_REGIME', 'ONLY_TENDERER', 'NO_PRIOR_NOTICE')),
    add constraint award_standstill check (standstill_ends_at is null or standstill_exemption is null),
    add constraint award_decision unique (procurement_id, lot_id, number);
alter table award drop constraint award_procurement_id_lot_id_key;

alter table award disable trigger append_only;
update award set
    winner_name = o.name,
    winner_identifiers = coalesce((
        select jsonb_agg(jsonb_build_object('scheme', i.scheme, 'value', i.value) order by i.position)
        from organisation_identifier i where i.organisation_id = o.id), '[]'),
    price = (
        select opened.content -> 'price' from opened_tender opened
        where opened.tender_id = award.tender_id and jsonb_array_length(opened.content -> 'lots') = 1)
from tender t join organisation o on o.id = t.organisation_id
where t.id = award.tender_id;
alter table award enable trigger append_only;

-- What the buyer writes to one tenderer about a decision. Only the buyer and this tenderer read it.
create table award_reason (
    award_id uuid not null references award,
    tender_id uuid not null references tender,
    text text not null,
    rank int check (rank > 0),
    -- Points of this tender: [{"criterion", "points", "motive"}].
    scores jsonb not null default '[]',
    primary key (award_id, tender_id)
);
create trigger append_only before update or delete on award_reason for each row execute function refuse_change();
create trigger append_only_truncate before truncate on award_reason for each statement execute function refuse_truncate();

create table award_annulment (
    award_id uuid primary key references award,
    cause text not null check (cause in ('BUYER', 'REVIEW', 'WINNER_REFUSED')),
    reason jsonb not null,
    annulled_by uuid not null references person,
    at timestamptz not null
);
create trigger append_only before update or delete on award_annulment for each row execute function refuse_change();
create trigger append_only_truncate before truncate on award_annulment for each statement execute function refuse_truncate();

-- A tenderer's complaint about a decision. Only the buyer and the complainant read it.
create table complaint (
    id uuid primary key,
    award_id uuid not null references award,
    organisation_id uuid not null references organisation,
    -- Order of arrival among the complaints about the decision, from 1.
    number int not null check (number > 0),
    title text not null,
    text text not null,
    filed_by uuid not null references person,
    filed_at timestamptz not null,
    unique (award_id, organisation_id),
    unique (award_id, number)
);
create trigger append_only before update or delete on complaint for each row execute function refuse_change();
create trigger append_only_truncate before truncate on complaint for each statement execute function refuse_truncate();

create table complaint_answer (
    complaint_id uuid primary key references complaint,
    text text not null,
    answered_by uuid not null references person,
    at timestamptz not null
);
create trigger append_only before update or delete on complaint_answer for each row execute function refuse_change();
create trigger append_only_truncate before truncate on complaint_answer for each statement execute function refuse_truncate();

create table complaint_review (
    complaint_id uuid primary key references complaint,
    outcome text not null check (outcome in ('DISMISSED', 'UPHELD', 'SETTLED')),
    text jsonb not null,
    decided_at timestamptz not null,
    recorded_by uuid not null references person,
    at timestamptz not null
);
create trigger append_only before update or delete on complaint_review for each row execute function refuse_change();
create trigger append_only_truncate before truncate on complaint_review for each statement execute function refuse_truncate();

create table contract (
    award_id uuid primary key references award,
    -- The buyer's number of the contract.
    number text,
    value jsonb not null,
    signed_at timestamptz not null,
    ends_at date,
    recorded_by uuid not null references person,
    at timestamptz not null
);
create trigger append_only before update or delete on contract for each row execute function refuse_change();
create trigger append_only_truncate before truncate on contract for each statement execute function refuse_truncate();

-- A lot that ended without a winner, while others go on.
create table lot_end (
    procurement_id uuid not null references procurement,
    lot_id text not null,
    outcome text not null check (outcome in ('CANCELLED', 'UNSUCCESSFUL')),
    -- eForms BT-144, code list non-award-justification.
    reason_code text not null check (reason_code in ('all-rej', 'chan-need', 'ins-fund', 'no-rece', 'no-signed',
        'one-admis', 'other', 'rev-body', 'rev-buyer', 'tch-pr-error')),
    reason jsonb not null,
    ended_by uuid not null references person,
    at timestamptz not null,
    primary key (procurement_id, lot_id)
);
create trigger append_only before update or delete on lot_end for each row execute function refuse_change();
create trigger append_only_truncate before truncate on lot_end for each statement execute function refuse_truncate();

-- The decision in force on each lot: the latest, unless it is annulled.
create view standing_award as
select award.id, award.procurement_id, award.lot_id, award.tender_id, award.number, award.standstill_ends_at
from award
where not exists (select from award later
                  where later.procurement_id = award.procurement_id and later.lot_id = award.lot_id
                    and later.number > award.number)
  and not exists (select from award_annulment where award_id = award.id);

-- Decisions that an unfinished review suspends.
create view suspended_award as
select distinct award_id as id from complaint
where not exists (select from complaint_review where complaint_id = complaint.id);
