-- Accounts: the only place of names, addresses and secrets. Events hold the opaque id.
alter table people
    add email         text,
    add email_key     text unique,               -- by which it is found
    add password_hash text,
    add totp_key      text,                      -- encrypted
    add totp_on       boolean not null default false,
    add totp_step     bigint not null default 0, -- the last step whose code was used; none works twice
    add recovery      text[] not null default '{}', -- hashes of the codes left
    add version       integer not null default 1;

-- Who is what, in one forum or (null) in all.
create table grants (
    id         uuid primary key,
    person     text not null references people (id) on delete cascade,
    role       text not null,                    -- contributor, editor, reviewer, representative, administrator
    forum      text,
    party      text,                             -- of a representative
    granted_by text,
    granted_at timestamptz not null,
    unique nulls not distinct (person, role, forum, party)
);
insert into grants (id, person, role, granted_at)
    select gen_random_uuid(), p.id, r.role, p.created_at
    from people p cross join lateral unnest(case p.role when 'editor' then array['editor', 'reviewer'] else array[p.role] end) as r (role);
alter table people drop column role;

-- Tokens of the API. Those without a name came with their person and have no bounds.
alter table tokens
    add id         uuid not null default gen_random_uuid() unique,
    add name       text,
    add prefix     text,
    add scopes     text[],
    add forum      text,
    add expires_at timestamptz,
    add used_at    timestamptz;
create index tokens_person on tokens (person);

-- Who is signed in. The cookie holds the secret of which this is the hash.
create table sessions (
    hash       bytea primary key,                -- SHA-256
    id         uuid not null unique,
    person     text not null references people (id) on delete cascade,
    way        text not null,                    -- password, passkey, link, token, provider
    created_at timestamptz not null,
    seen_at    timestamptz not null,
    address    text,
    device     text
);
create index sessions_person on sessions (person);

-- Passwords and codes that were wrong, by who they were for, whether or not that account exists.
create table sign_in_failures (
    subject      bytea primary key,              -- SHA-256
    failures     integer not null,
    failed_at    timestamptz not null,
    locked_until timestamptz
);

-- Who signed in, from where. Addresses are erased after 90 days, rows after a year.
create table sign_ins (
    id      bigint generated always as identity primary key,
    at      timestamptz not null,
    person  text references people (id) on delete set null,
    what    text not null,                       -- in, out, wrong, locked, password, …
    way     text,
    address text,
    device  text
);
create index sign_ins_at on sign_ins (at);
create index sign_ins_person on sign_ins (person, at);

-- Links by which somebody gets a role: each once.
create table invitations (
    id         uuid primary key,
    hash       bytea not null unique,            -- SHA-256
    role       text not null,
    forum      text,
    party      text,
    note       text,                             -- for whom, in the words of who made it
    made_by    text,
    made_at    timestamptz not null,
    expires_at timestamptz not null,
    used_at    timestamptz,
    used_by    text,
    revoked_at timestamptz
);
create index invitations_made on invitations (made_at);
