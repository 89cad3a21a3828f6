-- What was put right in public: a row for every state of a correction on the known clock, and one for every item that
-- was taken out.
create table corrections (
    item_id    uuid not null,
    version    integer not null,           -- position of the event in the item's record, from 1
    known      tstzrange not null,         -- second clock
    forum      text not null,
    made_at    timestamptz not null,
    correction jsonb not null,
    primary key (item_id, version, known)
);
create index corrections_latest on corrections (made_at, item_id, version);

-- True while a read model that a script has added is still to be filled from the events.
create table read_models (
    only_row boolean primary key default true check (only_row),
    stale    boolean not null
);
insert into read_models (stale) select exists (select 1 from items);
