//! The SQL of interests in joint bids.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool, types::Json};
use uuid::Uuid;

use crate::{
    kernel::{
        ids::{JointBidInterestId, OrganisationId, PersonId, ProcurementId},
        text::LocalizedText,
    },
    tender::rules::Wish,
};

/// An interest to insert.
#[derive(Debug)]
pub struct NewInterest<'a> {
    pub id: JointBidInterestId,
    pub procurement: ProcurementId,
    pub organisation: OrganisationId,
    pub wish: Wish,
    pub text: &'a LocalizedText,
    pub declared_by: PersonId,
    pub declared_at: DateTime<Utc>,
}

/// An interest, as everyone sees it.
#[derive(Clone, Debug)]
pub struct JointBidInterest {
    pub id: JointBidInterestId,
    pub procurement: ProcurementId,
    pub organisation: OrganisationId,
    pub wish: Wish,
    pub text: LocalizedText,
    pub declared_at: DateTime<Utc>,
}

/// A place in a procurement's list: when the last that was seen was declared, and its ID.
pub type Place = (DateTime<Utc>, JointBidInterestId);

/// Stores an interest in place of the organisation's earlier one.
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
        interest.wish as Wish,
        Json(interest.text) as Json<&LocalizedText>,
        interest.declared_by.0,
        interest.declared_at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Deletes an interest; `false` when there is none.
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

/// The interests in each of these procurements, newest first: one more than `first` after a place.
pub async fn of_procurements(
    pool: &PgPool,
    procurements: &[ProcurementId],
    after: Option<Place>,
    first: i64,
) -> Result<Vec<JointBidInterest>, sqlx::Error> {
    let ids: Vec<Uuid> = procurements.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select found.id as "id: JointBidInterestId", found.procurement_id as "procurement: ProcurementId",
                  found.organisation_id as "organisation: OrganisationId", found.wish as "wish: Wish",
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
