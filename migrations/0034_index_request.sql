-- Work on the search indexes that a command asks the process with the search engine to do: an embedded engine can be
-- used by one process only. Operators read the rows; nothing else refers to them.
create table index_request (
    id uuid primary key,
    work text not null constraint index_request_work check (work in ('REBUILD', 'CHECK', 'REPAIR')),
    requested_at timestamptz not null default now(),
    -- Null until a process takes the request.
    started_at timestamptz,
    -- What has been done so far, for the operator's terminal.
    progress text,
    -- Why the last attempt failed; the job queue tries again.
    error text,
    -- Null until the work is done.
    finished_at timestamptz,
    result jsonb,
    constraint index_request_done check ((finished_at is null) = (result is null))
);
