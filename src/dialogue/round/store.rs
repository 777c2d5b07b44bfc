//! The SQL of rounds.

pub mod documents;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool, types::Json};

use super::rules::{DialogueKind, Window};
use crate::kernel::{
    ids::{DialogueId, PersonId, ProcurementId},
    text::LocalizedText,
    zone::Zone,
};

/// A round of dialogue.
#[derive(Clone, Debug)]
pub struct Dialogue {
    pub id: DialogueId,
    pub procurement: ProcurementId,
    /// Number of the round within the procurement, from 1.
    pub number: i32,
    pub kind: DialogueKind,
    pub title: LocalizedText,
    pub description: LocalizedText,
    pub window: Window,
    /// Whether a question is public only after the buyer releases it.
    pub moderated: bool,
    /// How the buyer ended the round before its time.
    pub end: Option<DialogueEnd>,
}

/// End of a round before its time.
#[derive(Clone, Debug)]
pub struct DialogueEnd {
    /// Whether the round was cancelled, and not just closed early.
    pub cancelled: bool,
    pub reason: LocalizedText,
    pub at: DateTime<Utc>,
}

/// One extension of a round's window.
#[derive(Clone, Debug)]
pub struct RecordedExtension {
    pub dialogue: DialogueId,
    /// Number of the extension within the round, from 1.
    pub number: i32,
    /// Time before which questions are accepted since this extension; the next two fields alike.
    pub questions_until: DateTime<Utc>,
    pub answers_until: DateTime<Utc>,
    pub closes_at: DateTime<Utc>,
    pub reason: LocalizedText,
    pub at: DateTime<Utc>,
}

struct Row {
    id: DialogueId,
    procurement_id: ProcurementId,
    number: i32,
    kind: DialogueKind,
    title: Json<LocalizedText>,
    description: Json<LocalizedText>,
    opens_at: DateTime<Utc>,
    questions_until: DateTime<Utc>,
    answers_until: DateTime<Utc>,
    closes_at: DateTime<Utc>,
    time_zone: Zone,
    moderated: bool,
    cancelled: Option<bool>,
    end_reason: Option<Json<LocalizedText>>,
    ended_at: Option<DateTime<Utc>>,
}

impl From<Row> for Dialogue {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            procurement: row.procurement_id,
            number: row.number,
            kind: row.kind,
            title: row.title.0,
            description: row.description.0,
            window: Window {
                opens_at: row.opens_at,
                questions_until: row.questions_until,
                answers_until: row.answers_until,
                closes_at: row.closes_at,
                zone: row.time_zone,
                cancelled: row.cancelled == Some(true),
            },
            moderated: row.moderated,
            end: row.ended_at.map(|at| DialogueEnd {
                cancelled: row.cancelled == Some(true),
                reason: row.end_reason.map(|reason| reason.0).unwrap_or_default(),
                at,
            }),
        }
    }
}

/// Loads a round.
pub async fn by_id(
    connection: &mut PgConnection,
    id: DialogueId,
) -> Result<Option<Dialogue>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"select d.id as "id!: DialogueId", d.procurement_id as "procurement_id!: ProcurementId",
                  d.number as "number!",
                  d.kind as "kind!: DialogueKind", d.title as "title!: Json<LocalizedText>",
                  d.description as "description!: Json<LocalizedText>", d.opens_at as "opens_at!",
                  d.questions_until as "questions_until!",
                  coalesce(d.answers_until, d.closes_at) as "answers_until!", d.closes_at as "closes_at!",
                  d.time_zone as "time_zone!: Zone", d.moderated as "moderated!", e.cancelled as "cancelled?",
                  e.reason as "end_reason?: Json<LocalizedText>", e.at as "ended_at?"
           from dialogue d left join dialogue_end e on e.dialogue_id = d.id
           where d.id = $1"#,
        id as DialogueId,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(Dialogue::from))
}

/// Loads these rounds, in no particular order.
pub async fn by_ids(pool: &PgPool, ids: &[DialogueId]) -> Result<Vec<Dialogue>, sqlx::Error> {
    let ids: Vec<uuid::Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query_as!(
        Row,
        r#"select d.id as "id!: DialogueId", d.procurement_id as "procurement_id!: ProcurementId",
                  d.number as "number!",
                  d.kind as "kind!: DialogueKind", d.title as "title!: Json<LocalizedText>",
                  d.description as "description!: Json<LocalizedText>", d.opens_at as "opens_at!",
                  d.questions_until as "questions_until!",
                  coalesce(d.answers_until, d.closes_at) as "answers_until!", d.closes_at as "closes_at!",
                  d.time_zone as "time_zone!: Zone", d.moderated as "moderated!", e.cancelled as "cancelled?",
                  e.reason as "end_reason?: Json<LocalizedText>", e.at as "ended_at?"
           from dialogue d left join dialogue_end e on e.dialogue_id = d.id
           where d.id = any($1)"#,
        &ids,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(Dialogue::from).collect())
}

/// Loads all rounds of these procurements, ordered by procurement and number.
pub async fn of_procurements(
    pool: &PgPool,
    procurements: &[ProcurementId],
) -> Result<Vec<Dialogue>, sqlx::Error> {
    let procurements: Vec<uuid::Uuid> = procurements.iter().map(|id| id.0).collect();
    let rows = sqlx::query_as!(
        Row,
        r#"select d.id as "id!: DialogueId", d.procurement_id as "procurement_id!: ProcurementId",
                  d.number as "number!",
                  d.kind as "kind!: DialogueKind", d.title as "title!: Json<LocalizedText>",
                  d.description as "description!: Json<LocalizedText>", d.opens_at as "opens_at!",
                  d.questions_until as "questions_until!",
                  coalesce(d.answers_until, d.closes_at) as "answers_until!", d.closes_at as "closes_at!",
                  d.time_zone as "time_zone!: Zone", d.moderated as "moderated!", e.cancelled as "cancelled?",
                  e.reason as "end_reason?: Json<LocalizedText>", e.at as "ended_at?"
           from dialogue d left join dialogue_end e on e.dialogue_id = d.id
           where d.procurement_id = any($1) order by d.procurement_id, d.number"#,
        &procurements,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(Dialogue::from).collect())
}

/// A round about to be inserted.
#[derive(Debug)]
pub struct NewDialogue<'a> {
    pub id: DialogueId,
    pub procurement: ProcurementId,
    pub kind: DialogueKind,
    pub title: &'a LocalizedText,
    pub description: &'a LocalizedText,
    pub window: Window,
    pub moderated: bool,
    pub opened_by: PersonId,
}

/// Inserts a round with the procurement's next number. The caller holds the lock on the
/// procurement's row.
pub async fn insert(
    connection: &mut PgConnection,
    new: &NewDialogue<'_>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into dialogue (id, procurement_id, number, kind, title, description, opens_at,
                               questions_until, answers_until, closes_at, time_zone, moderated, opened_by)
         select $1, $2, 1 + coalesce(max(number), 0), $3, $4, $5, $6, $7, $8, $9, $10, $11, $12
         from dialogue where procurement_id = $2",
        new.id as DialogueId,
        new.procurement as ProcurementId,
        new.kind as DialogueKind,
        Json(new.title) as Json<&LocalizedText>,
        Json(new.description) as Json<&LocalizedText>,
        new.window.opens_at,
        new.window.questions_until,
        new.window.answers_until,
        new.window.closes_at,
        new.window.zone.name(),
        new.moderated,
        new.opened_by as PersonId,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Sets a round's window, and appends the extension to its history. The caller holds the lock on
/// the procurement's row.
pub async fn extend(
    connection: &mut PgConnection,
    dialogue: DialogueId,
    window: &Window,
    reason: &LocalizedText,
    (person, now): (PersonId, DateTime<Utc>),
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with extended as (
             update dialogue set questions_until = $2, answers_until = $3, closes_at = $4 where id = $1
         )
         insert into dialogue_extension (dialogue_id, number, questions_until, answers_until, closes_at, reason,
                                         extended_by, at)
         select $1, 1 + coalesce(max(number), 0), $2, $3, $4, $5, $6, $7
         from dialogue_extension where dialogue_id = $1",
        dialogue as DialogueId,
        window.questions_until,
        window.answers_until,
        window.closes_at,
        Json(reason) as Json<&LocalizedText>,
        person as PersonId,
        now,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// An end about to be inserted.
#[derive(Debug)]
pub struct NewEnd<'a> {
    pub dialogue: DialogueId,
    /// Whether the round is cancelled, and not just closed early.
    pub cancelled: bool,
    pub reason: &'a LocalizedText,
    pub ended_by: PersonId,
    pub at: DateTime<Utc>,
}

/// Inserts the end of a round, and sets its window. The caller holds the lock on the procurement's
/// row.
pub async fn end(
    connection: &mut PgConnection,
    new: &NewEnd<'_>,
    window: &Window,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into dialogue_end (dialogue_id, cancelled, reason, ended_by, at) values ($1, $2, $3, $4, $5)",
        new.dialogue as DialogueId,
        new.cancelled,
        Json(new.reason) as Json<&LocalizedText>,
        new.ended_by as PersonId,
        new.at,
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "update dialogue set questions_until = $2, answers_until = $3, closes_at = $4 where id = $1",
        new.dialogue as DialogueId,
        window.questions_until,
        window.answers_until,
        window.closes_at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Returns whether a meeting of the round is still to be held at `now`: it is not cancelled and has
/// not started.
pub async fn has_coming_meeting(
    connection: &mut PgConnection,
    dialogue: DialogueId,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (
               select from meeting m cross join lateral (
                   select starts_at from meeting_version where meeting_id = m.id order by revision desc limit 1
               ) as plan
               where m.dialogue_id = $1 and plan.starts_at > $2
                 and not exists (select from meeting_cancellation where meeting_id = m.id)
           ) as "coming!""#,
        dialogue as DialogueId,
        now,
    )
    .fetch_one(connection)
    .await
}

/// Returns whether the procurement has a partnership round that is not cancelled, or in which an
/// organisation took part before it was cancelled.
pub async fn is_partnership(
    connection: &mut PgConnection,
    procurement: ProcurementId,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (
               select from dialogue d where procurement_id = $1 and kind = 'PARTNERSHIP' and (
                   not exists (select from dialogue_end where dialogue_id = d.id and cancelled)
                   or exists (select from dialogue_participant where dialogue_id = d.id)
                   or exists (select from contribution where dialogue_id = d.id))
           ) as "is!""#,
        procurement as ProcurementId,
    )
    .fetch_one(connection)
    .await
}

/// Loads the extensions of these rounds, ordered by round and number.
pub async fn extensions(
    pool: &PgPool,
    dialogues: &[DialogueId],
) -> Result<Vec<RecordedExtension>, sqlx::Error> {
    let dialogues: Vec<uuid::Uuid> = dialogues.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select dialogue_id as "dialogue: DialogueId", number, questions_until, answers_until, closes_at,
                  reason as "reason: Json<LocalizedText>", at
           from dialogue_extension where dialogue_id = any($1) order by dialogue_id, number"#,
        &dialogues,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| RecordedExtension {
            dialogue: row.dialogue,
            number: row.number,
            questions_until: row.questions_until,
            answers_until: row.answers_until,
            closes_at: row.closes_at,
            reason: row.reason.0,
            at: row.at,
        })
        .collect())
}
