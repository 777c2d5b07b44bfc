//! The SQL of joint buyers and their consent.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};

use crate::{
    auth::OrganisationKind,
    kernel::ids::{OrganisationId, PersonId, ProcurementId},
};

/// Answer of a joint buyer.
#[derive(Clone, Copy, Debug)]
pub struct Consent {
    pub procurement: ProcurementId,
    pub organisation: OrganisationId,
    /// Whether the buyer consents to be named.
    pub consent: bool,
    pub at: DateTime<Utc>,
}

/// Inserts an answer; the caller has locked the row of the procurement.
pub async fn insert_consent(
    connection: &mut PgConnection,
    consent: &Consent,
    person: PersonId,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into joint_consent (procurement_id, organisation_id, consent, revision, given_by, at)
         select $1, $2, $3, revision, $4, $5 from procurement where id = $1",
        consent.procurement as ProcurementId,
        consent.organisation as OrganisationId,
        consent.consent,
        person as PersonId,
        consent.at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Loads the buyers that consent now: to the draft at its current revision, or because the notice
/// in force names them with their consent.
pub async fn consenting(
    connection: &mut PgConnection,
    procurement: ProcurementId,
    in_force: &[OrganisationId],
) -> Result<Vec<OrganisationId>, sqlx::Error> {
    let in_force: Vec<uuid::Uuid> = in_force.iter().map(|id| id.0).collect();
    sqlx::query_scalar!(
        r#"select organisation_id as "id!: OrganisationId" from (
               select distinct on (organisation_id) organisation_id, consent, revision from joint_consent
               where procurement_id = $1 order by organisation_id, id desc
           ) latest
           where consent and (organisation_id = any($2)
               or revision = (select revision from procurement where id = $1))"#,
        procurement as ProcurementId,
        &in_force,
    )
    .fetch_all(connection)
    .await
}

/// Loads the latest answer of each buyer to each procurement.
pub async fn consents(
    pool: &PgPool,
    procurements: &[ProcurementId],
) -> Result<Vec<Consent>, sqlx::Error> {
    let procurements: Vec<uuid::Uuid> = procurements.iter().map(|id| id.0).collect();
    sqlx::query_as!(
        Consent,
        r#"select distinct on (procurement_id, organisation_id) procurement_id as "procurement: ProcurementId",
                  organisation_id as "organisation: OrganisationId", consent, at
           from joint_consent where procurement_id = any($1)
           order by procurement_id, organisation_id, id desc"#,
        &procurements,
    )
    .fetch_all(pool)
    .await
}

/// Loads the kinds of these organisations; those that do not exist are left out.
pub async fn kinds(
    connection: &mut PgConnection,
    organisations: &[OrganisationId],
) -> Result<HashMap<OrganisationId, OrganisationKind>, sqlx::Error> {
    let organisations: Vec<uuid::Uuid> = organisations.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select id as "id: OrganisationId", kind as "kind: OrganisationKind"
           from organisation where id = any($1)"#,
        &organisations,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.kind)).collect())
}

/// Returns those of these organisations that the marketplace has verified.
pub async fn verified(
    connection: &mut PgConnection,
    organisations: &[OrganisationId],
) -> Result<Vec<OrganisationId>, sqlx::Error> {
    let organisations: Vec<uuid::Uuid> = organisations.iter().map(|id| id.0).collect();
    sqlx::query_scalar!(
        r#"select id as "id: OrganisationId" from organisation where id = any($1) and verified_at is not null"#,
        &organisations,
    )
    .fetch_all(connection)
    .await
}
