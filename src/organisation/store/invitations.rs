//! The SQL of invitations.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};

use super::members::{read, written};
use crate::{
    auth::Role,
    kernel::{
        ids::{InvitationId, OrganisationId, PersonId},
        paging::Page,
    },
};

/// An invitation to become a member, as owners see it.
#[derive(Clone, Debug)]
pub struct Invitation {
    pub id: InvitationId,
    pub organisation: OrganisationId,
    pub roles: Vec<Role>,
    pub note: Option<String>,
    pub email: Option<String>,
    pub invited_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub accepted_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
}

/// Inserts an invitation.
pub async fn insert(
    connection: &mut PgConnection,
    invitation: &Invitation,
    code_sha256: &[u8],
    by: PersonId,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into invitation (id, organisation_id, roles, note, email, code_sha256, invited_by, invited_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        invitation.id as InvitationId,
        invitation.organisation as OrganisationId,
        &written(&invitation.roles),
        invitation.note,
        invitation.email,
        code_sha256,
        by as PersonId,
        invitation.invited_at,
        invitation.expires_at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Returns the number of an organisation's open invitations.
pub async fn open_count(
    connection: &mut PgConnection,
    organisation: OrganisationId,
    now: DateTime<Utc>,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from invitation
           where organisation_id = $1 and accepted_at is null and revoked_at is null and expires_at > $2"#,
        organisation as OrganisationId,
        now,
    )
    .fetch_one(connection)
    .await
}

/// An invitation that is neither accepted nor revoked.
pub struct PendingInvitation {
    pub id: InvitationId,
    pub expires_at: DateTime<Utc>,
    roles: Vec<String>,
}

impl PendingInvitation {
    /// Returns the roles that the person gets who accepts the invitation.
    pub fn roles(&self) -> Vec<Role> {
        read(&self.roles)
    }
}

/// Returns the organisation whose invitation has this code. Every change locks the organisation
/// before the invitation.
pub async fn organisation_by_code(
    connection: &mut PgConnection,
    code_sha256: &[u8],
) -> Result<Option<OrganisationId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select organisation_id as "id: OrganisationId" from invitation where code_sha256 = $1"#,
        code_sha256,
    )
    .fetch_optional(connection)
    .await
}

/// Locks the pending invitation with this code.
pub async fn lock_by_code(
    connection: &mut PgConnection,
    code_sha256: &[u8],
) -> Result<Option<PendingInvitation>, sqlx::Error> {
    sqlx::query_as!(
        PendingInvitation,
        r#"select id as "id: InvitationId", expires_at, roles
           from invitation where code_sha256 = $1 and accepted_at is null and revoked_at is null for update"#,
        code_sha256,
    )
    .fetch_optional(connection)
    .await
}

/// Returns whether the person who created the invitation is still an owner. An invitation of a
/// former owner is invalid; otherwise former owners could invite themselves again.
pub async fn inviter_owns(
    connection: &mut PgConnection,
    id: InvitationId,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (
               select from invitation join membership on membership.organisation_id = invitation.organisation_id
                   and membership.person_id = invitation.invited_by
               where invitation.id = $1 and 'OWNER' = any(membership.roles)
           ) as "owns!""#,
        id as InvitationId,
    )
    .fetch_one(connection)
    .await
}

/// Stores who accepted the invitation.
pub async fn set_accepted(
    connection: &mut PgConnection,
    id: InvitationId,
    by: PersonId,
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update invitation set accepted_by = $2, accepted_at = $3 where id = $1",
        id as InvitationId,
        by as PersonId,
        at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Returns the organisation that the invitation belongs to.
pub async fn organisation_of(
    connection: &mut PgConnection,
    id: InvitationId,
) -> Result<Option<OrganisationId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select organisation_id as "id: OrganisationId" from invitation where id = $1"#,
        id as InvitationId,
    )
    .fetch_optional(connection)
    .await
}

/// Revokes an invitation. Returns `false` when it is already accepted or revoked.
pub async fn set_revoked(
    connection: &mut PgConnection,
    id: InvitationId,
    at: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let revoked = sqlx::query!(
        "update invitation set revoked_at = $2 where id = $1 and accepted_at is null and revoked_at is null",
        id as InvitationId,
        at,
    )
    .execute(connection)
    .await?;
    Ok(revoked.rows_affected() == 1)
}

/// Loads invitations by ID, in no order.
pub async fn by_ids(pool: &PgPool, ids: &[InvitationId]) -> Result<Vec<Invitation>, sqlx::Error> {
    let ids: Vec<uuid::Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query_as!(
        Row,
        r#"select id as "id: InvitationId", organisation_id as "organisation: OrganisationId", roles, note, email,
                  invited_at, expires_at, accepted_at, revoked_at
           from invitation where id = any($1)"#,
        &ids,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(Invitation::from).collect())
}

/// Loads a page of an organisation's invitations, newest first, with one invitation more than the
/// page has if there are more.
pub async fn of_organisation(
    pool: &PgPool,
    organisation: OrganisationId,
    page: Page<InvitationId>,
) -> Result<Vec<Invitation>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"select id as "id: InvitationId", organisation_id as "organisation: OrganisationId", roles, note, email,
                  invited_at, expires_at, accepted_at, revoked_at
           from (
               select * from invitation
               where organisation_id = $1 and ($2::uuid is null or id < $2) and ($3::uuid is null or id > $3)
               order by case when $4::bool then id end, case when not $4 then id end desc limit $5
           ) invitation order by id desc"#,
        organisation as OrganisationId,
        page.after.map(|id| id.0),
        page.before.map(|id| id.0),
        page.from_end,
        page.overfetch(),
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(Invitation::from).collect())
}

/// Returns the number of an organisation's invitations, in every state.
pub async fn count(pool: &PgPool, organisation: OrganisationId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from invitation where organisation_id = $1"#,
        organisation as OrganisationId,
    )
    .fetch_one(pool)
    .await
}

struct Row {
    id: InvitationId,
    organisation: OrganisationId,
    roles: Vec<String>,
    note: Option<String>,
    email: Option<String>,
    invited_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    accepted_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
}

impl From<Row> for Invitation {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            organisation: row.organisation,
            roles: read(&row.roles),
            note: row.note,
            email: row.email,
            invited_at: row.invited_at,
            expires_at: row.expires_at,
            accepted_at: row.accepted_at,
            revoked_at: row.revoked_at,
        }
    }
}
