-- Forum folders that were uploaded and looked through, until they are imported or forgotten a day later.
create table forum_uploads (
    id     uuid primary key,
    person text not null references people (id) on delete cascade,
    at     timestamptz not null,
    zip    bytea not null
);
