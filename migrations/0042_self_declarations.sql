-- The self-declaration of a supplier (European Single Procurement Document), version by version. Tenders freeze the
-- latest one at submission.
create table self_declaration (
    organisation_id uuid not null references organisation,
    -- From 1, gapless.
    number int not null check (number > 0),
    content jsonb not null check (jsonb_typeof(content) = 'object'),
    saved_by uuid not null references person,
    saved_at timestamptz not null,
    primary key (organisation_id, number)
);
create trigger append_only before update or delete on self_declaration for each row execute function refuse_change();
create trigger append_only_truncate before truncate on self_declaration
    for each statement execute function refuse_truncate();
