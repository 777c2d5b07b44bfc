//! The SQL of names and numbers that are verified or claimed.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::{
    kernel::ids::OrganisationId,
    organisation::{
        identifier::{Identifier, spelling::of_legal_person},
        name,
    },
};

/// Earlier name of an organisation.
#[derive(Clone, Debug)]
pub struct FormerName {
    pub organisation: OrganisationId,
    pub name: String,
    /// Time when the organisation got another name.
    pub until: DateTime<Utc>,
}

/// Returns whether another open, verified organisation has a name with this key, or had one
/// while it was verified.
pub async fn is_name_verified_elsewhere(
    connection: &mut PgConnection,
    key: &str,
    own: OrganisationId,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select (
               exists (select from organisation
                       where name_skeleton = $1 and id <> $2 and verified_at is not null and closed_at is null)
               or exists (select from organisation_former_name former
                          join organisation o on o.id = former.organisation_id
                          where former.name_skeleton = $1 and former.verified and o.id <> $2
                            and o.verified_at is not null and o.closed_at is null)
           ) as "is_taken!""#,
        key,
        own as OrganisationId,
    )
    .fetch_one(connection)
    .await
}

/// Returns those of these organisations whose name looks like that of another verified one.
pub async fn with_contested_name(
    pool: &PgPool,
    ids: &[OrganisationId],
) -> Result<Vec<OrganisationId>, sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    sqlx::query_scalar!(
        r#"select id as "id: OrganisationId" from organisation o
           where id = any($1) and name_skeleton <> '' and verified_at is null
             and exists (select from organisation other
                         where other.name_skeleton = o.name_skeleton and other.id <> o.id
                           and other.verified_at is not null and other.closed_at is null)"#,
        &ids,
    )
    .fetch_all(pool)
    .await
}

/// Records the name that an organisation had until now.
pub async fn insert_former_name(
    connection: &mut PgConnection,
    id: OrganisationId,
    name: &str,
    verified: bool,
    until: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into organisation_former_name (organisation_id, number, name, name_skeleton, verified, until)
         select $1, 1 + coalesce(max(number), 0), $2, $3, $4, $5
         from organisation_former_name where organisation_id = $1",
        id as OrganisationId,
        name,
        name::key(name),
        verified,
        until,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Loads the earlier names of organisations, the latest first.
pub async fn former_names(
    pool: &PgPool,
    ids: &[OrganisationId],
) -> Result<Vec<FormerName>, sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    sqlx::query_as!(
        FormerName,
        r#"select organisation_id as "organisation: OrganisationId", name, until
           from organisation_former_name where organisation_id = any($1) order by organisation_id, number desc"#,
        &ids,
    )
    .fetch_all(pool)
    .await
}

/// Number of the advisory lock that lets verifications take turns: "torgveri" in ASCII.
const VERIFICATION_LOCK: i64 = 0x746f_7267_7665_7269;

/// Waits for other verifications, then locks the organisation and those that claim one of its
/// numbers, or one of `further`, in the order of their IDs. A verification removes the claims of
/// the others; without one order, two of them could wait for each other.
pub async fn lock_claimants(
    connection: &mut PgConnection,
    id: OrganisationId,
    further: &[Identifier],
) -> Result<(), sqlx::Error> {
    sqlx::query!("select pg_advisory_xact_lock($1)", VERIFICATION_LOCK)
        .execute(&mut *connection)
        .await?;
    let (schemes, values) = legal(further);
    sqlx::query!(
        "select id from organisation
         where id = $1 or id in (
             select other.organisation_id from organisation_identifier other
             where other.claimed and (other.legal_scheme, other.legal_value) in (
                 select own.legal_scheme, own.legal_value from organisation_identifier own
                 where own.organisation_id = $1 and own.claimed
                 union
                 select * from unnest($2::text[], $3::text[])))
         order by id for update",
        id as OrganisationId,
        &schemes,
        &values,
    )
    .fetch_all(connection)
    .await?;
    Ok(())
}

/// Returns the place of the first number that is verified for another organisation.
pub async fn verified_elsewhere(
    connection: &mut PgConnection,
    identifiers: &[Identifier],
    own: OrganisationId,
) -> Result<Option<usize>, sqlx::Error> {
    let (schemes, values) = legal(identifiers);
    let place = sqlx::query_scalar!(
        r#"select min(place) as place
           from unnest($1::text[], $2::text[]) with ordinality as given (scheme, value, place)
           join verified_number verified using (scheme, value)
           where verified.organisation_id <> $3"#,
        &schemes,
        &values,
        own as OrganisationId,
    )
    .fetch_one(connection)
    .await?;
    Ok(place.and_then(|place| usize::try_from(place - 1).ok()))
}

/// Makes these the verified numbers of an organisation. The caller has checked that none of them is
/// verified elsewhere.
pub async fn set_verified_numbers(
    connection: &mut PgConnection,
    id: OrganisationId,
    identifiers: &[Identifier],
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let (schemes, values) = legal(identifiers);
    sqlx::query!(
        "delete from verified_number where organisation_id = $1
         and (scheme, value) not in (select * from unnest($2::text[], $3::text[]))",
        id as OrganisationId,
        &schemes,
        &values,
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "insert into verified_number (scheme, value, organisation_id, verified_at)
         select distinct scheme, value, $1::uuid, $4::timestamptz
         from unnest($2::text[], $3::text[]) as given (scheme, value)
         where not exists (select from verified_number v
                           where v.organisation_id = $1 and v.scheme = given.scheme and v.value = given.value)",
        id as OrganisationId,
        &schemes,
        &values,
        at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Removes the unverified claims of other organisations to these numbers; returns the organisations.
pub async fn remove_claims_of_others(
    connection: &mut PgConnection,
    identifiers: &[Identifier],
    own: OrganisationId,
) -> Result<Vec<OrganisationId>, sqlx::Error> {
    let (schemes, values) = legal(identifiers);
    sqlx::query_scalar!(
        r#"with removed as (
               delete from organisation_identifier i
               using unnest($1::text[], $2::text[]) as given (scheme, value)
               where i.claimed and i.legal_scheme = given.scheme and i.legal_value = given.value
                 and i.organisation_id <> $3
               returning i.organisation_id
           )
           update organisation set revision = revision + 1 where id in (select organisation_id from removed)
           returning id as "id: OrganisationId""#,
        &schemes,
        &values,
        own as OrganisationId,
    )
    .fetch_all(connection)
    .await
}

/// Loads the verified numbers of organisations.
pub async fn verified_numbers(
    pool: &PgPool,
    ids: &[OrganisationId],
) -> Result<Vec<(OrganisationId, Identifier)>, sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select organisation_id as "organisation: OrganisationId", scheme, value
           from verified_number where organisation_id = any($1)"#,
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

/// Writes the keys of the names that were stored without one, or with one of another version. Of
/// verified organisations with names that look alike, the one that was verified first gets one.
pub async fn fill_skeletons(pool: &PgPool) -> Result<(), sqlx::Error> {
    let rows = sqlx::query!(
        r#"select id as "id: OrganisationId", name from organisation where not starts_with(name_skeleton, $1)
           order by verified_at nulls last, id"#,
        name::KEY_VERSION,
    )
    .fetch_all(pool)
    .await?;
    for row in rows {
        sqlx::query!(
            "update organisation o set name_skeleton = $2
             where id = $1 and (o.verified_at is null or o.closed_at is not null or not exists (
                 select from organisation other
                 where other.name_skeleton = $2 and other.verified_at is not null and other.closed_at is null))",
            row.id as OrganisationId,
            name::key(&row.name),
        )
        .execute(pool)
        .await?;
    }
    let former = sqlx::query!(
        r#"select organisation_id as "id: OrganisationId", number, name from organisation_former_name
           where not starts_with(name_skeleton, $1)"#,
        name::KEY_VERSION,
    )
    .fetch_all(pool)
    .await?;
    for row in former {
        sqlx::query!(
            "update organisation_former_name set name_skeleton = $3 where organisation_id = $1 and number = $2",
            row.id as OrganisationId,
            row.number,
            name::key(&row.name),
        )
        .execute(pool)
        .await?;
    }
    Ok(())
}

/// Returns the numbers of the legal persons, as columns.
fn legal(identifiers: &[Identifier]) -> (Vec<String>, Vec<String>) {
    let legal = identifiers.iter().map(of_legal_person);
    legal.map(|legal| (legal.scheme, legal.value)).unzip()
}
