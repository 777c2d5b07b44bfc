//! The SQL of interests in joint bids.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool, types::Json};
use uuid::Uuid;

use crate::{
    kernel::{
        ids::{JointBidInterestId, OrganisationId, PersonId, ProcurementId},
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

/// Pagination cursor: time and ID of the last interest of a page.
pub type InterestCursor = (DateTime<Utc>, JointBidInterestId);

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
    after: Option<InterestCursor>,
    first: i64,
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
               order by interest.declared_at desc, interest.id desc limit $4
           ) found
           order by found.procurement_id, found.declared_at desc, found.id desc"#,
        &ids,
        after.map(|(at, _)| at),
        after.map(|(_, id)| id.0),
        first + 1,
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
