//! The SQL of memberships.

use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::{
    auth::Role,
    kernel::ids::{OrganisationId, PersonId},
};

/// A member with their roles.
#[derive(Clone, Debug)]
pub struct Member {
    pub organisation: OrganisationId,
    pub person: PersonId,
    /// Display name.
    pub name: String,
    pub roles: Vec<Role>,
}

impl Member {
    /// Returns whether the member has the role OWNER.
    pub fn is_owner(&self) -> bool {
        self.roles.contains(&Role::Owner)
    }
}

/// Converts roles to their stored form.
pub fn written(roles: &[Role]) -> Vec<String> {
    roles.iter().map(|role| role.as_str().to_owned()).collect()
}

/// Parses stored roles; skips unknown ones.
pub fn read(roles: &[String]) -> Vec<Role> {
    roles.iter().filter_map(|role| role.parse().ok()).collect()
}

/// Adds a member with these roles, or replaces the roles of a member.
pub async fn set_roles(
    connection: &mut PgConnection,
    organisation: OrganisationId,
    person: PersonId,
    roles: &[Role],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into membership (organisation_id, person_id, roles) values ($1, $2, $3)
         on conflict (organisation_id, person_id) do update set roles = excluded.roles",
        organisation as OrganisationId,
        person as PersonId,
        &written(roles),
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Deletes a membership.
pub async fn remove(
    connection: &mut PgConnection,
    organisation: OrganisationId,
    person: PersonId,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from membership where organisation_id = $1 and person_id = $2",
        organisation as OrganisationId,
        person as PersonId,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Loads the members of an organisation, which the caller has locked.
pub async fn of_locked(
    connection: &mut PgConnection,
    organisation: OrganisationId,
) -> Result<Vec<Member>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select person.id as "person: PersonId", person.name, membership.roles
           from membership join person on person.id = membership.person_id
           where membership.organisation_id = $1 order by person.id"#,
        organisation as OrganisationId,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Member {
            organisation,
            person: row.person,
            name: row.name,
            roles: read(&row.roles),
        })
        .collect())
}

/// Loads the members of organisations, ordered by name.
pub async fn of_organisations(
    pool: &PgPool,
    organisations: &[OrganisationId],
) -> Result<Vec<Member>, sqlx::Error> {
    let ids: Vec<Uuid> = organisations.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select membership.organisation_id as "organisation: OrganisationId", person.id as "person: PersonId",
                  person.name, membership.roles
           from membership join person on person.id = membership.person_id
           where membership.organisation_id = any($1) order by person.name, person.id"#,
        &ids,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Member {
            organisation: row.organisation,
            person: row.person,
            name: row.name,
            roles: read(&row.roles),
        })
        .collect())
}
