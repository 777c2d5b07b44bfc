//! The SQL of dialogues, questions and answers. No reading function tells who asked.

pub mod events;
pub mod participants;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool, types::Json};

use super::{
    answer::Answer as AnswerCommand,
    ask::Ask,
    open::Open,
    rules::{Kind, Window},
};
use crate::kernel::{
    ids::{AnswerId, DialogueId, OrganisationId, PersonId, ProcurementId, QuestionId},
    text::LocalizedText,
};

/// A round of dialogue.
#[derive(Clone, Debug)]
pub struct Dialogue {
    pub id: DialogueId,
    pub procurement: ProcurementId,
    /// 1, 2, 3, … within the procurement.
    pub number: i32,
    pub kind: Kind,
    pub title: LocalizedText,
    pub description: LocalizedText,
    pub window: Window,
}

/// A question, without its asker.
#[derive(Clone, Debug)]
pub struct Question {
    pub id: QuestionId,
    pub dialogue: DialogueId,
    /// 1, 2, 3, … within the round.
    pub number: i32,
    pub lot: Option<String>,
    pub text: String,
    pub language: String,
    pub asked_at: DateTime<Utc>,
    /// Asked by the organisation that was handed in?
    pub own: bool,
}

/// One published answer, the latest revision or an earlier one.
#[derive(Clone, Debug)]
pub struct Answer {
    pub id: AnswerId,
    pub question: QuestionId,
    /// 1 for the first, more for each revision.
    pub revision: i32,
    pub text: LocalizedText,
    pub published_at: DateTime<Utc>,
}

struct Row {
    id: DialogueId,
    procurement_id: ProcurementId,
    number: i32,
    kind: Kind,
    title: Json<LocalizedText>,
    description: Json<LocalizedText>,
    opens_at: DateTime<Utc>,
    questions_until: DateTime<Utc>,
    closes_at: DateTime<Utc>,
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
                closes_at: row.closes_at,
            },
        }
    }
}

/// One round.
pub async fn by_id(
    connection: &mut PgConnection,
    id: DialogueId,
) -> Result<Option<Dialogue>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"select id as "id: DialogueId", procurement_id as "procurement_id: ProcurementId", number,
                  kind as "kind: Kind", title as "title: Json<LocalizedText>",
                  description as "description: Json<LocalizedText>", opens_at, questions_until, closes_at
           from dialogue where id = $1"#,
        id as DialogueId,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(Dialogue::from))
}

/// All rounds of these procurements, by procurement and number.
pub async fn of_procurements(
    pool: &PgPool,
    procurements: &[ProcurementId],
) -> Result<Vec<Dialogue>, sqlx::Error> {
    let procurements: Vec<uuid::Uuid> = procurements.iter().map(|id| id.0).collect();
    let rows = sqlx::query_as!(
        Row,
        r#"select id as "id: DialogueId", procurement_id as "procurement_id: ProcurementId", number,
                  kind as "kind: Kind", title as "title: Json<LocalizedText>",
                  description as "description: Json<LocalizedText>", opens_at, questions_until, closes_at
           from dialogue where procurement_id = any($1) order by procurement_id, number"#,
        &procurements,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(Dialogue::from).collect())
}

/// Inserts a round with the next number; the procurement's row is locked by the caller.
pub async fn insert(
    connection: &mut PgConnection,
    id: DialogueId,
    command: &Open,
    window: &Window,
    opened_by: PersonId,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into dialogue (id, procurement_id, number, kind, title, description, opens_at,
                               questions_until, closes_at, opened_by)
         select $1, $2, 1 + coalesce(max(number), 0), $3, $4, $5, $6, $7, $8, $9
         from dialogue where procurement_id = $2",
        id as DialogueId,
        command.procurement as ProcurementId,
        command.kind as Kind,
        Json(&command.title) as Json<&LocalizedText>,
        Json(&command.description) as Json<&LocalizedText>,
        window.opens_at,
        window.questions_until,
        window.closes_at,
        opened_by as PersonId,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The procurement and round a question belongs to.
pub async fn place_of_question(
    connection: &mut PgConnection,
    question: QuestionId,
) -> Result<Option<(ProcurementId, DialogueId)>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select dialogue.procurement_id as "procurement: ProcurementId", dialogue.id as "dialogue: DialogueId"
           from question join dialogue on dialogue.id = question.dialogue_id where question.id = $1"#,
        question as QuestionId,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| (row.procurement, row.dialogue)))
}

/// Inserts a question with the next number; the procurement's row is locked by the caller.
pub async fn insert_question(
    connection: &mut PgConnection,
    id: QuestionId,
    command: &Ask,
    (person, organisation): (PersonId, OrganisationId),
    asked_at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into question (id, dialogue_id, number, asker_organisation_id, asker_person_id, lot_id,
                               text, language, asked_at)
         select $1, $2, 1 + coalesce(max(number), 0), $3, $4, $5, $6, $7, $8
         from question where dialogue_id = $2",
        id as QuestionId,
        command.dialogue as DialogueId,
        organisation as OrganisationId,
        person as PersonId,
        command.lot,
        command.text,
        command.language,
        asked_at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Inserts an answer with the next revision, which is answered; the procurement's row is locked by the caller.
pub async fn insert_answer(
    connection: &mut PgConnection,
    id: AnswerId,
    command: &AnswerCommand,
    answered_by: PersonId,
    published_at: DateTime<Utc>,
) -> Result<i32, sqlx::Error> {
    sqlx::query_scalar!(
        "insert into answer (id, question_id, revision, text, answered_by, published_at)
         select $1, $2, 1 + coalesce(max(revision), 0), $3, $4, $5 from answer where question_id = $2
         returning revision",
        id as AnswerId,
        command.question as QuestionId,
        Json(&command.text) as Json<&LocalizedText>,
        answered_by as PersonId,
        published_at,
    )
    .fetch_one(connection)
    .await
}

/// One page of each of several rounds' questions, one more than asked for where there is one.
/// `reader` is the organisation whose own questions are marked.
pub async fn questions(
    pool: &PgPool,
    dialogues: &[DialogueId],
    reader: Option<OrganisationId>,
    after: i32,
    first: i64,
) -> Result<Vec<Question>, sqlx::Error> {
    let dialogues: Vec<uuid::Uuid> = dialogues.iter().map(|id| id.0).collect();
    sqlx::query_as!(
        Question,
        r#"select q.id as "id: QuestionId", q.dialogue_id as "dialogue: DialogueId", q.number, q.lot_id as lot,
                  q.text, q.language, q.asked_at,
                  coalesce(q.asker_organisation_id = $2, false) as "own!"
           from unnest($1::uuid[]) as wanted (id)
           cross join lateral (
               select * from question where dialogue_id = wanted.id and number > $3 order by number limit $4
           ) q
           order by q.dialogue_id, q.number"#,
        &dialogues,
        reader as Option<OrganisationId>,
        after,
        first + 1,
    )
    .fetch_all(pool)
    .await
}

/// One question.
pub async fn question(
    pool: &PgPool,
    id: QuestionId,
    reader: Option<OrganisationId>,
) -> Result<Option<Question>, sqlx::Error> {
    sqlx::query_as!(
        Question,
        r#"select id as "id: QuestionId", dialogue_id as "dialogue: DialogueId", number, lot_id as lot,
                  text, language, asked_at, coalesce(asker_organisation_id = $2, false) as "own!"
           from question where id = $1"#,
        id as QuestionId,
        reader as Option<OrganisationId>,
    )
    .fetch_optional(pool)
    .await
}

/// How many questions each of these rounds has; a round without is left out.
pub async fn question_counts(
    pool: &PgPool,
    dialogues: &[DialogueId],
) -> Result<Vec<(DialogueId, i64)>, sqlx::Error> {
    let dialogues: Vec<uuid::Uuid> = dialogues.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select dialogue_id as "id: DialogueId", count(*) as "count!" from question
           where dialogue_id = any($1) group by dialogue_id"#,
        &dialogues,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.count)).collect())
}

/// All answers to these questions, each question's latest first.
pub async fn answers(pool: &PgPool, questions: &[QuestionId]) -> Result<Vec<Answer>, sqlx::Error> {
    let questions: Vec<uuid::Uuid> = questions.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select id as "id: AnswerId", question_id as "question: QuestionId", revision,
                  text as "text: Json<LocalizedText>", published_at
           from answer where question_id = any($1) order by question_id, revision desc"#,
        &questions,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Answer {
            id: row.id,
            question: row.question,
            revision: row.revision,
            text: row.text.0,
            published_at: row.published_at,
        })
        .collect())
}
