//! The SQL of persons, their memberships and API keys.

pub mod keys;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};

use super::actor::{Membership, OrganisationKind, Person};
use crate::kernel::ids::{OrganisationId, PersonId};

/// The `issuer` in the rows of API keys in the table `person`. No token has this issuer, because it
/// is not a URL.
pub const KEYS: &str = "api-key";

/// Loads the person of a verified access token; inserts the person at their first request.
///
/// `token` is the issuer and subject of the token, with their hash ([`super::identity_key`]). A
/// person without a hash, and the API keys that the person created, get it.
///
/// The person acts for `acting_for`, or without it for their only organisation. They act for no
/// organisation when they are not a member of `acting_for`.
pub async fn person(
    pool: &PgPool,
    (issuer, subject, hash): (&str, &str, Option<&[u8]>),
    name: Option<&str>,
    acting_for: Option<OrganisationId>,
) -> Result<Person, sqlx::Error> {
    let rows = load(pool, issuer, subject).await?;
    let rows = if rows.is_empty() {
        sqlx::query!(
            "insert into person (id, issuer, subject, name, identity_hash) values ($1, $2, $3, $4, $5)
             on conflict do nothing",
            PersonId::new() as PersonId,
            issuer,
            subject,
            name.unwrap_or(subject),
            hash,
        )
        .execute(pool)
        .await?;
        load(pool, issuer, subject).await?
    } else {
        rows
    };
    let is_recognised = rows.first().is_some_and(|row| row.recognised);
    let person = Row::person(rows).ok_or(sqlx::Error::RowNotFound)?;
    if let Some(hash) = hash.filter(|_| !is_recognised) {
        set_identity_hash(pool, person.id, hash).await?;
    }
    Ok(person.acting_as(acting_for))
}

/// Loads these persons and the valid API keys among them, acting for no organisation yet. Erased
/// persons are left out.
pub async fn by_ids(
    pool: &PgPool,
    ids: &[PersonId],
    now: DateTime<Utc>,
) -> Result<Vec<Person>, sqlx::Error> {
    let ids: Vec<uuid::Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query_as!(
        Row,
        r#"select person.id as "id: PersonId", (person.identity_hash is not null) as "recognised!", person.name, person.admin,
                  organisation.id as "organisation?: OrganisationId",
                  organisation.kind as "kind?: OrganisationKind",
                  membership.roles as "roles?",
                  (organisation.verified_at is not null) as "verified?"
           from person
           left join membership on membership.person_id = person.id
           left join organisation on organisation.id = membership.organisation_id and organisation.closed_at is null
           where person.id = any($1) and person.erased_at is null and person.issuer <> $2
           order by person.id, organisation.id"#,
        &ids,
        KEYS,
    )
    .fetch_all(pool)
    .await?;
    let mut persons: Vec<Vec<Row>> = Vec::new();
    for row in rows {
        match persons.last_mut() {
            Some(rows) if rows[0].id == row.id => rows.push(row),
            _ => persons.push(vec![row]),
        }
    }
    let mut found: Vec<Person> = persons.into_iter().filter_map(Row::person).collect();
    if found.len() < ids.len() {
        found.extend(keys::by_persons(pool, &ids, now).await?);
    }
    Ok(found)
}

/// Inserts a person, or updates the name of the existing one; returns the ID.
pub async fn put_person(
    connection: &mut PgConnection,
    issuer: &str,
    subject: &str,
    name: &str,
) -> Result<PersonId, sqlx::Error> {
    sqlx::query_scalar!(
        r#"insert into person (id, issuer, subject, name) values ($1, $2, $3, $4)
           on conflict (issuer, subject) do update set name = excluded.name
           returning id as "id: PersonId""#,
        PersonId::new() as PersonId,
        issuer,
        subject,
        name,
    )
    .fetch_one(connection)
    .await
}

/// Sets or revokes a person's administrator role; returns `false` when no person with this subject
/// has signed in yet.
pub async fn set_admin(
    connection: &mut PgConnection,
    issuer: &str,
    subject: &str,
    admin: bool,
) -> Result<bool, sqlx::Error> {
    let changed = sqlx::query!(
        "update person set admin = $3 where issuer = $1 and subject = $2",
        issuer,
        subject,
        admin,
    )
    .execute(connection)
    .await?;
    Ok(changed.rows_affected() == 1)
}

async fn set_identity_hash(
    pool: &PgPool,
    person: PersonId,
    hash: &[u8],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update person set identity_hash = $2
         where (id = $1 or id in (select person_id from api_key where made_by = $1)) and erased_at is null",
        person as PersonId,
        hash,
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Returns the rows of one human being: the person, erased rows of the same token, and the API keys
/// that they created.
pub async fn same_person(
    connection: &mut PgConnection,
    person: PersonId,
) -> Result<Vec<PersonId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select id as "id: PersonId" from person
           where id = $1 or identity_hash = (select identity_hash from person where id = $1)"#,
        person as PersonId,
    )
    .fetch_all(connection)
    .await
}

struct Row {
    id: PersonId,
    /// Whether the person has an identity hash.
    recognised: bool,
    name: String,
    admin: bool,
    organisation: Option<OrganisationId>,
    kind: Option<OrganisationKind>,
    roles: Option<Vec<String>>,
    verified: Option<bool>,
}

impl Row {
    /// Returns the person of these rows, acting for no organisation yet.
    fn person(rows: Vec<Self>) -> Option<Person> {
        let first = rows.first()?;
        let (id, name, admin) = (first.id, first.name.clone(), first.admin);
        Some(Person {
            id,
            name,
            admin,
            memberships: rows.into_iter().filter_map(Row::membership).collect(),
            acting_for: None,
            key: None,
        })
    }

    fn membership(self) -> Option<Membership> {
        Some(Membership {
            organisation: self.organisation?,
            kind: self.kind?,
            roles: self
                .roles?
                .iter()
                .filter_map(|role| role.parse().ok())
                .collect(),
            verified: self.verified?,
        })
    }
}

async fn load(pool: &PgPool, issuer: &str, subject: &str) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"select person.id as "id: PersonId", (person.identity_hash is not null) as "recognised!", person.name, person.admin,
                  organisation.id as "organisation?: OrganisationId",
                  organisation.kind as "kind?: OrganisationKind",
                  membership.roles as "roles?",
                  (organisation.verified_at is not null) as "verified?"
           from person
           left join membership on membership.person_id = person.id
           left join organisation on organisation.id = membership.organisation_id and organisation.closed_at is null
           where person.issuer = $1 and person.subject = $2
           order by organisation.id"#,
        issuer,
        subject,
    )
    .fetch_all(pool)
    .await
}
