//! Buyers beside the lead, and their consent.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};

use crate::{
    auth::OrganisationKind,
    kernel::ids::{OrganisationId, PersonId, ProcurementId},
};

/// What a named buyer answered.
#[derive(Clone, Copy, Debug)]
pub struct Consent {
    pub procurement: ProcurementId,
    pub organisation: OrganisationId,
    /// Does it take part?
    pub consent: bool,
    pub at: DateTime<Utc>,
}

/// Notes an answer; the row of the procurement is locked by the caller.
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

/// Those who consent to take part now: to what the draft says at its present revision, or because the notice in force
/// names them upon their consent.
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

/// The latest answer of each buyer to each of these procurements.
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

/// What these organisations are; those that do not exist are left out.
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

/// Those of these organisations that the marketplace has verified.
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
