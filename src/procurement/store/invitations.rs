//! The SQL of the invitations of joint buyers.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::kernel::ids::{OrganisationId, PersonId, ProcurementId};

/// Invitation of a buyer to a joint procurement.
#[derive(Clone, Debug)]
pub struct JointInvitation {
    pub procurement: ProcurementId,
    /// Buyer that leads the procurement.
    pub lead: OrganisationId,
    pub invited_at: DateTime<Utc>,
    /// Time of the acceptance; `None` while it is open.
    pub accepted_at: Option<DateTime<Utc>>,
}

/// Makes these the invited buyers; the caller has locked the procurement's row. Earlier invitations
/// of the same buyers stay as they are.
pub async fn set(
    connection: &mut PgConnection,
    procurement: ProcurementId,
    named: &[OrganisationId],
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let named: Vec<Uuid> = named.iter().map(|id| id.0).collect();
    sqlx::query!(
        "delete from joint_invitation where procurement_id = $1 and organisation_id <> all($2)",
        procurement as ProcurementId,
        &named,
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "insert into joint_invitation (procurement_id, organisation_id, invited_at)
         select $1, unnest($2::uuid[]), $3 on conflict do nothing",
        procurement as ProcurementId,
        &named,
        now,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Returns whether a buyer is invited.
pub async fn is_invited(
    connection: &mut PgConnection,
    procurement: ProcurementId,
    organisation: OrganisationId,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from joint_invitation where procurement_id = $1 and organisation_id = $2) as "is_invited!""#,
        procurement as ProcurementId,
        organisation as OrganisationId,
    )
    .fetch_one(connection)
    .await
}

/// Accepts an open invitation; returns whether there was one.
pub async fn accept(
    connection: &mut PgConnection,
    procurement: ProcurementId,
    organisation: OrganisationId,
    (by, at): (PersonId, DateTime<Utc>),
) -> Result<bool, sqlx::Error> {
    let accepted = sqlx::query!(
        "update joint_invitation set accepted_by = $3, accepted_at = $4
         where procurement_id = $1 and organisation_id = $2 and accepted_at is null",
        procurement as ProcurementId,
        organisation as OrganisationId,
        by as PersonId,
        at,
    )
    .execute(connection)
    .await?;
    Ok(accepted.rows_affected() == 1)
}

/// Returns the buyers that have accepted.
pub async fn accepted(
    connection: &mut PgConnection,
    procurement: ProcurementId,
) -> Result<Vec<OrganisationId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select organisation_id as "id: OrganisationId" from joint_invitation
           where procurement_id = $1 and accepted_at is not null order by organisation_id"#,
        procurement as ProcurementId,
    )
    .fetch_all(connection)
    .await
}

/// Loads the latest 100 invitations of each buyer, newest first, with the buyer.
pub async fn of_buyers(
    pool: &PgPool,
    buyers: &[OrganisationId],
) -> Result<Vec<(OrganisationId, JointInvitation)>, sqlx::Error> {
    let buyers: Vec<Uuid> = buyers.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select i.organisation_id as "buyer: OrganisationId", i.procurement_id as "procurement: ProcurementId",
                  p.buyer_id as "lead: OrganisationId", i.invited_at, i.accepted_at
           from unnest($1::uuid[]) as wanted (id)
           cross join lateral (
               select * from joint_invitation where organisation_id = wanted.id
               order by invited_at desc, procurement_id limit 100
           ) i join procurement p on p.id = i.procurement_id
           order by i.organisation_id, i.invited_at desc, i.procurement_id"#,
        &buyers,
    )
    .fetch_all(pool)
    .await?;
    let rows = rows.into_iter().map(|row| {
        let invitation = JointInvitation {
            procurement: row.procurement,
            lead: row.lead,
            invited_at: row.invited_at,
            accepted_at: row.accepted_at,
        };
        (row.buyer, invitation)
    });
    Ok(rows.collect())
}
