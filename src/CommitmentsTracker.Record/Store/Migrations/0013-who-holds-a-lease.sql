-- The database session by which a sending node is known to live, so that what a dead one held is taken again at once.
alter table deliveries add column leased_by integer;
