//! The SQL of questions. What is read of an asker is the number in the round, and the organisation once it chose to be
//! known.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool, types::Json};

use crate::{
    dialogue::{ask::Ask, rules::Standing},
    kernel::{
        ids::{DialogueId, DocumentId, OrganisationId, PersonId, ProcurementId, QuestionId},
        text::LocalizedText,
    },
};

/// A question as one reader may see it.
#[derive(Clone, Debug)]
pub struct Question {
    pub id: QuestionId,
    pub dialogue: DialogueId,
    /// 1, 2, 3, … within the round.
    pub number: i32,
    /// About which lot.
    pub lot: Option<String>,
    /// About which attachment of the notice.
    pub attachment: Option<String>,
    /// Which earlier question it follows up.
    pub about: Option<QuestionId>,
    /// Redacted where it was; `None` once withdrawn, and for all but its asker and the buyer until released.
    pub text: Option<String>,
    pub language: String,
    pub asked_at: DateTime<Utc>,
    /// Asked by the organisation that was handed in?
    pub own: bool,
    /// The asker's number in the round.
    pub asker_number: i32,
    /// The asker, once it chose to be known.
    pub asker: Option<OrganisationId>,
    /// Why the text was redacted, and when.
    pub redaction: Option<Reason>,
    /// Whose answer is its own too.
    pub merged_into: Option<QuestionId>,
    /// Why the buyer does not answer, and when it said so.
    pub refusal: Option<Reason>,
    /// How many organisations said "mine too".
    pub supporters: i64,
    /// Did the organisation that was handed in?
    pub supported: bool,
    pub standing: Standing,
}

/// Why the buyer did something, and when.
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
    asker_number: i32,
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
            standing: Standing {
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

/// The procurement and round a question belongs to.
pub async fn place(
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
pub async fn insert(
    connection: &mut PgConnection,
    id: QuestionId,
    command: &Ask,
    (person, organisation): (PersonId, OrganisationId),
    asked_at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into question (id, dialogue_id, number, asker_organisation_id, asker_person_id, lot_id,
                               about_question_id, attachment_key, text, language, asked_at)
         select $1, $2, 1 + coalesce(max(number), 0), $3, $4, $5, $6, $7, $8, $9, $10
         from question where dialogue_id = $2",
        id as QuestionId,
        command.dialogue as DialogueId,
        organisation as OrganisationId,
        person as PersonId,
        command.lot,
        command.about as Option<QuestionId>,
        command.attachment,
        command.text,
        command.language,
        asked_at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// What the organisation asked about the same already, and did not take back: numbers and texts.
pub async fn alike(
    connection: &mut PgConnection,
    command: &Ask,
    organisation: OrganisationId,
) -> Result<Vec<(i32, String)>, sqlx::Error> {
    let anchor = command.anchor.as_ref();
    let rows = sqlx::query!(
        "select number, text from question left join question_anchor anchor on anchor.question_id = question.id
         where dialogue_id = $1 and asker_organisation_id = $2
           and lot_id is not distinct from $3 and about_question_id is not distinct from $4
           and attachment_key is not distinct from $5
           and (anchor.document_id, anchor.page, anchor.section, anchor.quote) is not distinct from ($6::uuid, $7::int, $8::text, $9::text)
           and not exists (select from question_withdrawal where question_id = question.id)
         order by number",
        command.dialogue as DialogueId,
        organisation as OrganisationId,
        command.lot,
        command.about as Option<QuestionId>,
        command.attachment,
        anchor.map(|anchor| anchor.document.0),
        anchor.and_then(|anchor| anchor.page),
        anchor.and_then(|anchor| anchor.section.as_deref()),
        anchor.and_then(|anchor| anchor.quote.as_deref()),
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.number, row.text)).collect())
}

/// One page of each of several rounds' questions, all or those about places in a document, one more than asked for where
/// there is one: those that a reader who acts for `reader` may know of. One that awaits its release is known to its asker and the buyer alone.
pub async fn page(
    pool: &PgPool,
    dialogues: &[DialogueId],
    document: Option<DocumentId>,
    reader: Option<OrganisationId>,
    (after, first): (i32, i64),
) -> Result<Vec<(DialogueId, QuestionId)>, sqlx::Error> {
    let dialogues: Vec<uuid::Uuid> = dialogues.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select d.id as "dialogue: DialogueId", q.id as "question: QuestionId"
           from dialogue d join procurement p on p.id = d.procurement_id
           cross join lateral (
               select q.id, q.number from question q
               where q.dialogue_id = d.id and q.number > $3
                 and ($5::uuid is null
                      or exists (select from question_anchor where question_id = q.id and document_id = $5))
                 and (not d.moderated or p.buyer_id = $2 or q.asker_organisation_id = $2
                      or exists (select from question_release where question_id = q.id)
                      or exists (select from question_withdrawal where question_id = q.id)
                      or exists (select from question_refusal where question_id = q.id)
                      or exists (select from question_merge where question_id = q.id))
               order by q.number limit $4
           ) q
           where d.id = any($1) order by d.id, q.number"#,
        &dialogues,
        reader as Option<OrganisationId>,
        after,
        first + 1,
        document as Option<DocumentId>,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.dialogue, row.question))
        .collect())
}

/// These questions, as a reader who acts for `reader` sees them at a time, by round and number. One that the reader may
/// not know of is left out.
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
                  case when withdrawal.at is null and (not d.moderated or release.at is not null or p.buyer_id = $2
                            or q.asker_organisation_id = $2)
                       then coalesce(redaction.text, q.text) end as text,
                  q.language, q.asked_at, coalesce(q.asker_organisation_id = $2, false) as "own!",
                  participant.number as asker_number, disclosure.organisation_id as "asker?: OrganisationId",
                  redaction.reason as "redaction?: Json<LocalizedText>", redaction.at as "redacted_at?",
                  merge.into_id as "merged_into?: QuestionId",
                  refusal.reason as "refusal?: Json<LocalizedText>", refusal.at as "refused_at?",
                  (select count(*) from question_support where question_id = q.id) as "supporters!",
                  exists (select from question_support
                          where question_id = q.id and organisation_id = $2) as "supported!",
                  not d.moderated or release.at is not null as "released!", withdrawal.at is not null as "withdrawn!",
                  exists (select from answer where question_id = q.id and published_at <= $3) as "answered!",
                  coalesce(d.answers_until, d.closes_at) as "answers_until!"
           from question q
           join dialogue d on d.id = q.dialogue_id
           join procurement p on p.id = d.procurement_id
           join dialogue_participant participant on participant.dialogue_id = q.dialogue_id
                and participant.organisation_id = q.asker_organisation_id
           left join asker_disclosure disclosure on disclosure.dialogue_id = q.dialogue_id
                and disclosure.organisation_id = q.asker_organisation_id
           left join question_release release on release.question_id = q.id
           left join question_withdrawal withdrawal on withdrawal.question_id = q.id
           left join question_refusal refusal on refusal.question_id = q.id
           left join question_merge merge on merge.question_id = q.id
           left join lateral (select text, reason, at from question_redaction
                              where question_id = q.id order by number desc limit 1) redaction on true
           where q.id = any($1)
             and (not d.moderated or release.at is not null or withdrawal.at is not null or refusal.at is not null
                  or merge.at is not null or p.buyer_id = $2 or q.asker_organisation_id = $2)
           order by q.dialogue_id, q.number"#,
        &ids,
        reader as Option<OrganisationId>,
        now,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(Question::from).collect())
}

/// How many questions, all or those about places in a document, each of these rounds has that the reader may know of; a
/// round without is left out.
pub async fn counts(
    pool: &PgPool,
    dialogues: &[DialogueId],
    document: Option<DocumentId>,
    reader: Option<OrganisationId>,
) -> Result<Vec<(DialogueId, i64)>, sqlx::Error> {
    let dialogues: Vec<uuid::Uuid> = dialogues.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select d.id as "id: DialogueId", count(*) as "count!"
           from question q join dialogue d on d.id = q.dialogue_id join procurement p on p.id = d.procurement_id
           where q.dialogue_id = any($1)
             and ($3::uuid is null
                  or exists (select from question_anchor where question_id = q.id and document_id = $3))
             and (not d.moderated or p.buyer_id = $2 or q.asker_organisation_id = $2
                  or exists (select from question_release where question_id = q.id)
                  or exists (select from question_withdrawal where question_id = q.id)
                  or exists (select from question_refusal where question_id = q.id)
                  or exists (select from question_merge where question_id = q.id))
           group by d.id"#,
        &dialogues,
        reader as Option<OrganisationId>,
        document as Option<DocumentId>,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.count)).collect())
}

/// Notes that the organisation says "mine too"; false when it did already.
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

/// Takes "mine too" back; false when it was not said.
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

/// Notes that the asker took a question back.
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

/// Notes that the organisation is to be named as the asker of what it asked in the round; false when it did already.
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

/// Has the organisation asked in the round?
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
