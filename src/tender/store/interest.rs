//! The SQL of interests in joint bids.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool, types::Json};
use uuid::Uuid;

use crate::{
    kernel::{
        ids::{JointBidInterestId, OrganisationId, PersonId, ProcurementId},
        paging::{Page, TimePosition},
        text::LocalizedText,
    },
    tender::rules::JointBidWish,
};

/// An interest to insert.
#[derive(Debug)]
pub struct NewInterest<'a> {
    pub id: JointBidInterestId,
    pub procurement: ProcurementId,
    pub organisation: OrganisationId,
    pub wish: JointBidWish,
    pub text: &'a LocalizedText,
    pub declared_by: PersonId,
    pub declared_at: DateTime<Utc>,
}

/// A stored interest, as everyone sees it.
#[derive(Clone, Debug)]
pub struct JointBidInterest {
    pub id: JointBidInterestId,
    pub procurement: ProcurementId,
    pub organisation: OrganisationId,
    pub wish: JointBidWish,
    pub text: LocalizedText,
    pub declared_at: DateTime<Utc>,
}

/// Inserts an interest, or replaces the organisation's earlier one.
pub async fn put(
    connection: &mut PgConnection,
    interest: &NewInterest<'_>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into joint_bid_interest (id, procurement_id, organisation_id, wish, text, declared_by, declared_at)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (procurement_id, organisation_id)
         do update set wish = excluded.wish, text = excluded.text, declared_by = excluded.declared_by,
                       declared_at = excluded.declared_at",
        interest.id as JointBidInterestId,
        interest.procurement as ProcurementId,
        interest.organisation as OrganisationId,
        interest.wish as JointBidWish,
        Json(interest.text) as Json<&LocalizedText>,
        interest.declared_by as PersonId,
        interest.declared_at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Deletes an interest. Returns `false` when there is none.
pub async fn delete(
    connection: &mut PgConnection,
    procurement: ProcurementId,
    organisation: OrganisationId,
) -> Result<bool, sqlx::Error> {
    let deleted = sqlx::query!(
        "delete from joint_bid_interest where procurement_id = $1 and organisation_id = $2",
        procurement as ProcurementId,
        organisation as OrganisationId,
    )
    .execute(connection)
    .await?;
    Ok(deleted.rows_affected() == 1)
}

/// Loads one page of the interests in each procurement, newest first, with one more than `first` if
/// there are more.
pub async fn of_procurements(
    pool: &PgPool,
    procurements: &[ProcurementId],
    page: Page<TimePosition<JointBidInterestId>>,
) -> Result<Vec<JointBidInterest>, sqlx::Error> {
    let ids: Vec<Uuid> = procurements.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select found.id as "id: JointBidInterestId", found.procurement_id as "procurement: ProcurementId",
                  found.organisation_id as "organisation: OrganisationId", found.wish as "wish: JointBidWish",
                  found.text as "text: Json<LocalizedText>", found.declared_at
           from unnest($1::uuid[]) as wanted (id)
           cross join lateral (
               select * from joint_bid_interest interest
               where interest.procurement_id = wanted.id
                 and ($2::timestamptz is null or (interest.declared_at, interest.id) < ($2, $3))
                 and ($4::timestamptz is null or (interest.declared_at, interest.id) > ($4, $5))
               order by case when $6::bool then interest.declared_at end, case when $6 then interest.id end,
                        case when not $6 then interest.declared_at end desc,
                        case when not $6 then interest.id end desc limit $7
           ) found
           order by found.procurement_id, found.declared_at desc, found.id desc"#,
        &ids,
        page.after.map(|after| after.at),
        page.after.map(|after| after.id.0),
        page.before.map(|before| before.at),
        page.before.map(|before| before.id.0),
        page.from_end,
        page.overfetch(),
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| JointBidInterest {
            id: row.id,
            procurement: row.procurement,
            organisation: row.organisation,
            wish: row.wish,
            text: row.text.0,
            declared_at: row.declared_at,
        })
        .collect())
}

/// Returns the interest of an organisation in a procurement.
pub async fn of_organisation(
    pool: &PgPool,
    procurement: ProcurementId,
    organisation: OrganisationId,
) -> Result<Option<JointBidInterest>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select id as "id: JointBidInterestId", wish as "wish: JointBidWish",
                  text as "text: Json<LocalizedText>", declared_at
           from joint_bid_interest where procurement_id = $1 and organisation_id = $2"#,
        procurement as ProcurementId,
        organisation as OrganisationId,
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| JointBidInterest {
        id: row.id,
        procurement,
        organisation,
        wish: row.wish,
        text: row.text.0,
        declared_at: row.declared_at,
    }))
}

/// Loads interests by ID, in no order.
pub async fn by_ids(
    pool: &PgPool,
    ids: &[JointBidInterestId],
) -> Result<Vec<JointBidInterest>, sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select id as "id: JointBidInterestId", procurement_id as "procurement: ProcurementId",
                  organisation_id as "organisation: OrganisationId", wish as "wish: JointBidWish",
                  text as "text: Json<LocalizedText>", declared_at
           from joint_bid_interest where id = any($1)"#,
        &ids,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| JointBidInterest {
            id: row.id,
            procurement: row.procurement,
            organisation: row.organisation,
            wish: row.wish,
            text: row.text.0,
            declared_at: row.declared_at,
        })
        .collect())
}

/// Returns the number of interests in each of these procurements; one without any is left out.
pub async fn counts(
    pool: &PgPool,
    procurements: &[ProcurementId],
) -> Result<Vec<(ProcurementId, i64)>, sqlx::Error> {
    let procurements: Vec<Uuid> = procurements.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select procurement_id as "id: ProcurementId", count(*) as "count!" from joint_bid_interest
           where procurement_id = any($1) group by procurement_id"#,
        &procurements,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.count)).collect())
}
