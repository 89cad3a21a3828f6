-- Who links to an item.
create index item_details_links on item_details using gin ((details -> 'related') jsonb_path_ops);
