//! The SQL of quotas: counts what a mutation stores, and reads the counters.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::{
    database::quota::{StorageKind, Usage, table::Effect},
    kernel::ids::{OrganisationId, PersonId},
};

/// What one mutation stores.
pub struct Stored {
    /// Person or API key that acts. The person who created the API key is charged.
    pub person: PersonId,
    /// Organisation that is charged, except for objects of the person.
    pub organisation: Option<OrganisationId>,
    /// Object that the effects are about.
    pub subject: Uuid,
    /// Bytes of each stored object.
    pub bytes: i64,
    pub at: DateTime<Utc>,
}

/// Counts the effects, and locks the counters until the transaction ends. Returns the counters of
/// the organisation and the person.
pub async fn count(
    connection: &mut PgConnection,
    stored: &Stored,
    effects: &[Effect],
) -> Result<Vec<Usage>, sqlx::Error> {
    let parts = || effects.iter().map(|effect| effect.parts());
    let modes: Vec<&str> = parts().map(|(mode, _)| mode).collect();
    let kinds: Vec<&str> = parts().map(|(_, kind)| kind.as_str()).collect();
    let organisation = stored.organisation.map_or(Uuid::nil(), |id| id.0);
    let charged = |kind: StorageKind| match kind.is_personal() {
        true => Uuid::nil(),
        false => organisation,
    };
    let organisations: Vec<Uuid> = parts().map(|(_, kind)| charged(kind)).collect();
    let sizes = vec![stored.bytes; effects.len()];
    let rows = sqlx::query!(
        r#"select of_person as "of_person!", storage_kind as "kind!", total as "total!", total_bytes as "total_bytes!",
                  added as "added!", added_bytes as "added_bytes!", in_hour as "hour!", in_hour_bytes as "hour_bytes!",
                  hour_ends as "hour_ends!"
           from count_storage($1, $2, $3, $4, $5, $6, $7)"#,
        stored.person as PersonId,
        stored.subject,
        stored.at,
        &modes as &[&str],
        &kinds as &[&str],
        &organisations,
        &sizes,
    )
    .fetch_all(connection)
    .await?;
    let usage = rows.into_iter().filter_map(|row| {
        Some(Usage {
            of_person: row.of_person,
            kind: StorageKind::of_name(&row.kind)?,
            total: row.total,
            total_bytes: row.total_bytes,
            added: row.added,
            added_bytes: row.added_bytes,
            hour: row.hour,
            hour_bytes: row.hour_bytes,
            hour_ends: row.hour_ends,
        })
    });
    Ok(usage.collect())
}

/// Returns the counters of an organisation, then those of a person, in the order of the kinds. Kinds
/// of which nothing is stored are included.
pub async fn usage(
    pool: &PgPool,
    person: PersonId,
    organisation: Option<OrganisationId>,
    now: DateTime<Utc>,
) -> Result<Vec<Usage>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select u.holder is distinct from $2 as "of_person!", u.kind, u.objects, u.bytes,
                  is_same_hour(u.hour_began, $3) as "runs!", u.hour_objects, u.hour_bytes,
                  u.hour_began + interval '1 hour' as "hour_ends!"
           from storage_usage u where u.holder = $2 or u.holder = storage_person($1)"#,
        person as PersonId,
        organisation as Option<OrganisationId>,
        now,
    )
    .fetch_all(pool)
    .await?;
    let of_kind = |of_person: bool, kind: StorageKind| {
        let row = rows
            .iter()
            .find(|row| row.of_person == of_person && row.kind == kind.as_str());
        let in_hour = row.filter(|row| row.runs);
        Usage {
            of_person,
            kind,
            total: row.map_or(0, |row| row.objects),
            total_bytes: row.map_or(0, |row| row.bytes),
            added: 0,
            added_bytes: 0,
            hour: in_hour.map_or(0, |row| row.hour_objects),
            hour_bytes: in_hour.map_or(0, |row| row.hour_bytes),
            hour_ends: in_hour.map_or(now, |row| row.hour_ends),
        }
    };
    let organisations = StorageKind::ALL.into_iter();
    let of_organisation = organisations
        .filter(|kind| organisation.is_some() && !kind.is_personal())
        .map(|kind| of_kind(false, kind));
    let of_person = StorageKind::ALL.into_iter().map(|kind| of_kind(true, kind));
    Ok(of_organisation.chain(of_person).collect())
}
