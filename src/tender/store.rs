//! The SQL of tenders, openings and awards.

pub mod audit;
mod award;
pub mod clarification;
pub mod complaint;
pub mod document;
pub mod draft;
pub mod evaluation;
pub mod group;
pub mod interest;
pub mod opener;
pub mod opening;
pub mod reading;
pub mod receipt;
pub mod sealed;
pub mod sealing_key;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor, PgPool, types::Json};

pub use award::{
    Annulment, Award, LotTender, NewAnnulment, NewAward, StoredReason, Tenderer, awards,
    insert_annulment, insert_award, insert_contract, insert_reasons, lots_won,
    procurement_of_award, procurements_of_awards, reasons, tenderer, tenders_of_lot,
};
pub use opening::{Opening, openings};
pub use receipt::{OwnTender, of_supplier};

use super::{content::TenderContent, sealing::TenderBinding};
use crate::{
    auth::Role,
    kernel::ids::{OrganisationId, PersonId, ProcurementId, TenderGroupId, TenderId},
    procurement::notification::Notify,
};

/// Roles whose holders in a tenderer are notified.
const NOTIFIED_ROLES: [Role; 3] = [Role::Owner, Role::Signatory, Role::Contributor];

/// A tender about to be stored.
pub struct NewTender<'a> {
    pub binding: TenderBinding,
    /// IDs of the offered lots, in ascending order.
    pub lots: &'a [String],
    pub version: i32,
    /// The group that tenders, and its version.
    pub group: Option<(TenderGroupId, i32)>,
    /// Number of the entry in the procurement's chain.
    pub chain_number: i32,
    /// Number of the notice in force.
    pub notice: Option<i32>,
    pub sealed: &'a [u8],
    pub sha256: &'a [u8],
    pub submitted_by: PersonId,
    pub submitted_at: DateTime<Utc>,
}

/// Inserts a tender with the next number; the caller has locked the procurement's row.
pub async fn insert(
    connection: &mut PgConnection,
    tender: &NewTender<'_>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into tender (id, procurement_id, organisation_id, number, sealed, sha256, submitted_by, submitted_at,
                             notice_number, lots, version, chain_number, group_id, group_version)
         select $1, $2, $3, 1 + coalesce(max(number), 0), $4, $5, $6, $7, $8, $9, $10, $11, $12, $13
         from tender where procurement_id = $2",
        tender.binding.tender as TenderId,
        tender.binding.procurement as ProcurementId,
        tender.binding.organisation as OrganisationId,
        tender.sealed,
        tender.sha256,
        tender.submitted_by as PersonId,
        tender.submitted_at,
        tender.notice,
        tender.lots,
        tender.version,
        tender.chain_number,
        tender.group.map(|(group, _)| group) as Option<TenderGroupId>,
        tender.group.map(|(_, version)| version),
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Returns the version of the next tender for exactly these lots of an organisation, alone or in a
/// group; the caller has locked the procurement's row.
pub async fn next_version(
    connection: &mut PgConnection,
    procurement: ProcurementId,
    (organisation, group): (OrganisationId, Option<TenderGroupId>),
    lots: &[String],
) -> Result<i32, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select 1 + coalesce(max(version), 0) as "version!" from tender
           where procurement_id = $1 and organisation_id = $2 and lots = $3
             and group_id is not distinct from $4"#,
        procurement as ProcurementId,
        organisation as OrganisationId,
        lots,
        group as Option<TenderGroupId>,
    )
    .fetch_one(connection)
    .await
}

/// Returns the procurement of a supplier's own tender.
pub async fn procurement_of(
    executor: impl PgExecutor<'_>,
    tender: TenderId,
    organisation: OrganisationId,
) -> Result<Option<ProcurementId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select procurement_id as "id: ProcurementId" from tender where id = $1 and organisation_id = $2"#,
        tender as TenderId,
        organisation as OrganisationId,
    )
    .fetch_optional(executor)
    .await
}

/// Returns the procurement of each of these tenders, in no order.
pub async fn procurements_of_tenders(
    pool: &PgPool,
    tenders: &[TenderId],
) -> Result<Vec<(TenderId, ProcurementId)>, sqlx::Error> {
    let ids: Vec<uuid::Uuid> = tenders.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select id as "id: TenderId", procurement_id as "procurement: ProcurementId" from tender
           where id = any($1)"#,
        &ids,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.id, row.procurement))
        .collect())
}

/// Inserts a withdrawal. Returns `false` when the tender is already withdrawn.
pub async fn insert_withdrawal(
    connection: &mut PgConnection,
    tender: TenderId,
    person: PersonId,
    at: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query!(
        "insert into tender_withdrawal (tender_id, withdrawn_by, withdrawn_at) values ($1, $2, $3)
         on conflict do nothing",
        tender as TenderId,
        person as PersonId,
        at,
    )
    .execute(connection)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// Notifies the members of every organisation with a valid tender at the time of the event, alone or
/// in a group, whether they follow the procurement or not; each member once for each event.
pub async fn notify_tenderers(pool: &PgPool, notify: &Notify) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into notification (id, person_id, procurement_id, event, subject_id, at, about_id)
         select gen_random_uuid(), recipient.person_id, $1, $2, $3, $4, $6
         from (
             select distinct m.person_id
             from (
                 select distinct on (organisation_id, lots, group_id) id, organisation_id, group_id, group_version
                 from tender where procurement_id = $1 and submitted_at <= $4
                 order by organisation_id, lots, group_id, number desc
             ) latest
             left join tender_group_member grouped
                 on grouped.group_id = latest.group_id and grouped.version = latest.group_version
             join membership m
                 on m.organisation_id = coalesce(grouped.organisation_id, latest.organisation_id) and m.roles && $5
             where not exists (
                 select 1 from tender_withdrawal w where w.tender_id = latest.id and w.withdrawn_at <= $4
             )
         ) recipient
         on conflict do nothing",
        notify.procurement as ProcurementId,
        notify.event.as_str(),
        notify.subject,
        notify.at,
        &NOTIFIED_ROLES.map(|role| role.as_str().to_owned()),
        notify.about,
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Returns whether an opening has all approvals that it needs.
pub async fn is_requested(
    connection: &mut PgConnection,
    procurement: ProcurementId,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select 1 from opening where procurement_id = $1) as "requested!""#,
        procurement as ProcurementId,
    )
    .fetch_one(connection)
    .await
}

/// Inserts an opening that has all approvals; `person` is who completed them. Returns `false` when
/// it exists.
pub async fn insert_opening(
    connection: &mut PgConnection,
    procurement: ProcurementId,
    person: PersonId,
    at: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query!(
        "insert into opening (procurement_id, requested_by, requested_at) values ($1, $2, $3) on conflict do nothing",
        procurement as ProcurementId,
        person as PersonId,
        at,
    )
    .execute(connection)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// Returns whether an opening is requested and not done.
pub async fn opening_pending(
    connection: &mut PgConnection,
    procurement: ProcurementId,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select 1 from opening where procurement_id = $1 and opened_at is null) as "pending!""#,
        procurement as ProcurementId,
    )
    .fetch_one(connection)
    .await
}

/// Result of opening a tender.
pub enum Opened {
    /// Content of the tender.
    Content(Box<TenderContent>),
    /// Reason why the tender could not be authenticated.
    Failure(String),
}

/// Inserts the results of opening tenders.
pub async fn insert_opened(
    connection: &mut PgConnection,
    results: &HashMap<TenderId, Opened>,
) -> Result<(), sqlx::Error> {
    let mut ids = Vec::with_capacity(results.len());
    let (mut contents, mut failures) = (Vec::new(), Vec::new());
    for (id, opened) in results {
        let (content, failure) = match opened {
            Opened::Content(content) => {
                let content = serde_json::to_value(content);
                let content = content.map_err(|error| sqlx::Error::Encode(error.into()))?;
                (Some(content), None)
            }
            Opened::Failure(failure) => (None, Some(failure.clone())),
        };
        ids.push(id.0);
        contents.push(content);
        failures.push(failure);
    }
    sqlx::query!(
        "insert into opened_tender (tender_id, content, failure)
         select * from unnest($1::uuid[], $2::jsonb[], $3::text[])",
        &ids,
        &contents as &[Option<serde_json::Value>],
        &failures as &[Option<String>],
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Marks the opening as done.
pub async fn set_opened(
    connection: &mut PgConnection,
    procurement: ProcurementId,
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update opening set opened_at = $2 where procurement_id = $1",
        procurement as ProcurementId,
        at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Returns whether the tenders have been opened.
pub async fn is_opened(
    connection: &mut PgConnection,
    procurement: ProcurementId,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select 1 from opening where procurement_id = $1 and opened_at is not null) as "opened!""#,
        procurement as ProcurementId,
    )
    .fetch_one(connection)
    .await
}

/// An opened tender.
#[derive(Clone, Debug)]
pub struct OpenedTender {
    pub id: TenderId,
    pub procurement: ProcurementId,
    pub organisation: OrganisationId,
    pub number: i32,
    pub sha256: Vec<u8>,
    pub submitted_at: DateTime<Utc>,
    pub content: Option<TenderContent>,
    pub failure: Option<String>,
}

/// Loads the opened tenders of these procurements, ordered by number.
pub async fn opened(
    pool: &PgPool,
    procurements: &[ProcurementId],
) -> Result<Vec<OpenedTender>, sqlx::Error> {
    let procurements: Vec<uuid::Uuid> = procurements.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select t.id as "id: TenderId", t.procurement_id as "procurement: ProcurementId",
                  t.organisation_id as "organisation: OrganisationId", t.number, t.sha256, t.submitted_at,
                  o.content as "content: Json<TenderContent>", o.failure
           from opened_tender o join tender t on t.id = o.tender_id
           where t.procurement_id = any($1) order by t.procurement_id, t.number"#,
        &procurements,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| OpenedTender {
            id: row.id,
            procurement: row.procurement,
            organisation: row.organisation,
            number: row.number,
            sha256: row.sha256,
            submitted_at: row.submitted_at,
            content: row.content.map(|content| content.0),
            failure: row.failure,
        })
        .collect())
}

/// Loads the content of an opened tender of this procurement.
pub async fn opened_content(
    connection: &mut PgConnection,
    procurement: ProcurementId,
    tender: TenderId,
) -> Result<Option<TenderContent>, sqlx::Error> {
    let content = sqlx::query_scalar!(
        r#"select o.content as "content!: Json<TenderContent>"
           from opened_tender o join tender t on t.id = o.tender_id
           where t.procurement_id = $1 and t.id = $2 and o.content is not null"#,
        procurement as ProcurementId,
        tender as TenderId,
    )
    .fetch_optional(connection)
    .await?;
    Ok(content.map(|content| content.0))
}
