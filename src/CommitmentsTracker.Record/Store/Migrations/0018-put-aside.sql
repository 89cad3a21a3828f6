-- Rows that the program cannot read or tell: what lies behind them goes on without them. The operator has them tried
-- again, and so does every program by itself, a newer one first of all.
create table put_aside (
    table_name text not null,
    key        text not null,                -- of the row, as text
    why        text not null,                -- nothing personal
    since      timestamptz not null,
    from_no    bigint,                       -- of a subscription or subscriber: what it missed are changes after this number
    primary key (table_name, key)
);
