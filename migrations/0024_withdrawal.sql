-- Withdrawal of published content that must not be public, such as personal data. The object keeps its ID and its place; its
-- content is returned to no reader. The operator erases the content later.

-- One row for each withdrawn object. The buyer's reason is public. `erased_at` is the time at which the operator erased the
-- content; until then only the operator can read it, in the database.
create table content_withdrawal (
    subject_id uuid primary key,
    kind text not null check (kind in ('DOCUMENT', 'ANSWER', 'CONTRIBUTION', 'MINUTES', 'SUMMARY')),
    procurement_id uuid not null references procurement,
    reason jsonb not null,
    withdrawn_by uuid not null references person,
    at timestamptz not null,
    erased_at timestamptz
);

create function keep_content_withdrawal() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' or old.erased_at is not null or new.erased_at is null
        or to_jsonb(new) - 'erased_at' <> to_jsonb(old) - 'erased_at' then
        raise exception 'a withdrawal is permanent' using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger append_only before update or delete on content_withdrawal
    for each row execute function keep_content_withdrawal();

-- Whether the buyer withdrew the content of an object.
create function is_withdrawn(subject uuid) returns boolean language sql stable parallel safe as $$
    select exists (select from content_withdrawal where subject_id = subject)
$$;

-- Whether the reader of a question may read the text of an answer to it at a time. The rule in Rust is
-- `dialogue::question::rules::is_answer_readable`; a property test keeps both equal.
create function answer_readable(
    withdrawn boolean, published_at timestamptz, at timestamptz, buyer uuid, reader uuid
) returns boolean language sql immutable parallel safe as $$
    select not withdrawn and answer_visible(published_at, at, buyer, reader)
$$;

-- Answers whose content is not withdrawn. A question without one awaits an answer.
create view readable_answer as
select * from answer where not exists (select from content_withdrawal where subject_id = answer.id);

-- Each organisation's latest contribution to a round, unless the organisation withdrew it. Without answers once the buyer
-- withdrew its content.
create or replace view standing_contribution as
select contribution.id, dialogue_id, organisation_id, number, questionnaire_version,
       case when withdrawal.at is null then answers else '[]' end as answers,
       case when withdrawal.at is null then secret_answers else '[]' end as secret_answers,
       named, pseudonym, sha256, submitted_by, submitted_at,
       withdrawal.reason as withdrawal_reason, withdrawal.at as content_withdrawn_at
from contribution left join content_withdrawal withdrawal on withdrawal.subject_id = contribution.id
where not exists (
        select from contribution as later
        where later.dialogue_id = contribution.dialogue_id
            and later.organisation_id = contribution.organisation_id and later.number > contribution.number
    )
    and not exists (select from contribution_withdrawal where contribution_id = contribution.id);

create or replace view published_contribution as
select id, dialogue_id, case when named then organisation_id end as organisation_id, pseudonym, questionnaire_version,
       answers, submitted_at, withdrawal_reason, content_withdrawn_at
from standing_contribution
where exists (
    select from contribution_publication as publication
    where publication.dialogue_id = standing_contribution.dialogue_id
        and standing_contribution.submitted_at <= publication.at
);

-- Erasure. The append-only triggers of tables with content allow exactly this change: the content becomes empty, in a row
-- whose content is withdrawn.

-- The arguments are the columns with content. Each of them must become empty or null; all others must stay.
create function refuse_change_but_erasure() returns trigger language plpgsql as $$
declare
    content text[] := tg_argv;
begin
    if tg_op = 'UPDATE' and is_erasable(tg_table_name, to_jsonb(old))
        and to_jsonb(new) - content = to_jsonb(old) - content
        and not exists (
            select from jsonb_each(to_jsonb(new))
            where key = any (content) and value not in ('{}', '[]', '""', 'null')
        ) then
        return new;
    end if;
    raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;

-- Whether a question is withdrawn by its asker or redacted by the buyer.
create function is_question_erasable(question uuid) returns boolean language sql stable as $$
    select exists (select from question_redaction where question_id = question)
        or exists (select from question_withdrawal where question_id = question)
$$;

-- Whether the content of a row may be erased: it is withdrawn by the buyer; or the row belongs to a question that its asker
-- withdrew or the buyer redacted, except the redaction in force.
create function is_erasable(relation text, stored jsonb) returns boolean language sql stable as $$
    select case relation
        when 'question_redaction' then exists (
            select from question_redaction
            where question_id = (stored ->> 'question_id')::uuid and number > (stored ->> 'number')::int)
        when 'question' then is_question_erasable((stored ->> 'id')::uuid)
        when 'question_anchor' then is_question_erasable((stored ->> 'question_id')::uuid)
        else is_withdrawn((stored ->> 'id')::uuid)
    end
$$;

drop trigger append_only on answer;
create trigger append_only before update or delete on answer for each row
    when (old.published_at <= clock_timestamp()) execute function refuse_change_but_erasure('text');
drop trigger append_only on contribution;
create trigger append_only before update or delete on contribution
    for each row execute function refuse_change_but_erasure('answers', 'secret_answers');
drop trigger append_only on meeting_minutes;
create trigger append_only before update or delete on meeting_minutes
    for each row execute function refuse_change_but_erasure('text');
drop trigger append_only on dialogue_summary;
create trigger append_only before update or delete on dialogue_summary
    for each row execute function refuse_change_but_erasure('heard', 'changes', 'reason');
drop trigger append_only on question;
create trigger append_only before update or delete on question
    for each row execute function refuse_change_but_erasure('text');
drop trigger append_only on question_redaction;
create trigger append_only before update or delete on question_redaction
    for each row execute function refuse_change_but_erasure('text');
drop trigger append_only on question_anchor;
create trigger append_only before update or delete on question_anchor
    for each row execute function refuse_change_but_erasure('section', 'quote');

-- The reason of an erased version is erased too.
alter table dialogue_summary drop constraint dialogue_summary_revised_for_a_reason;
alter table dialogue_summary add constraint dialogue_summary_revised_for_a_reason
    check (version = 1 or reason <> '{}' or heard = '{}') not valid;

-- ERASED: the object is removed, and so are its name and digest; the row stays, because notices and rounds refer to it.
alter table document drop constraint document_state_check;
alter table document add constraint document_state_check
    check (state in ('UPLOADING', 'STORED', 'DOOMED', 'ERASED')) not valid;
drop trigger append_only on document;
create trigger append_only before update on document for each row
    when (old.state <> 'UPLOADING' and new.state <> 'ERASED' and (old.organisation_id, old.uploaded_by, old.file_name,
        old.media_type, old.size, old.sha256, old.uploaded_at) is distinct from (new.organisation_id, new.uploaded_by,
        new.file_name, new.media_type, new.size, new.sha256, new.uploaded_at))
    execute function refuse_change();

create function check_document_erasure() returns trigger language plpgsql as $$
begin
    if old.state <> 'STORED' or new.state <> 'ERASED' or not is_withdrawn(old.id)
        or new.file_name <> 'erased' or new.sha256 is not null
        or (old.organisation_id, old.uploaded_by, old.media_type, old.size, old.uploaded_at)
           is distinct from (new.organisation_id, new.uploaded_by, new.media_type, new.size, new.uploaded_at) then
        raise exception 'document % is not erased like this', old.id using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger erasure before update on document for each row
    when (old.state = 'ERASED' or new.state = 'ERASED') execute function check_document_erasure();

-- Where a document is or may become public, with the round if it is attached to something of a round. The shares of
-- contributions are those of contributions in force.
create view document_use as
select document_id, procurement_id, null::uuid as dialogue_id from published_document
union
select attached.document_id, dialogue.procurement_id, dialogue.id
from (
    select question_attachment.document_id, question.dialogue_id
    from question_attachment join question on question.id = question_id
    union all
    select answer_attachment.document_id, question.dialogue_id
    from answer_attachment join answer on answer.id = answer_id join question on question.id = answer.question_id
    union all
    select meeting_minutes_document.document_id, meeting.dialogue_id
    from meeting_minutes_document join meeting_minutes on meeting_minutes.id = minutes_id
    join meeting on meeting.id = meeting_minutes.meeting_id
    union all
    select summary_attachment.document_id, dialogue_summary.dialogue_id
    from summary_attachment join dialogue_summary on dialogue_summary.id = summary_id
    union all
    select document_id, dialogue_id from dialogue_document
    union all
    select document_share.document_id, contribution.dialogue_id
    from document_share join contribution on contribution.id = holder_id
) as attached join dialogue on dialogue.id = attached.dialogue_id;

-- Content that the operator may erase and has not erased, with the time since which no reader may read it.
create view erasable_content as
select subject_id, kind, at as withdrawn_at from content_withdrawal where erased_at is null
union all
select question.id, 'QUESTION', coalesce(withdrawal.at, redaction.at)
from question left join question_withdrawal withdrawal on withdrawal.question_id = question.id
left join lateral (
    select at from question_redaction where question_id = question.id order by number desc limit 1
) redaction on true
where is_question_erasable(question.id)
    and (question.text <> ''
         or exists (select from question_anchor
                    where question_id = question.id and (section is not null or quote is not null))
         or exists (select from question_redaction superseded
                    where superseded.question_id = question.id and superseded.text <> ''
                        and exists (select from question_redaction later where later.question_id = question.id
                                        and later.number > superseded.number)));
