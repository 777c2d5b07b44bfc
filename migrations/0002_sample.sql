-- Marks that the sample marketplace was played here. The journey (the IDs a demonstration points at) is null until
-- it was played to its end, so that an interrupted play is noticed.
create table sample_journey (
    id int primary key check (id = 1),
    journey jsonb
);
