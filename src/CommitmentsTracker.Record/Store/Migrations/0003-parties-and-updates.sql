-- Roles of the parties as columns, so that counting them reads no details. They follow the details by themselves.
create function texts_of(list jsonb) returns text[] language sql immutable parallel safe as $$
    select coalesce(array_agg(value order by place), '{}') from jsonb_array_elements_text(list) with ordinality as e (value, place)
$$;
alter table item_details
    add column proposer    text not null generated always as (details ->> 'proposer') stored,
    add column speaker     text generated always as (details ->> 'speaker') stored,
    add column responsible text[] not null generated always as (texts_of(details -> 'responsible')) stored,
    add column addressees  text[] not null generated always as (texts_of(details -> 'addressees')) stored;

-- Updates that count, each in the version that is known: at every known instant one row or none for an update. A row
-- is cut when a correction gives the update other fields or takes it away. Filled by a rebuild where items exist.
create table item_updates (
    item_id   uuid not null,
    update_id text not null,
    known     tstzrange not null,          -- second clock
    last_day  date not null,               -- first clock: counts from this day on
    place     integer not null,            -- among the updates of the item with that last day
    position  integer not null,            -- of its logging in the stream
    lane      text not null,
    actors    text[] not null,
    fields    jsonb not null,              -- all fields but the evidence
    primary key (item_id, update_id, known)
);
create index item_updates_actors on item_updates using gin (actors);
insert into rebuilds_due (reason) select 'updates' where exists (select 1 from items);
