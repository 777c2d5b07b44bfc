-- Visibility rules, each in one function. `reader` is the organisation that the reader acts for; null stands for the public.
-- The functions are single expressions, so that PostgreSQL inlines them: a statement that calls one has the plan of the
-- expression itself. The rules in Rust are `dialogue::question::rules` and `procurement::read`; a property test keeps both
-- equal. Contributions have their rule in the views `standing_contribution` and `published_contribution`.

-- Questions with what happened to them. The planner drops the columns that a statement does not use.
create view question_history as
select question.*,
       exists (select from question_release where question_id = question.id) as was_released,
       exists (select from question_withdrawal where question_id = question.id) as withdrawn,
       exists (select from question_refusal where question_id = question.id) as refused,
       exists (select from question_merge where question_id = question.id) as merged,
       exists (select from question_redaction where question_id = question.id) as redacted
from question;

-- Whether the reader may see a procurement: a published one, or one in which the reader takes part.
create function procurement_visible(published boolean, buyer uuid, joint_buyers uuid[], reader uuid) returns boolean
language sql immutable parallel safe as $$
    select published or coalesce(buyer = reader or joint_buyers @> array[reader], false)
$$;

-- Whether the reader may know of a question. In a moderated round, only the asker and the buyer know of a question until the
-- buyer releases, refuses or merges it, or the asker withdraws it.
create function question_visible(
    moderated boolean, was_released boolean, withdrawn boolean, refused boolean, merged boolean,
    buyer uuid, asker uuid, reader uuid
) returns boolean language sql immutable parallel safe as $$
    select not moderated or coalesce(buyer = reader, false) or coalesce(asker = reader, false)
        or was_released or withdrawn or refused or merged
$$;

-- Whether the reader may read the text of a question, redacted if a redaction exists. A withdrawn question has no text; in
-- a moderated round, only the asker and the buyer read the text until the buyer releases the question.
create function question_readable(
    moderated boolean, was_released boolean, withdrawn boolean, buyer uuid, asker uuid, reader uuid
) returns boolean language sql immutable parallel safe as $$
    select not withdrawn
        and (not moderated or coalesce(buyer = reader, false) or coalesce(asker = reader, false) or was_released)
$$;

-- Whether the reader of a question may read an answer to it at a time: one that is public then; the buyer also reads an
-- answer that is held.
create function answer_visible(published_at timestamptz, at timestamptz, buyer uuid, reader uuid) returns boolean
language sql immutable parallel safe as $$
    select published_at <= at or coalesce(buyer = reader, false)
$$;
