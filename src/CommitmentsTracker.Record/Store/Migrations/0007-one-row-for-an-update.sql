-- How often the read models were rebuilt: what is kept in memory of them is then read anew.
alter table change_counter add column rebuilds bigint not null default 0;

-- Counts at now come from memory.
drop table tallies;
drop function record_changes(
    text[], text[], text[], text[], date[], integer[], uuid[], uuid[], text[], text[], text[], timestamptz[], jsonb[]);
create function record_changes(
    ids uuid[], item_ids uuid[], types text[], forums text[], kinds text[], recorded timestamptz[], bodies jsonb[])
returns void language plpgsql as $$
declare
    first_no bigint;
begin
    update change_counter set last_no = last_no + cardinality(ids) returning last_no - cardinality(ids) into first_no;
    insert into changes (change_no, change_id, item_id, type, forum, kind, recorded_at, change)
        select first_no + n, id, item_id, type, forum, kind, recorded_at, change
        from unnest(ids, item_ids, types, forums, kinds, recorded, bodies)
            with ordinality as c (id, item_id, type, forum, kind, recorded_at, change, n);
    if cardinality(ids) > 0 then
        perform pg_notify('tracker_changes', current_schema() || ':' || (first_no + cardinality(ids))::text);
    end if;
end $$;
alter table changes_to_record
    drop column tally_forum, drop column tally_dimension, drop column tally_kind,
    drop column tally_bucket, drop column tally_day, drop column tally_items;
create or replace function record_at_commit() returns trigger language plpgsql as $$
begin
    delete from changes_to_record where id = new.id;
    perform record_changes(new.ids, new.item_ids, new.types, new.forums, new.kinds, new.recorded, new.bodies);
    return null;
end $$;

-- Updates that are not gone, each in the version that is known, with the words of its note and its sources: at every
-- known instant one row or none for an update. A row is cut when a correction gives the update other fields or takes it
-- away, when it begins to count, and when sources are added to it. Filled by a rebuild where items exist.
drop table item_notes;
drop table item_updates;
create table item_updates (
    item_id   uuid not null,
    update_id text not null,
    known     tstzrange not null,          -- second clock
    last_day  date not null,               -- first clock: there from this day on
    place     integer not null,            -- among the updates of the item with that last day
    position  integer not null,            -- of its logging in the stream
    counts    boolean not null,            -- false while it waits for a second person
    lane      text not null,
    actors    text[] not null,
    fields    jsonb not null,              -- all fields but the evidence
    words     tsvector not null            -- of its note, and of the titles and identifiers of its sources
);
create index item_updates_item on item_updates (item_id);
create index item_updates_actors on item_updates using gin (actors) where cardinality(actors) > 0;
create index item_updates_words on item_updates using gin (words);
insert into rebuilds_due (reason) select 'one row for an update' where exists (select 1 from items);
