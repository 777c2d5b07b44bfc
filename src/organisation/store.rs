//! The SQL of organisations.

use sqlx::{PgConnection, PgPool, types::Json};

use crate::{
    auth::{OrganisationKind, Role},
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
    pub description: LocalizedText,
    /// ISO 3166-1 alpha-2, where known.
    pub country: Option<String>,
    /// NUTS code of its seat, where known.
    pub nuts: Option<String>,
    /// The register the identifier is from (`SE-ORGNR`).
    pub identifier_scheme: Option<String>,
    pub identifier: Option<String>,
}

/// Organisations by ID, in no order.
pub async fn by_ids(
    pool: &PgPool,
    ids: &[OrganisationId],
) -> Result<Vec<Organisation>, sqlx::Error> {
    let ids: Vec<uuid::Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select id as "id: OrganisationId", kind as "kind: OrganisationKind", name,
                  description as "description: Json<LocalizedText>", country, nuts, identifier_scheme, identifier
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
            description: row.description.0,
            country: row.country,
            nuts: row.nuts,
            identifier_scheme: row.identifier_scheme,
            identifier: row.identifier,
        })
        .collect())
}

/// Adds an organisation.
pub async fn insert(
    connection: &mut PgConnection,
    organisation: &Organisation,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into organisation (id, kind, name, description, country, nuts, identifier_scheme, identifier)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        organisation.id as OrganisationId,
        organisation.kind as OrganisationKind,
        organisation.name,
        Json(&organisation.description) as Json<&LocalizedText>,
        organisation.country,
        organisation.nuts,
        organisation.identifier_scheme,
        organisation.identifier,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Makes a person a member with these roles, or changes the roles they have.
pub async fn set_roles(
    connection: &mut PgConnection,
    organisation: OrganisationId,
    person: PersonId,
    roles: &[Role],
) -> Result<(), sqlx::Error> {
    let roles: Vec<String> = roles.iter().map(|role| role.as_str().to_owned()).collect();
    sqlx::query!(
        "insert into membership (organisation_id, person_id, roles) values ($1, $2, $3)
         on conflict (organisation_id, person_id) do update set roles = excluded.roles",
        organisation as OrganisationId,
        person as PersonId,
        &roles,
    )
    .execute(connection)
    .await?;
    Ok(())
}
