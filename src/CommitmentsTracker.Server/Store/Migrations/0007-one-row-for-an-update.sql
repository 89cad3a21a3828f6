-- How often the read models were rebuilt: what is kept in memory of them is then read anew.
alter table change_counter add column rebuilds bigint not null default 0;
