-- What readers and contributors sent in, until an editor or reviewer has decided on it. Who sent it stands apart.
create table inbox (
    id         uuid primary key,                 -- also the id of the update or dispute that comes of it
    kind       text not null,                    -- tip, suggestion, dispute
    item       text not null,
    forum      text not null,
    update_id  text,                             -- what is disputed
    sent       jsonb not null,                   -- as it was sent
    lang       text not null,
    person     text references people (id) on delete set null, -- of somebody with an account
    receipt    bytea unique,                     -- SHA-256 of the secret by which the sender sees what became of it
    sent_at    timestamptz not null,
    state      text not null,                    -- open, taken, accepted, refused, spam
    taken_by   text,
    taken_at   timestamptz,
    decided_by text,
    decided_at timestamptz,
    reason     text
);
create index inbox_person on inbox (person) where person is not null;
create index inbox_waiting on inbox (sent_at) where state in ('open', 'taken');
create index inbox_decided on inbox (decided_at) where decided_at is not null;
create index inbox_update on inbox (item, update_id) where state = 'refused' and kind = 'dispute';

-- How to reach who sent something in: erased with the decision, and after ninety days in any case.
create table inbox_senders (
    entry   uuid primary key references inbox (id) on delete cascade,
    email   text,
    address text,
    sent_at timestamptz not null
);
create index inbox_senders_sent on inbox_senders (sent_at);

-- Who did what, from where. Network addresses are erased after ninety days.
create table audit (
    id      bigint generated always as identity primary key,
    at      timestamptz not null,
    person  text not null,                       -- opaque id
    role    text,                                -- in which they could do it
    act     text not null,                       -- name of the event, or of what else was done
    forum   text,
    item    text,
    version integer,                             -- of the item, after it
    subject text,                                -- id of the update, correction, dispute or entry
    address text
);
create index audit_forum on audit (forum, id);
create index audit_person on audit (person, id);
create index audit_subject on audit (item, subject)
    where act in ('update_confirmed', 'update_rejected', 'correction_confirmed', 'correction_rejected');
create index audit_addresses on audit (at) where address is not null;

-- Whether others may see the name beside what they record.
alter table people add named boolean not null default false;

-- Raised when something that pages show changes outside of events and directories.
create table shown_version (
    only_row boolean primary key default true check (only_row),
    version  bigint not null
);
insert into shown_version (version) values (1);
