-- Contributions: the buyer's questionnaires, and what suppliers answer to them.

-- Another version never changes one that was answered: it is a row of its own.
create table questionnaire (
    id uuid primary key,
    dialogue_id uuid not null references dialogue,
    -- 1, 2, 3, … within the round.
    version int not null check (version > 0),
    questions jsonb not null check (jsonb_typeof(questions) = 'array'),
    -- Why it was changed; an empty object where nothing is said.
    reason jsonb not null,
    published_by uuid not null references person,
    published_at timestamptz not null,
    unique (dialogue_id, version)
);
create trigger append_only before update or delete on questionnaire
    for each row execute function refuse_change();

-- What an organisation is writing; seen by its members alone.
create table contribution_draft (
    id uuid primary key,
    dialogue_id uuid not null references dialogue,
    organisation_id uuid not null references organisation,
    -- Counts the changes; an editor states the one it saw.
    revision int not null,
    -- 0 where the round has the questions of an idea call that its buyer wrote none for.
    questionnaire_version int not null,
    answers jsonb not null check (jsonb_typeof(answers) = 'array'),
    named boolean not null,
    saved_by uuid not null references person,
    saved_at timestamptz not null,
    unique (dialogue_id, organisation_id)
);

-- What was handed in. An organisation's latest counts; the earlier ones are kept.
create table contribution (
    id uuid primary key,
    dialogue_id uuid not null references dialogue,
    organisation_id uuid not null references organisation,
    -- 1, 2, 3, … of the organisation's in the round.
    number int not null check (number > 0),
    questionnaire_version int not null,
    -- Without the business secrets: what may be published.
    answers jsonb not null check (jsonb_typeof(answers) = 'array'),
    -- The business secrets: for the buyer and the organisation itself. A column of its own, so that what everybody may
    -- read is read without it.
    secret_answers jsonb not null check (jsonb_typeof(secret_answers) = 'array'),
    -- Whose it is may be told.
    named boolean not null,
    -- What it is called by where that may not be told: 1, 2, 3, … within the round. Not the number under which the
    -- organisation asks questions: what is signed here would tell whose they are.
    pseudonym int check (pseudonym > 0),
    -- Of the receipt's text, secrets included. Not for everybody: who guesses a secret could try it out.
    sha256 bytea not null check (octet_length(sha256) = 32),
    submitted_by uuid not null references person,
    submitted_at timestamptz not null,
    unique (dialogue_id, organisation_id, number),
    constraint contribution_named_or_numbered check (named = (pseudonym is null))
);
create index contribution_page on contribution (dialogue_id, id);
create trigger append_only before update or delete on contribution
    for each row execute function refuse_change();

create table contribution_withdrawal (
    contribution_id uuid primary key references contribution,
    withdrawn_by uuid not null references person,
    at timestamptz not null
);
create trigger append_only before update or delete on contribution_withdrawal
    for each row execute function refuse_change();

-- Everybody may read the round's contributions, but for the secrets.
create table contribution_publication (
    dialogue_id uuid primary key references dialogue,
    published_by uuid not null references person,
    at timestamptz not null
);
create trigger append_only before update or delete on contribution_publication
    for each row execute function refuse_change();

-- Each organisation's latest contribution to a round, unless it was withdrawn.
create view standing_contribution as
select * from contribution
where not exists (
        select from contribution as later
        where later.dialogue_id = contribution.dialogue_id
            and later.organisation_id = contribution.organisation_id and later.number > contribution.number
    )
    and not exists (select from contribution_withdrawal where contribution_id = contribution.id);

-- What everybody may read: after the publication, without the secrets, without the sender who is not to be told, and
-- without what was handed in later (a round may be extended after its end).
create view published_contribution as
select id, dialogue_id, case when named then organisation_id end as organisation_id, pseudonym, questionnaire_version,
       answers, submitted_at
from standing_contribution
where exists (
    select from contribution_publication as publication
    where publication.dialogue_id = standing_contribution.dialogue_id
        and standing_contribution.submitted_at <= publication.at
);
