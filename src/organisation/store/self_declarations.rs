//! The SQL of self-declarations, and of the name and numbers that a submission freezes.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor, types::Json};
use uuid::Uuid;

use crate::{
    kernel::ids::{OrganisationId, PersonId},
    organisation::{identifier::Identifier, self_declaration::SelfDeclaration},
};

/// A version of a self-declaration.
#[derive(Clone, Debug)]
pub struct DeclarationVersion {
    pub organisation: OrganisationId,
    /// Number of the version, from 1.
    pub number: i32,
    pub content: SelfDeclaration,
    pub saved_at: DateTime<Utc>,
}

/// Loads the latest self-declaration of each of these organisations.
pub async fn latest(
    executor: impl PgExecutor<'_>,
    organisations: &[OrganisationId],
) -> Result<Vec<DeclarationVersion>, sqlx::Error> {
    let ids: Vec<Uuid> = organisations.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select distinct on (organisation_id) organisation_id as "organisation: OrganisationId", number,
                  content as "content: Json<SelfDeclaration>", saved_at
           from self_declaration where organisation_id = any($1) order by organisation_id, number desc"#,
        &ids,
    )
    .fetch_all(executor)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| DeclarationVersion {
            organisation: row.organisation,
            number: row.number,
            content: row.content.0,
            saved_at: row.saved_at,
        })
        .collect())
}

/// Inserts a version of the self-declaration.
pub async fn insert(
    connection: &mut PgConnection,
    version: &DeclarationVersion,
    person: PersonId,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into self_declaration (organisation_id, number, content, saved_by, saved_at)
         values ($1, $2, $3, $4, $5)",
        version.organisation as OrganisationId,
        version.number,
        Json(&version.content) as Json<&SelfDeclaration>,
        person as PersonId,
        version.saved_at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Returns the name and the identifiers of an organisation.
pub async fn name_and_identifiers(
    connection: &mut PgConnection,
    organisation: OrganisationId,
) -> Result<(String, Vec<Identifier>), sqlx::Error> {
    let name = sqlx::query_scalar!(
        "select name from organisation where id = $1",
        organisation as OrganisationId,
    )
    .fetch_one(&mut *connection)
    .await?;
    let rows = sqlx::query!(
        "select scheme, value from organisation_identifier where organisation_id = $1 order by position",
        organisation as OrganisationId,
    )
    .fetch_all(connection)
    .await?;
    let identifiers = rows.into_iter().map(|row| Identifier {
        scheme: row.scheme,
        value: row.value,
    });
    Ok((name, identifiers.collect()))
}
