-- What is public of organisations that are not named does not link what they do.

-- The order of events is that of `at` and `id`. Their IDs count everything that happens in the marketplace, also what is not
-- public, so that readers get this random ID instead.
alter table dialogue_event add column public_id uuid not null default gen_random_uuid();
create unique index dialogue_event_public_id on dialogue_event (public_id);
