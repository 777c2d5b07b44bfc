//! The SQL of organisations, their members and the persons in them.

pub mod api_keys;
pub mod identity;
pub mod invitations;
pub mod listing;
pub mod members;
pub mod nonprofit;
pub mod opening_rules;
pub mod persons;
pub mod self_declarations;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool, types::Json};
use uuid::Uuid;

pub use members::set_roles;
pub use nonprofit::{current as nonprofit_status, nonprofit_statuses};

use super::{
    identifier::{Identifier, spelling::of_legal_person},
    name,
    profile::{Address, Contact, Profile, Size},
};
use crate::{
    auth::OrganisationKind,
    kernel::{
        ids::{OrganisationId, PersonId},
        text::LocalizedText,
    },
};

/// A buyer, company, nonprofit or social enterprise.
#[derive(Clone, Debug)]
pub struct Organisation {
    pub id: OrganisationId,
    pub kind: OrganisationKind,
    pub name: String,
    pub profile: Profile,
    /// Revision number, from 1, increased by each change.
    pub revision: i32,
    /// Time when an administrator verified the buyer.
    pub verified_at: Option<DateTime<Utc>>,
    /// Time when its only member was erased.
    pub closed_at: Option<DateTime<Utc>>,
}

/// Loads organisations by ID, in no order.
pub async fn by_ids(
    pool: &PgPool,
    ids: &[OrganisationId],
) -> Result<Vec<Organisation>, sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select id as "id: OrganisationId", kind as "kind: OrganisationKind", name,
                  description as "description: Json<LocalizedText>", street, postal_code, city, country, nuts,
                  contact as "contact: Json<Contact>", cpv, areas, size as "size: Size", public_profile,
                  looking_for_partners, partner_text as "partner_text: Json<LocalizedText>", revision, verified_at,
                  closed_at
           from organisation where id = any($1)"#,
        &ids,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Organisation {
            id: row.id,
            kind: row.kind,
            name: row.name,
            profile: Profile {
                description: row.description.0,
                address: Address {
                    street: row.street,
                    postal_code: row.postal_code,
                    city: row.city,
                    country: row.country,
                    nuts: row.nuts,
                },
                contact: row.contact.0,
                cpv: row.cpv,
                areas: row.areas,
                size: row.size,
                public: row.public_profile,
                looking_for_partners: row.looking_for_partners,
                partner_text: row.partner_text.0,
            },
            revision: row.revision,
            verified_at: row.verified_at,
            closed_at: row.closed_at,
        })
        .collect())
}

/// The columns that a change checks.
pub struct Locked {
    pub kind: OrganisationKind,
    pub name: String,
    pub revision: i32,
    pub verified: bool,
}

/// Locks an organisation until the transaction ends. Returns `None` when it does not exist or is
/// closed.
pub async fn lock(
    connection: &mut PgConnection,
    id: OrganisationId,
) -> Result<Option<Locked>, sqlx::Error> {
    sqlx::query_as!(
        Locked,
        r#"select kind as "kind: OrganisationKind", name, revision, (verified_at is not null) as "verified!"
           from organisation where id = $1 and closed_at is null for update"#,
        id as OrganisationId,
    )
    .fetch_optional(connection)
    .await
}

/// Inserts an organisation.
pub async fn insert(
    connection: &mut PgConnection,
    organisation: &Organisation,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into organisation (id, kind, name, name_skeleton, verified_at) values ($1, $2, $3, $4, $5)",
        organisation.id as OrganisationId,
        organisation.kind as OrganisationKind,
        organisation.name,
        name::key(&organisation.name),
        organisation.verified_at,
    )
    .execute(&mut *connection)
    .await?;
    write_profile(
        connection,
        organisation.id,
        &organisation.name,
        &organisation.profile,
    )
    .await
}

/// Updates the name and profile of an organisation.
pub async fn write_profile(
    connection: &mut PgConnection,
    id: OrganisationId,
    name: &str,
    profile: &Profile,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update organisation set name = $2, description = $3, street = $4, postal_code = $5, city = $6, country = $7,
                nuts = $8, contact = $9, cpv = $10, areas = $11, size = $12, public_profile = $13,
                looking_for_partners = $14, partner_text = $15, search_name = $16, name_skeleton = $17
         where id = $1",
        id as OrganisationId,
        name,
        Json(&profile.description) as Json<&LocalizedText>,
        profile.address.street,
        profile.address.postal_code,
        profile.address.city,
        profile.address.country,
        profile.address.nuts,
        Json(&profile.contact) as Json<&Contact>,
        &profile.cpv,
        &profile.areas,
        profile.size as Option<Size>,
        profile.public,
        profile.looking_for_partners,
        Json(&profile.partner_text) as Json<&LocalizedText>,
        name.to_lowercase(),
        name::key(name),
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Increases the revision by one.
pub async fn count_change(
    connection: &mut PgConnection,
    id: OrganisationId,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update organisation set revision = revision + 1 where id = $1",
        id as OrganisationId
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Stores that an administrator verified a buyer.
pub async fn set_verified(
    connection: &mut PgConnection,
    id: OrganisationId,
    by: PersonId,
    note: Option<&str>,
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update organisation set verified_at = $3, verified_by = $2, verification_note = $4, revision = revision + 1
         where id = $1",
        id as OrganisationId,
        by as PersonId,
        at,
        note,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Loads country and NUTS code of an organisation.
pub async fn seat(
    connection: &mut PgConnection,
    id: OrganisationId,
) -> Result<Option<(Option<String>, Option<String>)>, sqlx::Error> {
    let row = sqlx::query!(
        "select country, nuts from organisation where id = $1",
        id as OrganisationId,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| (row.country, row.nuts)))
}

/// Loads the registration numbers of organisations, in their order.
pub async fn identifiers(
    pool: &PgPool,
    ids: &[OrganisationId],
) -> Result<Vec<(OrganisationId, Identifier)>, sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select organisation_id as "organisation: OrganisationId", scheme, value
           from organisation_identifier where organisation_id = any($1)
           order by organisation_id, position, scheme, value"#,
        &ids,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let identifier = Identifier {
                scheme: row.scheme,
                value: row.value,
            };
            (row.organisation, identifier)
        })
        .collect())
}

/// Loads the registration numbers of one organisation, in their order.
pub async fn claimed(
    connection: &mut PgConnection,
    id: OrganisationId,
) -> Result<Vec<Identifier>, sqlx::Error> {
    sqlx::query_as!(
        Identifier,
        "select scheme, value from organisation_identifier where organisation_id = $1 order by position",
        id as OrganisationId,
    )
    .fetch_all(connection)
    .await
}

/// Replaces the registration numbers of an organisation.
pub async fn set_identifiers(
    connection: &mut PgConnection,
    id: OrganisationId,
    identifiers: &[Identifier],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from organisation_identifier where organisation_id = $1",
        id as OrganisationId
    )
    .execute(&mut *connection)
    .await?;
    for (position, identifier) in (0_i32..).zip(identifiers) {
        let legal = of_legal_person(identifier);
        sqlx::query!(
            "insert into organisation_identifier (organisation_id, position, scheme, value, legal_scheme, legal_value)
             values ($1, $2, $3, $4, $5, $6)",
            id as OrganisationId,
            position,
            identifier.scheme,
            identifier.value,
            legal.scheme,
            legal.value,
        )
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// Closes an organisation permanently: removes its profile, registration numbers and interests in
/// joint bids, and revokes its invitations and API keys. Its kind and name stay, because awards and
/// openings show them.
pub async fn close(
    connection: &mut PgConnection,
    id: OrganisationId,
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update organisation set closed_at = $2, revision = revision + 1, description = '{}', street = null,
                postal_code = null, city = null, contact = '{}', public_profile = false, looking_for_partners = false,
                partner_text = '{}'
         where id = $1",
        id as OrganisationId,
        at,
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "delete from organisation_identifier where organisation_id = $1",
        id as OrganisationId
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "delete from verified_number where organisation_id = $1",
        id as OrganisationId
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "delete from joint_bid_interest where organisation_id = $1",
        id as OrganisationId
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "update invitation set revoked_at = $2, note = null, email = null
         where organisation_id = $1 and accepted_at is null and revoked_at is null",
        id as OrganisationId,
        at,
    )
    .execute(&mut *connection)
    .await?;
    api_keys::revoke_all(connection, id, at).await
}
