//! The SQL of openings: requests, approvals, cancellations and records.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::{
    kernel::ids::{OrganisationId, PersonId, ProcurementId, TenderId},
    tender::opening_rules::Pending,
};

/// Returns the person whom an approval counts for: the creator of an API key, otherwise the person.
pub async fn accountable(
    connection: &mut PgConnection,
    person: PersonId,
) -> Result<PersonId, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select coalesce((select made_by from api_key where person_id = $1), $1) as "person!: PersonId""#,
        person as PersonId,
    )
    .fetch_one(connection)
    .await
}

/// Returns the pending opening and the ID of its request. The caller has locked the procurement.
pub async fn pending(
    connection: &mut PgConnection,
    procurement: ProcurementId,
) -> Result<Option<(Uuid, Pending)>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select r.id, r.openers,
                  array(select person_id from opening_approval where request_id = r.id) as "approved_by!"
           from opening_request r
           where r.procurement_id = $1
             and not exists (select from opening_cancellation c where c.request_id = r.id)
           order by r.requested_at desc limit 1"#,
        procurement as ProcurementId,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| {
        let pending = Pending {
            openers: row.openers,
            approved_by: row.approved_by.into_iter().map(PersonId).collect(),
        };
        (row.id, pending)
    }))
}

/// Inserts a request for an opening.
pub async fn insert_request(
    connection: &mut PgConnection,
    request: Uuid,
    procurement: ProcurementId,
    openers: i32,
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into opening_request (id, procurement_id, openers, requested_at) values ($1, $2, $3, $4)",
        request,
        procurement as ProcurementId,
        openers,
        at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Inserts an approval. `person` is the person it counts for, `by` the person or API key.
pub async fn insert_approval(
    connection: &mut PgConnection,
    request: Uuid,
    person: PersonId,
    by: PersonId,
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into opening_approval (request_id, person_id, approved_by, approved_at) values ($1, $2, $3, $4)",
        request,
        person as PersonId,
        by as PersonId,
        at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Inserts the cancellation of a request.
pub async fn insert_cancellation(
    connection: &mut PgConnection,
    request: Uuid,
    by: PersonId,
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into opening_cancellation (request_id, cancelled_by, cancelled_at) values ($1, $2, $3)",
        request,
        by as PersonId,
        at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// An opening of a procurement's tenders.
#[derive(Clone, Debug)]
pub struct Opening {
    pub procurement: ProcurementId,
    /// Number of persons who must approve it.
    pub openers: i32,
    pub approvals: i64,
    pub requested_at: DateTime<Utc>,
    /// Time of the last approval that was needed. `None` while one is missing.
    pub confirmed_at: Option<DateTime<Utc>>,
    /// Time of the opening. `None` until the opener's process has done it.
    pub opened_at: Option<DateTime<Utc>>,
}

/// Loads the requested openings of these procurements; cancelled ones are left out.
pub async fn openings(
    pool: &PgPool,
    procurements: &[ProcurementId],
) -> Result<Vec<Opening>, sqlx::Error> {
    let procurements: Vec<Uuid> = procurements.iter().map(|id| id.0).collect();
    sqlx::query_as!(
        Opening,
        r#"select distinct on (r.procurement_id) r.procurement_id as "procurement: ProcurementId", r.openers,
                  (select count(*) from opening_approval a where a.request_id = r.id) as "approvals!",
                  r.requested_at, o.requested_at as "confirmed_at?", o.opened_at as "opened_at?"
           from opening_request r left join opening o on o.procurement_id = r.procurement_id
           where r.procurement_id = any($1)
             and not exists (select from opening_cancellation c where c.request_id = r.id)
           order by r.procurement_id, r.requested_at desc"#,
        &procurements,
    )
    .fetch_all(pool)
    .await
}

/// An approval with the name of the person.
#[derive(Clone, Debug)]
pub struct ApprovalRow {
    pub procurement: ProcurementId,
    pub person: PersonId,
    /// Name of the person, or of the API key.
    pub name: String,
    pub at: DateTime<Utc>,
}

/// Loads the approvals of these procurements' openings, oldest first; those of cancelled requests
/// are left out.
pub async fn approvals(
    pool: &PgPool,
    procurements: &[ProcurementId],
) -> Result<Vec<ApprovalRow>, sqlx::Error> {
    let procurements: Vec<Uuid> = procurements.iter().map(|id| id.0).collect();
    sqlx::query_as!(
        ApprovalRow,
        r#"select r.procurement_id as "procurement: ProcurementId", a.person_id as "person: PersonId",
                  p.name, a.approved_at as at
           from opening_request r join opening_approval a on a.request_id = r.id join person p on p.id = a.approved_by
           where r.procurement_id = any($1)
             and not exists (select from opening_cancellation c where c.request_id = r.id)
           order by r.procurement_id, a.approved_at, a.person_id"#,
        &procurements,
    )
    .fetch_all(pool)
    .await
}

/// An approval as the opener reads it, which does not read persons.
pub struct Approved {
    pub person: PersonId,
    pub at: DateTime<Utc>,
}

/// Loads the approvals of the opening of a procurement, oldest first.
pub async fn approved(
    connection: &mut PgConnection,
    procurement: ProcurementId,
) -> Result<Vec<Approved>, sqlx::Error> {
    sqlx::query_as!(
        Approved,
        r#"select a.person_id as "person: PersonId", a.approved_at as at
           from opening_request r join opening_approval a on a.request_id = r.id
           where r.procurement_id = $1
             and not exists (select from opening_cancellation c where c.request_id = r.id)
           order by a.approved_at, a.person_id"#,
        procurement as ProcurementId,
    )
    .fetch_all(connection)
    .await
}

/// A row of the table of tenders, as the opening record lists it.
pub struct Received {
    pub tender: TenderId,
    pub number: i32,
    pub organisation: OrganisationId,
    pub organisation_name: String,
    pub lots: Vec<String>,
    pub submitted_at: DateTime<Utc>,
    pub sha256: Vec<u8>,
    pub withdrawn_at: Option<DateTime<Utc>>,
}

/// Loads every tender that a procurement received, ordered by number.
pub async fn received(
    connection: &mut PgConnection,
    procurement: ProcurementId,
) -> Result<Vec<Received>, sqlx::Error> {
    sqlx::query_as!(
        Received,
        r#"select t.id as "tender: TenderId", t.number, t.organisation_id as "organisation: OrganisationId",
                  o.name as organisation_name, coalesce(t.lots, '{}') as "lots!", t.submitted_at, t.sha256,
                  w.withdrawn_at as "withdrawn_at?"
           from tender t join organisation o on o.id = t.organisation_id
           left join tender_withdrawal w on w.tender_id = t.id
           where t.procurement_id = $1 order by t.number"#,
        procurement as ProcurementId,
    )
    .fetch_all(connection)
    .await
}

/// Inserts the opening record.
pub async fn insert_record(
    connection: &mut PgConnection,
    procurement: ProcurementId,
    document: &str,
    sha256: &[u8],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into opening_record (procurement_id, document, sha256) values ($1, $2, $3)",
        procurement as ProcurementId,
        document,
        sha256,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Loads the documents of the opening records of these procurements.
pub async fn records(
    pool: &PgPool,
    procurements: &[ProcurementId],
) -> Result<Vec<(ProcurementId, String)>, sqlx::Error> {
    let procurements: Vec<Uuid> = procurements.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select procurement_id as "procurement: ProcurementId", document from opening_record
           where procurement_id = any($1)"#,
        &procurements,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.procurement, row.document))
        .collect())
}
