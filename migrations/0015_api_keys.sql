-- Keys by which an organisation's own systems act for it.

create table api_key (
    id uuid primary key,
    organisation_id uuid not null references organisation,
    -- As whom the key acts in audit rows and all that points at persons: a row of its own, that belongs to nobody, is no
    -- member, and that no token names.
    person_id uuid not null unique references person,
    name text not null,
    roles text[] not null,
    scopes text[] not null
        check (scopes <@ array['READ', 'PROCUREMENT', 'DIALOGUE', 'TENDER', 'ORGANISATION'] and 'READ' = any(scopes)),
    -- The secret itself is with the organisation alone. It has 256 random bits: nobody finds it by trying, so that a plain
    -- digest does where passwords would need a slow one.
    secret_sha256 bytea not null unique check (octet_length(secret_sha256) = 32),
    made_by uuid not null references person,
    made_at timestamptz not null,
    expires_at timestamptz not null,
    -- To the minute.
    last_used_at timestamptz,
    -- Null too when the organisation was closed.
    revoked_by uuid references person,
    revoked_at timestamptz,
    check (expires_at > made_at and expires_at <= made_at + interval '366 days'),
    check (revoked_by is null or revoked_at is not null)
);
create index api_key_organisation on api_key (organisation_id, id);

-- What a key may, and until when, is said once; what is revoked stays so.
create function keep_api_key() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' or old.revoked_at is distinct from new.revoked_at and old.revoked_at is not null
        or (old.id, old.organisation_id, old.person_id, old.name, old.roles, old.scopes, old.secret_sha256, old.made_by,
            old.made_at, old.expires_at)
           is distinct from
           (new.id, new.organisation_id, new.person_id, new.name, new.roles, new.scopes, new.secret_sha256, new.made_by,
            new.made_at, new.expires_at) then
        raise exception 'an API key does not change' using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger keep before update or delete on api_key for each row execute function keep_api_key();
