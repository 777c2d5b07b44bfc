-- The buckets of the rate limit, which several server processes share. Each row lives for minutes, and a crash of the
-- database may empty the table: the processes then fill it again from their own buckets.
create unlogged table rate_limit_bucket (
    -- HMAC-SHA256 of the client (a person, the API keys of an organisation, or a network); its key is not in the database.
    client bytea primary key check (octet_length(client) = 32),
    -- When the bucket is full again.
    full_at timestamptz not null
);
