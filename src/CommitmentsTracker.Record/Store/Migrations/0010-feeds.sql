-- What a feed finds changes by: the words of a row, what it is about, and its states before and after, as lexemes with a
-- letter in front (see ChangeIndex). Filled behind the change log, never in an append: a note has hundreds of words. A
-- change that no feed tells has no row. The table follows from the change log and may be emptied with its progress.
create table change_words (
    change_no bigint primary key,
    words     tsvector not null
);
create index change_words_words on change_words using gin (words) with (gin_pending_list_limit = 512);
create table change_words_progress (
    only_row boolean primary key default true check (only_row),
    last_no  bigint not null                 -- changes up to this number are in it
);
insert into change_words_progress (last_no) values (0);

-- True for rows that set, move or end a deadline: calendars count them. One that is dated to a day that has not begun in
-- UTC takes effect only after the row was written.
create function moves_deadline(change jsonb) returns boolean language sql immutable parallel safe as $$
    select (change #>> '{before,dueOn}') is distinct from (change #>> '{after,dueOn}')
        or (change ->> 'type' = 'deadline.moved' and change ->> 'occurredOn' > left(change ->> 'recordedAt', 10))
$$;
create index changes_due on changes (item_id, change_no) include (recorded_at) where moves_deadline(change);
create index changes_due_latest on changes (recorded_at) where moves_deadline(change);
