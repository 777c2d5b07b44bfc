-- How procurements end, who buys together, and which notice a tender answers to.

create table procurement_end (
    procurement_id uuid primary key references procurement,
    phase text not null check (phase in ('COMPLETE', 'CANCELLED', 'UNSUCCESSFUL', 'WITHDRAWN')),
    -- eForms BT-144, code list non-award-justification.
    reason_code text check (reason_code in ('all-rej', 'chan-need', 'ins-fund', 'no-rece', 'no-signed', 'one-admis',
        'other', 'rev-body', 'rev-buyer', 'tch-pr-error')),
    -- Null only for COMPLETE.
    reason jsonb,
    ended_by uuid not null references person,
    at timestamptz not null,
    check (reason_code is null or phase in ('CANCELLED', 'UNSUCCESSFUL')),
    check (reason is not null or phase = 'COMPLETE')
);
-- What ended before was noted in the audit log alone; a cancellation had no code then.
insert into procurement_end (procurement_id, phase, reason_code, reason, ended_by, at)
select distinct on (subject_id) subject_id, detail ->> 'phase',
       case when detail ->> 'phase' = 'UNSUCCESSFUL' then detail ->> 'reasonCode' end,
       nullif(detail -> 'reason', '{}'), person_id, at
from audit where action = 'procurement.end' and person_id is not null
order by subject_id, id;
create trigger append_only before update or delete on procurement_end
    for each row execute function refuse_change();

-- Buyers beside the lead that the draft or the notice in force names, so that they find it among their own.
alter table procurement add joint_buyers uuid[] not null default '{}';
create index procurement_joint_buyers on procurement using gin (joint_buyers);

-- A named buyer's answers; the last one counts.
create table joint_consent (
    id bigint generated always as identity primary key,
    procurement_id uuid not null references procurement,
    organisation_id uuid not null references organisation,
    consent boolean not null,
    -- The procurement's revision that was answered to: what the lead writes later is another thing.
    revision int not null,
    given_by uuid not null references person,
    at timestamptz not null
);
create index joint_consent_answer on joint_consent (procurement_id, organisation_id, id desc);
create trigger append_only before update or delete on joint_consent
    for each row execute function refuse_change();

-- The number of the notice in force when the tender was submitted; null for those from before this column.
alter table tender add notice_number int;
