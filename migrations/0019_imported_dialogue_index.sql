-- no-transaction
-- A milestone of a procurement is one round.
create unique index concurrently dialogue_milestone on dialogue (procurement_id, milestone_id)
    where milestone_id is not null;
