-- The public history of procurements, from all tables that it comes from. Time, kind and subject identify an entry
-- within its procurement.
create view timeline_entry as
select procurement_id, at, kind, subject_id, dialogue_id, null::int as notice_number, null::text as lot_id
from dialogue_event
where kind in ('DIALOGUE_OPENED', 'DIALOGUE_EXTENDED', 'DIALOGUE_CLOSED', 'SUMMARY_PUBLISHED',
               'DIALOGUE_DOCUMENTS_ADDED', 'MEETING_SCHEDULED', 'MEETING_CHANGED', 'MEETING_CANCELLED',
               'MINUTES_PUBLISHED')
union all
select procurement_id, published_at, 'NOTICE_PUBLISHED', id, null, number, null from notice
union all
select procurement_id, opened_at, 'TENDERS_OPENED', procurement_id, null, null, null from opening where opened_at is not null
union all
select procurement_id, awarded_at, 'LOT_AWARDED', id, null, null, lot_id from award
union all
select procurement_id, at, 'PROCUREMENT_ENDED', procurement_id, null, null, null from procurement_end;
