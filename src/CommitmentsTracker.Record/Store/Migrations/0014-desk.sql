-- What somebody is writing on an item, as typed; erased when it is logged, thrown away or 30 days old.
create table drafts (
    person   text not null references people (id) on delete cascade,
    item     text not null,                      -- slug
    form     jsonb not null,
    saved_at timestamptz not null,
    primary key (person, item)
);
create index drafts_saved on drafts (saved_at);

-- Who takes care of what in the queue.
create table claims (
    subject    text primary key,                 -- section, item and what of it
    person     text not null references people (id) on delete cascade,
    claimed_at timestamptz not null
);
create index claims_claimed on claims (claimed_at);

-- What a reviewer asked the author of something that waits. It leaves it waiting and says nothing of the item.
create table questions (
    id         uuid primary key,
    item       text not null,                    -- slug
    subject    text not null,                    -- id of the update or correction
    asked_by   text references people (id) on delete set null,
    asked_of   text references people (id) on delete cascade,
    asked_at   timestamptz not null,
    question   text not null,
    answer     text,
    answered_at timestamptz
);
create index questions_subject on questions (item, subject, asked_at);
create index questions_open on questions (asked_of) where answer is null;

-- Which items are disputed: more was opened than settled.
create index changes_disputes on changes (item_id, type) where type in ('dispute.opened', 'dispute.settled');
