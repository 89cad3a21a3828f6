-- Public keys by which people sign in without a password.
create table passkeys (
    id         bytea primary key,                -- credential id
    person     text not null references people (id) on delete cascade,
    name       text,
    created_at timestamptz not null,
    used_at    timestamptz,
    passkey    jsonb not null
);
create index passkeys_person on passkeys (person);

-- Who somebody is for an OpenID Connect provider.
create table provider_logins (
    provider text not null,                      -- issuer
    subject  text not null,
    person   text not null references people (id) on delete cascade,
    primary key (provider, subject)
);
create index provider_logins_person on provider_logins (person);
