-- The signed record of each procurement's tenders: submissions, withdrawals, deadlines, openings and decisions.
-- Each entry has the hash of the one before it, so that a removed, exchanged or edited entry is found.
create table chain_entry (
    procurement_id uuid not null references procurement,
    -- From 1, gapless.
    number int not null check (number > 0),
    -- JSON: exactly the bytes that the signature is over.
    entry text not null,
    -- SHA-256 of the entry.
    hash bytea not null unique check (octet_length(hash) = 32),
    -- Ed25519 signature (RFC 8032).
    signature bytea not null check (octet_length(signature) = 64),
    -- Public key that verifies the signature: 64 hexadecimal digits.
    signer text not null check (signer ~ '^[0-9a-f]{64}$'),
    primary key (procurement_id, number)
);
create trigger append_only before update or delete on chain_entry for each row execute function refuse_change();
create trigger append_only_truncate before truncate on chain_entry for each statement execute function refuse_truncate();
