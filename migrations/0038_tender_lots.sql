-- A tender is for certain lots. A later tender of the same organisation replaces it only if it is for the same lots.
alter table tender
    -- IDs of the offered lots, in ascending order. Null for tenders of earlier versions, whose lots were sealed.
    add column lots text[],
    -- 1 for the organisation's first tender for these lots, 2 for the one that replaces it.
    add column version int not null default 1 check (version > 0),
    -- Number of the entry in the procurement's chain. Null for tenders of earlier versions.
    add column chain_number int,
    add constraint tender_chain_entry foreign key (procurement_id, chain_number)
        references chain_entry (procurement_id, number);
