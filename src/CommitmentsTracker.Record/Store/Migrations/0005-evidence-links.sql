-- Whether the addresses of evidence still answer. No part of any state: it is about the web now, not about the item.
create table evidence_links (
    url           text primary key,
    checked_at    timestamptz,             -- null: not yet
    failing_since timestamptz,             -- first of the failures in a row; null: answered at the last check
    failures      integer not null default 0  -- checks in a row that failed
);
create index evidence_links_due on evidence_links (checked_at nulls first);
create index evidence_links_failing on evidence_links (url) where failures > 0;

-- Raised by every check.
create table evidence_links_version (
    only_row boolean primary key default true check (only_row),
    version  bigint not null
);
insert into evidence_links_version (version) values (1);
