-- The signed receipts of tenders. A receipt has the hash of the tender's entry in the chain. The entry itself is shown
-- after the deadline, because its number reveals how many tenders there are.
create table tender_receipt (
    tender_id uuid primary key references tender,
    -- JSON: exactly the bytes that the signature is over.
    statement text not null,
    -- Ed25519 signature (RFC 8032).
    signature bytea not null check (octet_length(signature) = 64),
    -- Public key that verifies the signature: 64 hexadecimal digits.
    signer text not null check (signer ~ '^[0-9a-f]{64}$')
);
create trigger append_only before update or delete on tender_receipt for each row execute function refuse_change();
create trigger append_only_truncate before truncate on tender_receipt for each statement execute function refuse_truncate();
