-- Read models of the event streams, kept in the append transaction. All names are resolved by the connection's
-- search_path, so that one database can hold several trackers in schemas of their own.

create table items (
    item_id     uuid primary key,          -- id of the event stream
    slug        text not null unique,
    kind        text not null,
    forum       text not null,
    recorded_at timestamptz not null,
    retracted_at timestamptz,
    merged_into text,
    waiting     boolean not null default false  -- for a second person: an update, or a correction
);
create index items_forum on items (forum);
create index items_waiting on items (item_id) where waiting;

-- Details live on the known clock only.
create table item_details (
    item_id     uuid not null,
    known       tstzrange not null,
    slug        text not null,
    kind        text not null,
    forum       text not null,
    testability text not null,
    themes      text[] not null,
    parties     text[] not null,
    words       tsvector not null,         -- titles and summaries of both languages, cut into words and character pairs
    details     jsonb not null,
    primary key (item_id, known)
);
create index item_details_words on item_details using gin (words);
create index item_details_parties on item_details using gin (parties);
create index item_details_themes on item_details using gin (themes);

-- Where an item stood: exactly one row, or none, for every item, day and known instant.
create table item_spans (
    item_id       uuid not null,
    occurred      daterange not null,      -- first clock
    known         tstzrange not null,      -- second clock
    kind          text not null,
    forum         text not null,
    status        text not null,
    since         text not null,           -- occurred-on with its precision
    since_last    date not null,           -- its last day
    stalled_at    text,
    due           date,
    target        text,
    reached_on    date,
    last_activity date,
    confidence    text not null,
    awaiting      integer not null,
    flags         jsonb not null,
    -- Every span lies in a class of lengths, each twice as long as the one before: days on the first clock while we
    -- still hold it, seconds on the second clock when we hold it no longer, 99 if both are open. See spans_at.
    reach         smallint not null generated always as (case
        when not upper_inf(known) then ceil(ln(extract(epoch from (upper(known) - lower(known)))::float8 + 1) / ln(2::float8))
        when not upper_inf(occurred) then ceil(ln((upper(occurred) - lower(occurred))::float8) / ln(2::float8))
        else 99 end) stored
);
create index item_spans_item on item_spans (item_id);
-- Both indexes cover what counts and lists need, so that an answer over the whole tracker never goes to the table.
create index item_spans_held on item_spans (reach, lower(occurred))
    include (occurred, known, item_id, kind, forum, status, since_last, due, reached_on, last_activity, confidence, awaiting, flags)
    where upper_inf(known);
create index item_spans_past on item_spans (reach, lower(known))
    include (occurred, known, item_id, kind, forum, status, since_last, due, reached_on, last_activity, confidence, awaiting, flags)
    where not upper_inf(known);

-- The spans that hold on a day. No index of PostgreSQL finds the rectangles around a point fast where there are a
-- hundred thousand of them; but a span of a class that contains the day begins at most the class's length before it,
-- so a few short walks along a b-tree read hardly more than the answer. The functions are inlined into their callers;
-- "offset 0" keeps each walk a walk. Bounds are compared one by one because the planner guesses far too few rows for
-- ranges that contain a parameter, and then sorts where it should hash.
create function spans_now(day date) returns setof item_spans language sql stable as $$
    select * from item_spans where upper_inf(known) and reach = 99 and lower(occurred) <= day
    union all
    select s.* from generate_series(0, 19) as class cross join lateral (
        select * from item_spans where upper_inf(known) and reach = class
            and lower(occurred) between day - (1 << class) and day and upper(occurred) > day offset 0) s
$$;

-- The spans that hold on a day as known at an instant: those we still hold, and those we held then.
create function spans_at(day date, instant timestamptz) returns setof item_spans language sql stable as $$
    select * from item_spans where upper_inf(known) and reach = 99 and lower(occurred) <= day and lower(known) <= instant
    union all
    select s.* from generate_series(0, 19) as class cross join lateral (
        select * from item_spans where upper_inf(known) and reach = class
            and lower(occurred) between day - (1 << class) and day and upper(occurred) > day and lower(known) <= instant offset 0) s
    union all
    select s.* from generate_series(0, 36) as class cross join lateral (
        select * from item_spans where not upper_inf(known) and reach = class
            and lower(known) between instant - make_interval(secs => 2::float8 ^ class) and instant
            and upper(known) > instant and occurred @> day offset 0) s
$$;

-- Counts of the latest span of every item as known now. time_open is broken down by due day, freshness by the day of
-- the last activity, so that a day's signals are sums over days.
create table tallies (
    forum     text not null,
    dimension text not null,               -- status, time, freshness, confidence, awaiting, flagged
    kind      text not null,               -- of status only, else empty
    bucket    text not null,
    day       date not null,
    items     integer not null,
    primary key (forum, dimension, kind, bucket, day)
);

-- The change log: a record, not a projection. change_no is dense and rises in commit order, because the counter row
-- stays locked from the end of an append to its commit.
create table change_counter (
    only_row boolean primary key default true check (only_row),
    feed_id  uuid not null,
    last_no  bigint not null
);
create table changes (
    change_no   bigint primary key,
    change_id   uuid not null unique,
    item_id     uuid not null,
    type        text not null,
    forum       text not null,
    kind        text not null,
    recorded_at timestamptz not null,
    change      jsonb not null
);
create index changes_item on changes (item_id, change_no);
create index changes_latest on changes (recorded_at desc, change_no desc);

create function record_changes(
    tally_forum text[], tally_dimension text[], tally_kind text[], tally_bucket text[], tally_day date[], tally_items integer[],
    ids uuid[], item_ids uuid[], types text[], forums text[], kinds text[], recorded timestamptz[], bodies jsonb[])
returns void language plpgsql as $$
declare
    first_no bigint;
begin
    update change_counter set last_no = last_no + cardinality(ids) returning last_no - cardinality(ids) into first_no;
    insert into tallies as t (forum, dimension, kind, bucket, day, items)
        select * from unnest(tally_forum, tally_dimension, tally_kind, tally_bucket, tally_day, tally_items)
        on conflict (forum, dimension, kind, bucket, day) do update set items = t.items + excluded.items;
    insert into changes (change_no, change_id, item_id, type, forum, kind, recorded_at, change)
        select first_no + n, id, item_id, type, forum, kind, recorded_at, change
        from unnest(ids, item_ids, types, forums, kinds, recorded, bodies)
            with ordinality as c (id, item_id, type, forum, kind, recorded_at, change, n);
    if cardinality(ids) > 0 then
        perform pg_notify('tracker_changes', current_schema() || ':' || (first_no + cardinality(ids))::text);
    end if;
end $$;

-- What an append has to tell, from its batch of statements to its commit. The trigger runs within the commit, so that
-- the counter row is never locked during a round trip to the program. Rows do not outlive their transaction.
create unlogged table changes_to_record (
    id uuid primary key,
    tally_forum text[], tally_dimension text[], tally_kind text[], tally_bucket text[], tally_day date[], tally_items integer[],
    ids uuid[], item_ids uuid[], types text[], forums text[], kinds text[], recorded timestamptz[], bodies jsonb[]
);
create function record_at_commit() returns trigger language plpgsql as $$
begin
    delete from changes_to_record where id = new.id;
    perform record_changes(new.tally_forum, new.tally_dimension, new.tally_kind, new.tally_bucket, new.tally_day, new.tally_items,
        new.ids, new.item_ids, new.types, new.forums, new.kinds, new.recorded, new.bodies);
    return null;
end $$;
create constraint trigger record_at_commit after insert on changes_to_record
    deferrable initially deferred for each row execute function record_at_commit();

-- Deadlines whose passing was told already: once per item and due date.
create table passed_deadlines (
    item_id uuid not null,
    due     date not null,
    primary key (item_id, due)
);

-- First answers to writes that carried an Idempotency-Key.
create table idempotency_keys (
    person     text not null,
    route      text not null,
    key        text not null,
    body_hash  bytea not null,
    status     integer not null,
    location   text,
    etag       text,
    answer     text not null,
    created_at timestamptz not null,
    primary key (person, route, key)
);
create index idempotency_keys_created on idempotency_keys (created_at);

-- Accounts: the only place of names. Events hold the opaque id.
create table people (
    id         text primary key,
    name       text not null,
    role       text not null,
    created_at timestamptz not null
);
create table tokens (
    hash       bytea primary key,          -- SHA-256
    person     text not null references people (id) on delete cascade,
    created_at timestamptz not null
);
create table sign_in_links (
    hash       bytea primary key,          -- SHA-256
    person     text not null references people (id) on delete cascade,
    expires_at timestamptz not null,
    used_at    timestamptz
);

create table forums (
    slug   text primary key,
    forum  jsonb not null
);
create table parties (
    slug   text primary key,
    forums text[] not null,
    party  jsonb not null
);
create table themes (
    slug   text primary key,
    forums text[] not null,
    theme  jsonb not null
);
-- Raised whenever a name of a forum, party or theme changes.
create table directory_version (
    only_row boolean primary key default true check (only_row),
    version  bigint not null
);
insert into directory_version (version) values (1);

-- Keys that protect sign-in cookies and forms.
create table protection_keys (
    name text primary key,
    xml  text not null
);
