-- Attachments of questions and answers, and who else than its organisation may read a document.

-- Checked since 0006 for new rows; now for all.
alter table dialogue validate constraint dialogue_kind_check;
alter table dialogue validate constraint dialogue_answers_in_time;
alter table procurement validate constraint procurement_partnership_not_tendered;

-- Something lets others read a document from a time on: an organisation, or (null) everyone. Taken away again by deleting
-- the row, as when the question it was attached to is withdrawn.
create table document_share (
    -- A question or an answer; it holds the document as well (`document_hold`).
    holder_id uuid not null,
    document_id uuid not null references document,
    organisation_id uuid references organisation,
    at timestamptz not null
);
create unique index document_share_once on document_share
    (holder_id, document_id, coalesce(organisation_id, '00000000-0000-0000-0000-000000000000'));
create index document_share_document on document_share (document_id);

create table question_attachment (
    question_id uuid not null references question,
    position int not null,
    document_id uuid not null references document,
    primary key (question_id, position)
);
create trigger append_only before update or delete on question_attachment
    for each row execute function refuse_change();

-- Did the buyer leave the attachments readable? What nobody can redact is taken away with the text unless it says so.
alter table question_redaction add column keeps_attachments boolean not null default false;

create table answer_attachment (
    answer_id uuid not null references answer,
    position int not null,
    document_id uuid not null references document,
    primary key (answer_id, position)
);
-- As the answer itself: fixed once it is public.
create function refuse_change_of_published_answer() returns trigger language plpgsql as $$
begin
    if exists (select from answer where id = old.answer_id and published_at <= clock_timestamp()) then
        raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
    end if;
    return coalesce(new, old);
end $$;
create trigger append_only before update or delete on answer_attachment
    for each row execute function refuse_change_of_published_answer();
