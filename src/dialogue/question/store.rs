//! The SQL of questions. The functions return an asker's number in the round, and its organisation
//! only once it disclosed its name.

pub mod answers;
pub mod moderation;
pub mod support;
pub mod threads;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool, types::Json};

use crate::{
    dialogue::{question::rules::QuestionHistory, review::Anchor},
    kernel::{
        ids::{DialogueId, DocumentId, OrganisationId, PersonId, ProcurementId, QuestionId},
        paging::Page,
        text::LocalizedText,
    },
};

/// A question as one reader sees it.
#[derive(Clone, Debug)]
pub struct Question {
    pub id: QuestionId,
    pub dialogue: DialogueId,
    /// Number of the question within the round, from 1.
    pub number: i32,
    /// Lot that it is about.
    pub lot: Option<String>,
    /// Attachment of the notice that it is about.
    pub attachment: Option<String>,
    /// Earlier question that it follows up.
    pub about: Option<QuestionId>,
    /// Text, redacted if a redaction exists. `None` once withdrawn; until the release, `None` for
    /// all readers but the asker and the buyer.
    pub text: Option<String>,
    pub language: String,
    pub asked_at: DateTime<Utc>,
    /// Whether `reader` asked it.
    pub own: bool,
    /// Number of the asker among those of the round that disclosed their names, in the order of
    /// disclosure. A number that counts the unnamed askers as well would link their questions.
    pub asker_number: Option<i32>,
    /// Asker, once it disclosed its name.
    pub asker: Option<OrganisationId>,
    /// Reason and time of the latest redaction.
    pub redaction: Option<Reason>,
    /// Question that it was merged into, whose answers it shows.
    pub merged_into: Option<QuestionId>,
    /// Reason and time of the refusal to answer.
    pub refusal: Option<Reason>,
    /// Number of organisations that support it.
    pub supporters: i64,
    /// Whether `reader` supports it.
    pub supported: bool,
    pub history: QuestionHistory,
}

/// Reason for an act of the buyer, and its time.
#[derive(Clone, Debug)]
pub struct Reason {
    pub text: LocalizedText,
    pub at: DateTime<Utc>,
}

struct Row {
    id: QuestionId,
    dialogue: DialogueId,
    number: i32,
    lot: Option<String>,
    attachment: Option<String>,
    about: Option<QuestionId>,
    text: Option<String>,
    language: String,
    asked_at: DateTime<Utc>,
    own: bool,
    asker_number: Option<i32>,
    asker: Option<OrganisationId>,
    redaction: Option<Json<LocalizedText>>,
    redacted_at: Option<DateTime<Utc>>,
    merged_into: Option<QuestionId>,
    refusal: Option<Json<LocalizedText>>,
    refused_at: Option<DateTime<Utc>>,
    supporters: i64,
    supported: bool,
    released: bool,
    withdrawn: bool,
    answered: bool,
    answers_until: DateTime<Utc>,
}

impl From<Row> for Question {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            dialogue: row.dialogue,
            number: row.number,
            lot: row.lot,
            attachment: row.attachment,
            about: row.about,
            text: row.text,
            language: row.language,
            asked_at: row.asked_at,
            own: row.own,
            asker_number: row.asker_number,
            asker: row.asker,
            redaction: reason(row.redaction, row.redacted_at),
            merged_into: row.merged_into,
            supporters: row.supporters,
            supported: row.supported,
            history: QuestionHistory {
                released: row.released,
                withdrawn: row.withdrawn,
                merged: row.merged_into.is_some(),
                answered: row.answered,
                refused: row.refusal.is_some(),
                answers_until: row.answers_until,
            },
            refusal: reason(row.refusal, row.refused_at),
        }
    }
}

fn reason(text: Option<Json<LocalizedText>>, at: Option<DateTime<Utc>>) -> Option<Reason> {
    Some(Reason {
        text: text?.0,
        at: at?,
    })
}

/// What a question is about.
#[derive(Clone, Copy, Debug)]
pub struct QuestionTopic<'a> {
    pub dialogue: DialogueId,
    pub lot: Option<&'a str>,
    pub attachment: Option<&'a str>,
    pub about: Option<QuestionId>,
    pub anchor: Option<&'a Anchor>,
}

/// A question about to be inserted; its anchor is inserted separately.
#[derive(Debug)]
pub struct NewQuestion<'a> {
    pub id: QuestionId,
    pub topic: QuestionTopic<'a>,
    pub text: &'a str,
    pub language: &'a str,
    pub asked_by: PersonId,
    pub organisation: OrganisationId,
    pub asked_at: DateTime<Utc>,
}

/// Returns the procurement that a question belongs to.
pub async fn procurement_of(
    connection: &mut PgConnection,
    question: QuestionId,
) -> Result<Option<ProcurementId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select dialogue.procurement_id as "procurement: ProcurementId"
           from question join dialogue on dialogue.id = question.dialogue_id where question.id = $1"#,
        question as QuestionId,
    )
    .fetch_optional(connection)
    .await
}

/// Inserts a question with the round's next number. The caller holds the lock on the procurement's
/// row.
pub async fn insert(
    connection: &mut PgConnection,
    new: &NewQuestion<'_>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into question (id, dialogue_id, number, asker_organisation_id, asker_person_id, lot_id,
                               about_question_id, attachment_key, text, language, asked_at)
         select $1, $2, 1 + coalesce(max(number), 0), $3, $4, $5, $6, $7, $8, $9, $10
         from question where dialogue_id = $2",
        new.id as QuestionId,
        new.topic.dialogue as DialogueId,
        new.organisation as OrganisationId,
        new.asked_by as PersonId,
        new.topic.lot,
        new.topic.about as Option<QuestionId>,
        new.topic.attachment,
        new.text,
        new.language,
        new.asked_at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Returns the numbers and texts of the questions that the organisation asked about a topic and did
/// not withdraw.
pub async fn on_topic(
    connection: &mut PgConnection,
    topic: &QuestionTopic<'_>,
    organisation: OrganisationId,
) -> Result<Vec<(i32, String)>, sqlx::Error> {
    let anchor = topic.anchor;
    let rows = sqlx::query!(
        "select number, text from question left join question_anchor anchor on anchor.question_id = question.id
         where dialogue_id = $1 and asker_organisation_id = $2
           and lot_id is not distinct from $3 and about_question_id is not distinct from $4
           and attachment_key is not distinct from $5
           and (anchor.document_id, anchor.page, anchor.section, anchor.quote) is not distinct from ($6::uuid, $7::int, $8::text, $9::text)
           and not exists (select from question_withdrawal where question_id = question.id)
         order by number",
        topic.dialogue as DialogueId,
        organisation as OrganisationId,
        topic.lot,
        topic.about as Option<QuestionId>,
        topic.attachment,
        anchor.map(|anchor| anchor.document.0),
        anchor.and_then(|anchor| anchor.page),
        anchor.and_then(|anchor| anchor.section.as_deref()),
        anchor.and_then(|anchor| anchor.quote.as_deref()),
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.number, row.text)).collect())
}

/// Returns a page of the questions of each of these rounds that a reader acting for `reader` may
/// know of, all or only those anchored in a document, by number. The page has one row more if there
/// are more questions.
pub async fn page(
    pool: &PgPool,
    dialogues: &[DialogueId],
    document: Option<DocumentId>,
    reader: Option<OrganisationId>,
    page: Page<i32>,
) -> Result<Vec<(DialogueId, QuestionId)>, sqlx::Error> {
    let dialogues: Vec<uuid::Uuid> = dialogues.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select d.id as "dialogue: DialogueId", q.id as "question!: QuestionId"
           from dialogue d join procurement p on p.id = d.procurement_id
           cross join lateral (
               select q.id, q.number from question_history q
               where q.dialogue_id = d.id
                 and ($3::int is null or q.number > $3) and ($4::int is null or q.number < $4)
                 and ($7::uuid is null
                      or exists (select from question_anchor where question_id = q.id and document_id = $7))
                 and question_visible(d.moderated, q.was_released, q.withdrawn, q.refused, q.merged,
                                      p.buyer_id, q.asker_organisation_id, $2)
               order by case when $5::bool then q.number end desc,
                        case when not $5 then q.number end limit $6
           ) q
           where d.id = any($1) order by d.id, q.number"#,
        &dialogues,
        reader as Option<OrganisationId>,
        page.after,
        page.before,
        page.from_end,
        page.overfetch(),
        document as Option<DocumentId>,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.dialogue, row.question))
        .collect())
}

/// Loads these questions as a reader acting for `reader` sees them at `now`, ordered by round and
/// number. Questions that the reader may not know of are left out.
pub async fn by_ids(
    pool: &PgPool,
    ids: &[QuestionId],
    reader: Option<OrganisationId>,
    now: DateTime<Utc>,
) -> Result<Vec<Question>, sqlx::Error> {
    let ids: Vec<uuid::Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query_as!(
        Row,
        r#"select q.id as "id: QuestionId", q.dialogue_id as "dialogue: DialogueId", q.number, q.lot_id as lot,
                  q.attachment_key as attachment, q.about_question_id as "about: QuestionId",
                  case when question_readable(d.moderated, release.at is not null, withdrawal.at is not null,
                                              p.buyer_id, q.asker_organisation_id, $2)
                       then coalesce(redaction.text, q.text) end as text,
                  q.language, q.asked_at, coalesce(q.asker_organisation_id = $2, false) as "own!",
                  case when disclosure.organisation_id is not null then
                      (select count(*)::int from asker_disclosure earlier
                       where earlier.dialogue_id = q.dialogue_id
                         and (earlier.at, earlier.organisation_id) <= (disclosure.at, disclosure.organisation_id))
                  end as asker_number,
                  disclosure.organisation_id as "asker?: OrganisationId",
                  redaction.reason as "redaction?: Json<LocalizedText>", redaction.at as "redacted_at?",
                  merge.into_id as "merged_into?: QuestionId",
                  refusal.reason as "refusal?: Json<LocalizedText>", refusal.at as "refused_at?",
                  (select count(*) from question_support where question_id = q.id) as "supporters!",
                  exists (select from question_support
                          where question_id = q.id and organisation_id = $2) as "supported!",
                  not d.moderated or release.at is not null as "released!", withdrawal.at is not null as "withdrawn!",
                  exists (select from readable_answer where question_id = q.id and published_at <= $3) as "answered!",
                  coalesce(d.answers_until, d.closes_at) as "answers_until!"
           from question q
           join dialogue d on d.id = q.dialogue_id
           join procurement p on p.id = d.procurement_id
           left join asker_disclosure disclosure on disclosure.dialogue_id = q.dialogue_id
                and disclosure.organisation_id = q.asker_organisation_id
           left join question_release release on release.question_id = q.id
           left join question_withdrawal withdrawal on withdrawal.question_id = q.id
           left join question_refusal refusal on refusal.question_id = q.id
           left join question_merge merge on merge.question_id = q.id
           left join lateral (select text, reason, at from question_redaction
                              where question_id = q.id order by number desc limit 1) redaction on true
           where q.id = any($1)
             and question_visible(d.moderated, release.at is not null, withdrawal.at is not null,
                                  refusal.at is not null, merge.at is not null, p.buyer_id,
                                  q.asker_organisation_id, $2)
           order by q.dialogue_id, q.number"#,
        &ids,
        reader as Option<OrganisationId>,
        now,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(Question::from).collect())
}

/// Counts the questions of each of these rounds that the reader may know of, all or only those
/// anchored in a document. Rounds without such a question are left out.
pub async fn counts(
    pool: &PgPool,
    dialogues: &[DialogueId],
    document: Option<DocumentId>,
    reader: Option<OrganisationId>,
) -> Result<Vec<(DialogueId, i64)>, sqlx::Error> {
    let dialogues: Vec<uuid::Uuid> = dialogues.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select d.id as "id: DialogueId", count(*) as "count!"
           from question_history q
           join dialogue d on d.id = q.dialogue_id
           join procurement p on p.id = d.procurement_id
           where q.dialogue_id = any($1)
             and ($3::uuid is null
                  or exists (select from question_anchor where question_id = q.id and document_id = $3))
             and question_visible(d.moderated, q.was_released, q.withdrawn, q.refused, q.merged,
                                  p.buyer_id, q.asker_organisation_id, $2)
           group by d.id"#,
        &dialogues,
        reader as Option<OrganisationId>,
        document as Option<DocumentId>,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.count)).collect())
}

/// Inserts the organisation's support of a question; returns false when it exists already.
pub async fn insert_support(
    connection: &mut PgConnection,
    question: QuestionId,
    (person, organisation): (PersonId, OrganisationId),
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into question_support (question_id, organisation_id, supported_by, at) values ($1, $2, $3, $4)
         on conflict do nothing",
        question as QuestionId,
        organisation as OrganisationId,
        person as PersonId,
        now,
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Deletes the organisation's support of a question; returns false when there was none.
pub async fn delete_support(
    connection: &mut PgConnection,
    question: QuestionId,
    organisation: OrganisationId,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "delete from question_support where question_id = $1 and organisation_id = $2",
        question as QuestionId,
        organisation as OrganisationId,
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Inserts the withdrawal of a question.
pub async fn insert_withdrawal(
    connection: &mut PgConnection,
    question: QuestionId,
    person: PersonId,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into question_withdrawal (question_id, withdrawn_by, at) values ($1, $2, $3)",
        question as QuestionId,
        person as PersonId,
        now,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Inserts the disclosure of the organisation as an asker in the round; returns false when it
/// exists already.
pub async fn insert_disclosure(
    connection: &mut PgConnection,
    dialogue: DialogueId,
    (person, organisation): (PersonId, OrganisationId),
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into asker_disclosure (dialogue_id, organisation_id, disclosed_by, at) values ($1, $2, $3, $4)
         on conflict do nothing",
        dialogue as DialogueId,
        organisation as OrganisationId,
        person as PersonId,
        now,
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Returns whether the organisation asked a question in the round.
pub async fn has_asked(
    connection: &mut PgConnection,
    dialogue: DialogueId,
    organisation: OrganisationId,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from question where dialogue_id = $1 and asker_organisation_id = $2) as "asked!""#,
        dialogue as DialogueId,
        organisation as OrganisationId,
    )
    .fetch_one(connection)
    .await
}
