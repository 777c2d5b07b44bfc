//! The SQL of withdrawals and of the erasure of withdrawn content.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool, types::Json};
use uuid::Uuid;

use super::{Content, ContentKind};
use crate::{
    kernel::{
        ids::{DialogueId, DocumentId, OrganisationId, PersonId, ProcurementId},
        text::LocalizedText,
    },
    procurement::notification::Notify,
};

/// Where content is published.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub procurement: ProcurementId,
    /// Round; `None` for a document of a notice.
    pub dialogue: Option<DialogueId>,
    /// Question of an answer, or meeting of minutes.
    pub parent: Option<Uuid>,
}

/// What has happened to content, and who may know of it.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    /// Whether everyone may know of it.
    pub public: bool,
    /// Whether the organisation of the reader wrote it.
    pub own: bool,
    /// Whether it is withdrawn.
    pub withdrawn: bool,
    /// Author of a contribution.
    pub contributor: Option<OrganisationId>,
}

/// Returns where content is published, one place per procurement, ordered by procurement; none for
/// content that does not exist. A question has no place: it is redacted instead.
pub async fn places(
    connection: &mut PgConnection,
    content: Content,
) -> Result<Vec<Place>, sqlx::Error> {
    sqlx::query_as!(
        Place,
        r#"select distinct on (place.procurement) place.procurement as "procurement!: ProcurementId",
                  place.dialogue as "dialogue: DialogueId", place.parent
           from (
               select d.procurement_id as procurement, d.id as dialogue, q.id as parent
               from answer a join question q on q.id = a.question_id join dialogue d on d.id = q.dialogue_id
               where a.id = $1 and $2 = 'ANSWER'
               union all
               select d.procurement_id, d.id, null
               from standing_contribution c join dialogue d on d.id = c.dialogue_id
               where c.id = $1 and $2 = 'CONTRIBUTION'
               union all
               select d.procurement_id, d.id, m.id from meeting_minutes minutes
               join meeting m on m.id = minutes.meeting_id join dialogue d on d.id = m.dialogue_id
               where minutes.id = $1 and $2 = 'MINUTES'
               union all
               select d.procurement_id, d.id, null from dialogue_summary s join dialogue d on d.id = s.dialogue_id
               where s.id = $1 and $2 = 'SUMMARY'
               union all
               select procurement_id, dialogue_id, null from document_use where document_id = $1 and $2 = 'DOCUMENT'
           ) as place order by place.procurement, place.dialogue"#,
        content.id,
        content.kind as ContentKind,
    )
    .fetch_all(connection)
    .await
}

/// Returns what has happened to content at `now`, as a reader acting for `reader` asks.
pub async fn standing(
    connection: &mut PgConnection,
    content: Content,
    reader: Option<OrganisationId>,
    now: DateTime<Utc>,
) -> Result<Standing, sqlx::Error> {
    sqlx::query_as!(
        Standing,
        r#"select case $2
                      when 'DOCUMENT' then exists (select from published_document where document_id = $1)
                          or exists (select from document_share
                                     where document_id = $1 and organisation_id is null and at <= $4)
                      when 'ANSWER' then exists (select from answer where id = $1 and published_at <= $4)
                      when 'CONTRIBUTION' then exists (select from published_contribution where id = $1)
                      else true
                  end as "public!",
                  coalesce(contribution.organisation_id = $3 or document.organisation_id = $3, false) as "own!",
                  is_withdrawn($1) as "withdrawn!",
                  contribution.organisation_id as "contributor?: OrganisationId"
           from (select) as one
           left join contribution on contribution.id = $1 and $2 = 'CONTRIBUTION'
           left join document on document.id = $1 and $2 = 'DOCUMENT'"#,
        content.id,
        content.kind as ContentKind,
        reader as Option<OrganisationId>,
        now,
    )
    .fetch_one(connection)
    .await
}

/// A withdrawal about to be inserted.
#[derive(Clone, Copy, Debug)]
pub struct NewWithdrawal<'a> {
    pub procurement: ProcurementId,
    pub reason: &'a LocalizedText,
    pub withdrawn_by: PersonId,
    pub at: DateTime<Utc>,
}

/// Inserts the withdrawal of content and of its earlier revisions that are not withdrawn. Returns
/// what is withdrawn by it, the content itself first.
pub async fn insert(
    connection: &mut PgConnection,
    content: Content,
    new: &NewWithdrawal<'_>,
) -> Result<Vec<Content>, sqlx::Error> {
    let mut ids = sqlx::query_scalar!(
        r#"insert into content_withdrawal (subject_id, kind, procurement_id, reason, withdrawn_by, at)
           select version.id, $2, $3, $4, $5, $6 from (
               select earlier.id from answer this join answer earlier
                   on earlier.question_id = this.question_id and earlier.revision <= this.revision
               where this.id = $1 and $2 = 'ANSWER'
               union all
               select earlier.id from contribution this join contribution earlier
                   on earlier.dialogue_id = this.dialogue_id and earlier.organisation_id = this.organisation_id
                      and earlier.number <= this.number
               where this.id = $1 and $2 = 'CONTRIBUTION'
               union all
               select earlier.id from meeting_minutes this join meeting_minutes earlier
                   on earlier.meeting_id = this.meeting_id and earlier.revision <= this.revision
               where this.id = $1 and $2 = 'MINUTES'
               union all
               select earlier.id from dialogue_summary this join dialogue_summary earlier
                   on earlier.dialogue_id = this.dialogue_id and earlier.version <= this.version
               where this.id = $1 and $2 = 'SUMMARY'
               union all
               select $1 where $2 = 'DOCUMENT'
           ) as version
           on conflict do nothing returning subject_id"#,
        content.id,
        content.kind as ContentKind,
        new.procurement as ProcurementId,
        Json(new.reason) as Json<&LocalizedText>,
        new.withdrawn_by as PersonId,
        new.at,
    )
    .fetch_all(connection)
    .await?;
    ids.sort_by_key(|id| (*id != content.id, *id));
    let kind = content.kind;
    Ok(ids.into_iter().map(|id| Content { kind, id }).collect())
}

/// Inserts the withdrawal of the documents that these holders have and nothing else refers to;
/// returns them.
pub async fn insert_for_documents(
    connection: &mut PgConnection,
    holders: &[Uuid],
    new: &NewWithdrawal<'_>,
) -> Result<Vec<DocumentId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"insert into content_withdrawal (subject_id, kind, procurement_id, reason, withdrawn_by, at)
           select distinct document_id, 'DOCUMENT', $2::uuid, $3::jsonb, $4::uuid, $5::timestamptz
           from document_hold held
           where holder_id = any($1)
             and not exists (select from published_document where document_id = held.document_id)
             and not exists (select from document_hold other
                             where other.document_id = held.document_id and other.holder_id <> all($1))
           on conflict do nothing returning subject_id as "id: DocumentId""#,
        holders,
        new.procurement as ProcurementId,
        Json(new.reason) as Json<&LocalizedText>,
        new.withdrawn_by as PersonId,
        new.at,
    )
    .fetch_all(connection)
    .await
}

/// Notifies the members of an organisation, whether or not they follow the procurement; each person
/// once per event.
pub async fn notify_members(
    connection: &mut PgConnection,
    organisation: OrganisationId,
    notify: &Notify,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into notification (id, person_id, procurement_id, event, subject_id, at, about_id)
         select gen_random_uuid(), person_id, $2, $3, $4, $5, $6 from membership where organisation_id = $1
         on conflict do nothing",
        organisation as OrganisationId,
        notify.procurement as ProcurementId,
        notify.event.as_str(),
        notify.subject,
        notify.at,
        notify.about,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Returns the kinds of these withdrawn objects.
pub async fn kinds(pool: &PgPool, ids: &[Uuid]) -> Result<Vec<Content>, sqlx::Error> {
    sqlx::query_as!(
        Content,
        r#"select subject_id as id, kind as "kind: ContentKind" from content_withdrawal
           where subject_id = any($1)"#,
        ids,
    )
    .fetch_all(pool)
    .await
}

/// Withdrawn content that the operator may erase.
#[derive(Clone, Copy, Debug)]
pub struct Erasable {
    pub id: Uuid,
    pub kind: ContentKind,
    /// Time since which no reader may read it.
    pub withdrawn_at: DateTime<Utc>,
}

/// Returns the content that may be erased and is not erased, the oldest withdrawal first.
pub async fn erasable(pool: &PgPool) -> Result<Vec<Erasable>, sqlx::Error> {
    sqlx::query_as!(
        Erasable,
        r#"select subject_id as "id!", kind as "kind!: ContentKind", withdrawn_at as "withdrawn_at!"
           from erasable_content order by withdrawn_at, subject_id"#,
    )
    .fetch_all(pool)
    .await
}

/// Makes the text of withdrawn content empty. The triggers of the tables refuse this for content
/// that is not withdrawn.
pub async fn erase_text(
    connection: &mut PgConnection,
    content: Content,
) -> Result<(), sqlx::Error> {
    let id = content.id;
    match content.kind {
        ContentKind::Document => {}
        ContentKind::Answer => {
            sqlx::query!("update answer set text = '{}' where id = $1", id)
                .execute(connection)
                .await?;
        }
        ContentKind::Contribution => {
            sqlx::query!(
                "update contribution set answers = '[]', secret_answers = '[]' where id = $1",
                id
            )
            .execute(connection)
            .await?;
        }
        ContentKind::Minutes => {
            sqlx::query!("update meeting_minutes set text = '{}' where id = $1", id)
                .execute(connection)
                .await?;
        }
        ContentKind::Summary => {
            sqlx::query!(
                "update dialogue_summary set heard = '{}', changes = '[]', reason = '{}' where id = $1",
                id
            )
            .execute(connection)
            .await?;
        }
        ContentKind::Question => erase_question(connection, id).await?,
    }
    Ok(())
}

/// Makes the text of a question empty, and its anchor's words, and all redacted texts but the one
/// in force.
async fn erase_question(connection: &mut PgConnection, id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("update question set text = '' where id = $1", id)
        .execute(&mut *connection)
        .await?;
    sqlx::query!(
        "update question_anchor set section = null, quote = null where question_id = $1",
        id
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "update question_redaction superseded set text = ''
         where question_id = $1
           and exists (select from question_redaction later
                       where later.question_id = $1 and later.number > superseded.number)",
        id
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Records the erasure: its time, and a row in the audit log without the content.
pub async fn record_erasure(
    connection: &mut PgConnection,
    content: Content,
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update content_withdrawal set erased_at = $2 where subject_id = $1 and erased_at is null",
        content.id,
        at,
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "insert into audit (at, action, subject_id, detail)
         values ($1, 'content.erase', $2, jsonb_build_object('kind', $3::text))",
        at,
        content.id,
        content.kind as ContentKind,
    )
    .execute(connection)
    .await?;
    Ok(())
}
