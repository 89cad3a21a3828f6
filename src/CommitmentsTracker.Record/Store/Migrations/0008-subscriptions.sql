-- What rows of the change log say since subscriptions filter by it.
update changes c set change = c.change || jsonb_build_object('testability', d.testability)
from item_details d where d.item_id = c.item_id and d.known @> c.recorded_at and not c.change ? 'testability';

-- Who is told by e-mail: the only place of addresses. Ending the last subscription erases the row.
create table subscribers (
    id              uuid primary key,
    address         text not null unique,
    lang            text not null,
    zone            text not null,               -- IANA name
    token_hash      bytea not null unique,       -- of the token in every mail, which manages and ends
    token_protected text not null,               -- the token itself, encrypted, because every mail repeats it
    muted           text[] not null default '{}', -- slugs of items of which nothing more is wanted
    refusals        integer not null default 0,  -- final refusals of the mail server in a row
    suspended_at    timestamptz,
    created_at      timestamptz not null
);

-- Links that confirm an address, each once.
create table confirmations (
    hash       bytea primary key,                -- SHA-256
    subscriber uuid not null references subscribers (id) on delete cascade,
    sent_at    timestamptz not null,
    used_at    timestamptz
);
create index confirmations_subscriber on confirmations (subscriber, sent_at);

create table subscriptions (
    id           uuid primary key,
    channel      text not null,                  -- email, webhook
    state        text not null,                  -- pending, active, paused, disabled
    person       text references people (id) on delete cascade,       -- who made it through the API
    subscriber   uuid references subscribers (id) on delete cascade,  -- of e-mail
    filter       jsonb not null,
    frequency    text not null,                  -- immediately, daily, weekly
    from_no      bigint not null default 0,      -- changes up to this number are not told
    created_at   timestamptz not null,
    confirmed_at timestamptz
);
create index subscriptions_subscriber on subscriptions (subscriber);
create index subscriptions_person on subscriptions (person);
-- Raised with every change of a subscription, so that who has read them all knows when to read again.
create table subscriptions_version (
    only_row boolean primary key default true check (only_row),
    version  bigint not null
);
insert into subscriptions_version (version) values (1);

-- Where webhooks go.
create table endpoints (
    subscription      uuid primary key references subscriptions (id) on delete cascade,
    url               text not null,
    contact           text,                      -- e-mail address that hears of its failures
    content_type      text not null,
    secret            text not null,             -- encrypted
    former_secret     text,                      -- encrypted; signs too until former_until
    former_until      timestamptz,
    verified_at       timestamptz,               -- when a ping was last accepted
    failures_in_row   integer not null default 0,
    failing_since     timestamptz,               -- first failure after the last success
    failed_deliveries integer not null default 0, -- deliveries that failed since then
    probe_at          timestamptz,               -- while the circuit is open: when to try again
    warned_at         timestamptz,
    disabled_at       timestamptz,
    disabled_why      text
);

-- What was told whom. One row for each change and subscription, however often the worker runs.
create table deliveries (
    id           bigint generated always as identity primary key,
    subscription uuid not null references subscriptions (id) on delete cascade,
    change_no    bigint not null,
    state        text not null,                  -- waiting, sending, delivered, exhausted, blocked, withheld
    due_at       timestamptz not null,           -- of the next attempt
    attempts     integer not null default 0,
    leased_until timestamptz,
    mail         uuid,
    created_at   timestamptz not null,
    done_at      timestamptz,
    unique (subscription, change_no)
);
create index deliveries_due on deliveries (subscription, due_at, id) where state = 'waiting';
create index deliveries_next on deliveries (due_at) where state = 'waiting';
create index deliveries_leased on deliveries (leased_until) where state = 'sending';
create index deliveries_mail on deliveries (mail) where mail is not null;
create index deliveries_done on deliveries (done_at) where done_at is not null;
create index deliveries_change on deliveries (change_no);

-- Each attempt of a webhook, for thirty days.
create table delivery_attempts (
    delivery bigint not null references deliveries (id) on delete cascade,
    at       timestamptz not null,
    status   integer,
    took_ms  integer not null,
    outcome  text not null,
    answer   text
);
create index delivery_attempts_delivery on delivery_attempts (delivery, at);

-- The bytes of a change as webhooks carry them, written once and signed and sent as they are.
create table notices (
    change_no  bigint primary key,
    body       bytea not null,
    created_at timestamptz not null
);
create index notices_created on notices (created_at);

-- Mails on their way and gone.
create table mails (
    id           uuid primary key,
    subscriber   uuid references subscribers (id) on delete cascade,
    address      text,                           -- of a warning to the contact of an endpoint, where there is no subscriber
    kind         text not null,                  -- confirmation, immediate, digest, reminder, warning
    state        text not null,                  -- waiting, sending, sent, failed
    due_at       timestamptz not null,
    attempts     integer not null default 0,
    leased_until timestamptz,
    created_at   timestamptz not null,
    done_at      timestamptz,
    message_id   text not null,
    thread_no    integer not null default 0,
    content      jsonb not null,
    failure      text
);
create index mails_due on mails (due_at) where state = 'waiting';
create index mails_leased on mails (leased_until) where state = 'sending';
create index mails_subscriber on mails (subscriber, kind, created_at);
create index mails_done on mails (done_at) where done_at is not null;

-- Reminders of deadlines that were given.
create table reminders (
    subscriber uuid not null references subscribers (id) on delete cascade,
    item       text not null,
    due        date not null,
    days       integer not null,                 -- before the deadline; negative: after it
    primary key (subscriber, item, due, days)
);

-- How far the change log has been turned into deliveries. Whoever holds the row does it.
create table delivery_progress (
    only_row  boolean primary key default true check (only_row),
    last_no   bigint not null,
    paused_at timestamptz                        -- by the operator: nothing is sent
);
insert into delivery_progress (last_no) values (coalesce((select last_no from change_counter), 0));
