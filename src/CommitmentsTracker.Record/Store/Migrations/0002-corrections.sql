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

-- Why the read models must be built anew before anything is served; a rebuild empties it.
create table rebuilds_due (
    reason text primary key
);
insert into rebuilds_due (reason) select 'corrections' where exists (select 1 from items);
