//! The SQL of buyers' questions to tenderers about their tenders.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::{
    auth::Role,
    kernel::ids::{ClarificationId, OrganisationId, PersonId, ProcurementId, TenderId},
    tender::notification::{CLARIFICATION_ANSWERED, CLARIFICATION_REQUESTED},
};

/// Roles whose holders in the tenderer are notified of a question.
const TENDERERS: [Role; 3] = [Role::Owner, Role::Signatory, Role::Contributor];
/// Roles whose holders in the buyer are notified of an answer.
const EVALUATORS: [Role; 2] = [Role::Editor, Role::Publisher];

/// A question about to be stored.
pub struct NewClarification<'a> {
    pub id: ClarificationId,
    pub tender: TenderId,
    pub text: &'a str,
    pub answer_until: DateTime<Utc>,
    pub requested_by: PersonId,
    pub requested_at: DateTime<Utc>,
}

/// Inserts a question.
pub async fn insert(
    connection: &mut PgConnection,
    clarification: &NewClarification<'_>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into clarification (id, tender_id, text, answer_until, requested_by, requested_at)
         values ($1, $2, $3, $4, $5, $6)",
        clarification.id as ClarificationId,
        clarification.tender as TenderId,
        clarification.text,
        clarification.answer_until,
        clarification.requested_by as PersonId,
        clarification.requested_at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Returns the number of questions about a tender.
pub async fn count(connection: &mut PgConnection, tender: TenderId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from clarification where tender_id = $1"#,
        tender as TenderId,
    )
    .fetch_one(connection)
    .await
}

/// What a question is about, as its tenderer finds it.
#[derive(Clone, Copy, Debug)]
pub struct AskedTenderer {
    pub procurement: ProcurementId,
    pub tender: TenderId,
    pub answer_until: DateTime<Utc>,
}

/// Returns what a question is about, if it is about a tender of this organisation.
pub async fn of_supplier(
    connection: &mut PgConnection,
    clarification: ClarificationId,
    organisation: OrganisationId,
) -> Result<Option<AskedTenderer>, sqlx::Error> {
    sqlx::query_as!(
        AskedTenderer,
        r#"select t.procurement_id as "procurement: ProcurementId", t.id as "tender: TenderId", c.answer_until
           from clarification c join tender t on t.id = c.tender_id where c.id = $1 and t.organisation_id = $2"#,
        clarification as ClarificationId,
        organisation as OrganisationId,
    )
    .fetch_optional(connection)
    .await
}

/// Inserts an answer; returns `false` when the question is answered already.
pub async fn insert_answer(
    connection: &mut PgConnection,
    clarification: ClarificationId,
    text: &str,
    person: PersonId,
    at: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query!(
        "insert into clarification_answer (clarification_id, text, answered_by, answered_at)
         values ($1, $2, $3, $4) on conflict do nothing",
        clarification as ClarificationId,
        text,
        person as PersonId,
        at,
    )
    .execute(connection)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// A question about a tender, with its answer.
#[derive(Clone, Debug)]
pub struct Clarification {
    pub id: ClarificationId,
    pub tender: TenderId,
    pub text: String,
    pub answer_until: DateTime<Utc>,
    pub requested_at: DateTime<Utc>,
    pub answer: Option<String>,
    pub answered_at: Option<DateTime<Utc>>,
}

/// Loads the questions about these tenders, oldest first.
pub async fn of_tenders(
    pool: &PgPool,
    tenders: &[TenderId],
) -> Result<Vec<Clarification>, sqlx::Error> {
    let tenders: Vec<Uuid> = tenders.iter().map(|id| id.0).collect();
    sqlx::query_as!(
        Clarification,
        r#"select c.id as "id: ClarificationId", c.tender_id as "tender: TenderId", c.text, c.answer_until,
                  c.requested_at, a.text as "answer?", a.answered_at as "answered_at?"
           from clarification c left join clarification_answer a on a.clarification_id = c.id
           where c.tender_id = any($1) order by c.tender_id, c.requested_at, c.id"#,
        &tenders,
    )
    .fetch_all(pool)
    .await
}

/// Notifies the members of the tenderer that a question about its tender was asked.
pub async fn notify_tenderer(
    connection: &mut PgConnection,
    procurement: ProcurementId,
    clarification: ClarificationId,
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let event = CLARIFICATION_REQUESTED;
    sqlx::query!(
        "insert into notification (id, person_id, procurement_id, event, subject_id, at, about_id)
         select gen_random_uuid(), m.person_id, $1, $3, $2, $4, $1
         from clarification c join tender t on t.id = c.tender_id
         join membership m on m.organisation_id = t.organisation_id and m.roles && $5
         where c.id = $2
         on conflict do nothing",
        procurement as ProcurementId,
        clarification as ClarificationId,
        event.as_str(),
        at,
        &TENDERERS.map(|role| role.as_str().to_owned()),
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Notifies those who evaluate for the buyer that a question was answered.
pub async fn notify_buyer(
    connection: &mut PgConnection,
    (procurement, buyer): (ProcurementId, OrganisationId),
    clarification: ClarificationId,
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let event = CLARIFICATION_ANSWERED;
    sqlx::query!(
        "insert into notification (id, person_id, procurement_id, event, subject_id, at, about_id)
         select gen_random_uuid(), m.person_id, $1, $3, $2, $4, $1
         from membership m where m.organisation_id = $5 and m.roles && $6
         on conflict do nothing",
        procurement as ProcurementId,
        clarification as ClarificationId,
        event.as_str(),
        at,
        buyer as OrganisationId,
        &EVALUATORS.map(|role| role.as_str().to_owned()),
    )
    .execute(connection)
    .await?;
    Ok(())
}
