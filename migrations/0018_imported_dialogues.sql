-- Rounds of dialogue that imported notices announce: OCDS milestones of type `engagement`. They are held outside this
-- marketplace, and later releases change them.

alter table dialogue
    -- ID of the milestone in the releases; null: a round of this marketplace.
    add column milestone_id text,
    alter column opened_by drop not null,
    add constraint dialogue_has_origin check (opened_by is not null or milestone_id is not null) not valid;

-- The window of a round of this marketplace is extended, never shortened.
drop trigger append_only on dialogue;
create trigger append_only before update on dialogue for each row
    when (old.milestone_id is null and (new.milestone_id is not null
        or new.questions_until < old.questions_until or new.closes_at < old.closes_at
        or coalesce(new.answers_until, new.closes_at) < coalesce(old.answers_until, old.closes_at)
        or new.opens_at <> old.opens_at))
    execute function refuse_change();
