//! SQL of imported processes: their releases as they were read, and their state.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    interop::{
        import::{IncomingRelease, KnownProcess, ReleaseKey, StoredRelease},
        ocds::{CompiledRelease, NOT_STATED, Release},
    },
    kernel::ids::ProcurementId,
};

/// Loads and locks the processes of the rows by ocid. Unknown ones are left out.
pub async fn known_processes(
    connection: &mut PgConnection,
    rows: &[IncomingRelease],
) -> Result<HashMap<String, KnownProcess>, sqlx::Error> {
    let ocids: Vec<&str> = rows.iter().map(|row| row.release.ocid.as_str()).collect();
    let found = sqlx::query!(
        r#"select p.id as "id: ProcurementId", p.ocid, p.imported, n.number as "number?",
                  n.published_at as "published_at?", n.release_id, s.compiled as "compiled?",
                  s.newest as "newest?", s.newest_compiled, b.name as buyer
           from procurement p join organisation b on b.id = p.buyer_id left join notice n on n.id = p.notice_id
                left join imported_process s on s.procurement_id = p.id
           where p.ocid = any($1) order by p.id for update of p"#,
        &ocids as &[&str],
    )
    .fetch_all(&mut *connection)
    .await?;
    let ids: Vec<Uuid> = found.iter().map(|row| row.id.0).collect();
    let mut digests = digests(connection, &ids, rows).await?;
    let mut unkept = unkept(connection, &ids, rows).await?;
    Ok(found
        .into_iter()
        .map(|row| {
            let compiled = row.compiled.as_deref().and_then(CompiledRelease::parse);
            let known = KnownProcess {
                id: row.id,
                is_native: !row.imported || (row.number.is_some() && row.release_id.is_none()),
                in_force: row.number.zip(row.published_at),
                digests: digests.remove(&row.id).unwrap_or_default(),
                unkept: unkept.remove(&row.id).unwrap_or_default(),
                newest: row.newest,
                newest_compiled: row.newest_compiled,
                compiled: compiled.unwrap_or_default(),
                history: None,
                has_buyer: row.buyer != NOT_STATED,
                is_buyer_new: false,
                is_changed: false,
                refusal: None,
            };
            (row.ocid, known)
        })
        .collect())
}

fn release_ids(rows: &[IncomingRelease]) -> Vec<&str> {
    rows.iter().map(|row| row.release.id.as_str()).collect()
}

/// Loads the digests of the rows' releases in the order of their import.
async fn digests(
    connection: &mut PgConnection,
    procurements: &[Uuid],
    rows: &[IncomingRelease],
) -> Result<HashMap<ProcurementId, HashMap<ReleaseKey, Vec<[u8; 32]>>>, sqlx::Error> {
    let found = sqlx::query!(
        r#"select procurement_id as "procurement: ProcurementId", release_id, date, digest
           from imported_release where procurement_id = any($1) and release_id = any($2)
           order by position"#,
        procurements,
        &release_ids(rows) as &[&str],
    )
    .fetch_all(connection)
    .await?;
    let mut by_procurement: HashMap<_, HashMap<_, Vec<_>>> = HashMap::new();
    for row in found {
        let digest = row.digest.try_into().unwrap_or_default();
        by_procurement
            .entry(row.procurement)
            .or_default()
            .entry((row.release_id, row.date))
            .or_default()
            .push(digest);
    }
    Ok(by_procurement)
}

/// Loads the rows' releases that became notices while their content was not kept.
async fn unkept(
    connection: &mut PgConnection,
    procurements: &[Uuid],
    rows: &[IncomingRelease],
) -> Result<HashMap<ProcurementId, HashSet<ReleaseKey>>, sqlx::Error> {
    let found = sqlx::query!(
        r#"select procurement_id as "procurement: ProcurementId", release_id as "release!", published_at
           from notice n where procurement_id = any($1) and release_id = any($2) and not exists (
               select from imported_release r
               where r.procurement_id = n.procurement_id and r.release_id = n.release_id)"#,
        procurements,
        &release_ids(rows) as &[&str],
    )
    .fetch_all(connection)
    .await?;
    let mut by_procurement: HashMap<_, HashSet<_>> = HashMap::new();
    for row in found {
        by_procurement
            .entry(row.procurement)
            .or_default()
            .insert((row.release, row.published_at));
    }
    Ok(by_procurement)
}

/// Loads all releases of the processes with these ocids in the order in which they are merged: by
/// date, then by their first import. The last content of a release counts.
pub async fn load_history(
    connection: &mut PgConnection,
    processes: &mut HashMap<String, KnownProcess>,
    ocids: &HashSet<&str>,
) -> Result<(), sqlx::Error> {
    let mut histories: HashMap<ProcurementId, &mut Vec<StoredRelease>> = HashMap::new();
    for (ocid, process) in processes.iter_mut() {
        if ocids.contains(ocid.as_str()) {
            let history = process.history.insert(Vec::new());
            histories.insert(process.id, history);
        }
    }
    if histories.is_empty() {
        return Ok(());
    }
    let procurements: Vec<Uuid> = histories.keys().map(|id| id.0).collect();
    let found = sqlx::query!(
        r#"select procurement_id as "procurement!: ProcurementId", release_id as "release_id!",
                  date as "date!", is_compiled as "is_compiled!", content as "content!"
           from (
               select distinct on (procurement_id, release_id, date) *,
                      min(position) over (partition by procurement_id, release_id, date) as first
               from imported_release where procurement_id = any($1)
               order by procurement_id, release_id, date, position desc
           ) release order by date, first"#,
        &procurements,
    )
    .fetch_all(connection)
    .await?;
    for row in found {
        if let Some(history) = histories.get_mut(&row.procurement) {
            history.push(StoredRelease {
                id: row.release_id,
                date: row.date,
                is_compiled: row.is_compiled,
                content: row.content,
            });
        }
    }
    Ok(())
}

/// Inserts releases in the order of their import.
pub async fn insert_releases(
    connection: &mut PgConnection,
    releases: &[(ProcurementId, &Release)],
) -> Result<(), sqlx::Error> {
    if releases.is_empty() {
        return Ok(());
    }
    let procurements: Vec<Uuid> = releases.iter().map(|(id, _)| id.0).collect();
    let ids: Vec<&str> = releases
        .iter()
        .map(|(_, release)| release.id.as_str())
        .collect();
    let dates: Vec<DateTime<Utc>> = releases.iter().map(|(_, release)| release.date).collect();
    let compiled: Vec<bool> = releases
        .iter()
        .map(|(_, release)| release.is_compiled)
        .collect();
    let digests = releases.iter().map(|(_, release)| release.digest.to_vec());
    let digests: Vec<Vec<u8>> = digests.collect();
    let contents: Vec<String> = releases.iter().map(|(_, release)| release.json()).collect();
    sqlx::query!(
        "insert into imported_release (procurement_id, release_id, date, is_compiled, digest, content)
         select procurement_id, release_id, date, is_compiled, digest, content
         from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::bool[], $5::bytea[], $6::text[])
              with ordinality
              as new (procurement_id, release_id, date, is_compiled, digest, content, place)
         order by place",
        &procurements,
        &ids as &[&str],
        &dates,
        &compiled,
        &digests,
        &contents,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Inserts or updates the states of the processes that the batch changed.
pub async fn keep_states(
    connection: &mut PgConnection,
    processes: impl Iterator<Item = &KnownProcess>,
) -> Result<(), sqlx::Error> {
    let changed: Vec<&KnownProcess> = processes.filter(|process| process.is_changed).collect();
    if changed.is_empty() {
        return Ok(());
    }
    let procurements: Vec<Uuid> = changed.iter().map(|process| process.id.0).collect();
    let states: Vec<String> = changed
        .iter()
        .map(|process| process.compiled.to_string())
        .collect();
    let newest: Vec<Option<DateTime<Utc>>> = changed.iter().map(|process| process.newest).collect();
    let newest_compiled = changed.iter().map(|process| process.newest_compiled);
    let newest_compiled: Vec<Option<DateTime<Utc>>> = newest_compiled.collect();
    sqlx::query!(
        "insert into imported_process (procurement_id, compiled, newest, newest_compiled)
         select * from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::timestamptz[])
         on conflict (procurement_id) do update set compiled = excluded.compiled,
             newest = excluded.newest, newest_compiled = excluded.newest_compiled",
        &procurements,
        &states,
        &newest as &[Option<DateTime<Utc>>],
        &newest_compiled as &[Option<DateTime<Utc>>],
    )
    .execute(connection)
    .await?;
    Ok(())
}
