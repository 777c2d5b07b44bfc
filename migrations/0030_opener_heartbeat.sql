-- The openers that run, so that the API can report that none runs, or that the one that runs has
-- another key than tenders are sealed to.
create table opener_heartbeat (
    -- Public key of the opener.
    recipient text primary key,
    version text not null,
    at timestamptz not null
);
