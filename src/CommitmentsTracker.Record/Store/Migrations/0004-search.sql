-- What a search reads besides titles and summaries. Each place has words of its own, so that a title can count more
-- than a summary, and a summary more than the record.

alter table item_details
    add column title_words tsvector not null default '',  -- title alone, both languages
    add column more_words  tsvector not null default '';  -- slug, note, next actor, question to follow up, quotations
create index item_details_title_words on item_details using gin (title_words);
create index item_details_more_words on item_details using gin (more_words);

-- The words of each update that is not gone, in every version that we held: its note and the titles and identifiers of
-- its sources.
create table item_notes (
    item_id   uuid not null,
    update_id text not null,
    happened  date not null,               -- last day of its period: before it, the update is not there
    known     tstzrange not null,
    words     tsvector not null
);
create index item_notes_words on item_notes using gin (words);
create index item_notes_item on item_notes (item_id) where upper_inf(known);

insert into rebuilds_due (reason) select 'words of notes' where exists (select 1 from items);
