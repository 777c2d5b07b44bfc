-- A key pair for each procurement. The opener creates them in advance; the first tender of a procurement takes one.

create table sealing_key (
    -- Public key (age).
    recipient text primary key,
    -- Public key of the opener that the private key is wrapped for.
    opener text not null,
    -- The private key, encrypted to the opener.
    wrapped bytea not null,
    created_at timestamptz not null default clock_timestamp()
);
create index sealing_key_opener on sealing_key (opener);
create trigger append_only before update or delete on sealing_key for each row execute function refuse_change();
create trigger append_only_truncate before truncate on sealing_key for each statement execute function refuse_truncate();

create table procurement_key (
    procurement_id uuid primary key references procurement,
    recipient text not null unique references sealing_key,
    assigned_at timestamptz not null
);
create trigger append_only before update or delete on procurement_key for each row execute function refuse_change();
create trigger append_only_truncate before truncate on procurement_key for each statement execute function refuse_truncate();
