-- Changes up to this number are not told although the filter wants them: it was another one, or the endpoint was disabled.
alter table subscriptions add column filter_from_no bigint not null default 0;

-- How many notices an endpoint gets at once.
alter table endpoints add column slots integer not null default 4;
create index endpoints_failing on endpoints (failing_since) where failing_since is not null;

-- Sending again what was done before.
create table replays (
    id           uuid primary key,
    subscription uuid not null references subscriptions (id) on delete cascade,
    delivery     bigint,                         -- the only one
    failed       boolean not null,               -- only what was not delivered
    since        timestamptz,                    -- only what was told, or would have been, from then on
    after_no     bigint not null,                -- how far it has come
    through_no   bigint not null,
    sent         integer not null default 0,
    next_at      timestamptz not null,
    created_at   timestamptz not null,
    done_at      timestamptz,
    cancelled    boolean not null default false
);
-- One at a time for each endpoint.
create unique index replays_running on replays (subscription) where done_at is null;
create index replays_latest on replays (subscription, created_at);

alter table deliveries
    add column attempted_at timestamptz,         -- of a webhook: when the last attempt began
    add column replay uuid,                      -- that sends it again
    add column was text;                         -- state before that
create index deliveries_replay on deliveries (replay) where replay is not null and state in ('waiting', 'sending');
