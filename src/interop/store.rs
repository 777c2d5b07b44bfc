//! SQL of imports. A statement takes all rows of a batch as arrays.

mod dialogues;
mod process;

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

pub use dialogues::put_dialogues;
pub use process::{insert_releases, keep_states, known_processes, load_history};

use super::{import::NewNotice, ocds::Buyer};
use crate::kernel::ids::{OrganisationId, ProcurementId};

/// Number of the advisory lock that lets imports take turns: "torgimpo" in ASCII.
const IMPORT_LOCK: i64 = 0x746f_7267_696d_706f;

/// Waits for other imports and locks them out until the transaction ends. An import therefore reads
/// what the previous one wrote, and two imports never deadlock.
pub async fn take_turn(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("select pg_advisory_xact_lock($1)", IMPORT_LOCK)
        .execute(connection)
        .await?;
    Ok(())
}

/// Inserts the buyers that do not exist yet; existing ones stay unchanged. Their identifiers are
/// unclaimed: the organisation itself can register with the number later.
pub async fn insert_buyers(
    connection: &mut PgConnection,
    buyers: &BTreeMap<&str, &Buyer>,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = buyers.iter().map(|_| OrganisationId::new().0).collect();
    let keys: Vec<&str> = buyers.keys().copied().collect();
    let names: Vec<&str> = buyers.values().map(|buyer| buyer.name.as_str()).collect();
    let search_names: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
    let column = |read: fn(&Buyer) -> &Option<String>| -> Vec<Option<&str>> {
        buyers
            .values()
            .map(|buyer| read(buyer).as_deref())
            .collect()
    };
    sqlx::query!(
        "with added as (
             insert into organisation (id, kind, source_key, name, country, nuts, created_at, search_name)
             select id, 'BUYER', source_key, name, country, nuts, $8, search_name
             from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $9::text[])
                  as new (id, source_key, name, country, nuts, search_name)
             on conflict (source_key) do nothing
             returning id
         )
         insert into organisation_identifier (organisation_id, position, scheme, value, claimed)
         select added.id, 0, scheme, value, false
         from added join unnest($1::uuid[], $6::text[], $7::text[]) as new (id, scheme, value) on new.id = added.id
         where scheme is not null and value is not null",
        &ids,
        &keys as &[&str],
        &names as &[&str],
        &column(|buyer| &buyer.country) as &[Option<&str>],
        &column(|buyer| &buyer.nuts) as &[Option<&str>],
        &column(|buyer| &buyer.identifier_scheme) as &[Option<&str>],
        &column(|buyer| &buyer.identifier) as &[Option<&str>],
        now,
        &search_names,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Inserts procurements of existing buyers. [`put_in_force`] sets their notice.
pub async fn insert_procurements(
    connection: &mut PgConnection,
    new: &[&NewNotice],
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = new.iter().map(|notice| notice.procurement.0).collect();
    let ocids: Vec<&str> = new.iter().map(|notice| notice.ocid.as_str()).collect();
    let buyers = new.iter().map(|notice| notice.content.buyer_key.as_str());
    let buyers: Vec<&str> = buyers.collect();
    sqlx::query!(
        "insert into procurement (id, ocid, buyer_id, phase, imported, created_at, updated_at)
         select new.id, new.ocid, organisation.id, new.phase, true, $5, $5
         from unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) as new (id, ocid, buyer, phase)
         join organisation on organisation.source_key = new.buyer",
        &ids,
        &ocids as &[&str],
        &buyers as &[&str],
        &phases(new) as &[&str],
        now,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Inserts notices, which are immutable from then on.
pub async fn insert_notices(
    connection: &mut PgConnection,
    new: &[&NewNotice],
) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = new.iter().map(|notice| notice.id.0).collect();
    let procurements: Vec<Uuid> = new.iter().map(|notice| notice.procurement.0).collect();
    let numbers: Vec<i32> = new.iter().map(|notice| notice.number).collect();
    let contents = new.iter().map(|notice| notice.content.content.as_str());
    let contents: Vec<&str> = contents.collect();
    let dates: Vec<DateTime<Utc>> = new.iter().map(|notice| notice.published_at).collect();
    let releases: Vec<&str> = new.iter().map(|notice| notice.release.as_str()).collect();
    sqlx::query!(
        "insert into notice (id, procurement_id, number, phase, content, published_at, release_id)
         select id, procurement_id, number, phase, content::jsonb, published_at, release_id
         from unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[], $5::text[], $6::timestamptz[], $7::text[])
              as new (id, procurement_id, number, phase, content, published_at, release_id)",
        &ids,
        &procurements,
        &numbers,
        &phases(new) as &[&str],
        &contents as &[&str],
        &dates,
        &releases as &[&str],
    )
    .execute(connection)
    .await?;
    Ok(())
}

fn phases<'a>(new: &[&'a NewNotice]) -> Vec<&'a str> {
    new.iter()
        .map(|notice| notice.content.phase.as_str())
        .collect()
}

/// Inserts the notices' lots.
pub async fn insert_lots(
    connection: &mut PgConnection,
    new: &[&NewNotice],
) -> Result<(), sqlx::Error> {
    let lots: Vec<_> = new
        .iter()
        .flat_map(|notice| {
            let placed = (0_i32..).zip(&notice.content.lots);
            placed.map(|(position, (id, content))| {
                (notice.id.0, position, id.as_str(), content.as_str())
            })
        })
        .collect();
    if lots.is_empty() {
        return Ok(());
    }
    let notices: Vec<Uuid> = lots.iter().map(|lot| lot.0).collect();
    let positions: Vec<i32> = lots.iter().map(|lot| lot.1).collect();
    let ids: Vec<&str> = lots.iter().map(|lot| lot.2).collect();
    let contents: Vec<&str> = lots.iter().map(|lot| lot.3).collect();
    sqlx::query!(
        "insert into lot (notice_id, position, id, content)
         select notice_id, position, id, content::jsonb
         from unnest($1::uuid[], $2::int[], $3::text[], $4::text[]) as new (notice_id, position, id, content)",
        &notices,
        &positions,
        &ids as &[&str],
        &contents as &[&str],
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Puts one notice of each procurement in force, with its buyer if that is new. Drafts stay
/// unchanged.
pub async fn put_in_force(
    connection: &mut PgConnection,
    notices: &[&NewNotice],
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let procurements: Vec<Uuid> = notices.iter().map(|notice| notice.procurement.0).collect();
    let ids: Vec<Uuid> = notices.iter().map(|notice| notice.id.0).collect();
    let deadlines = notices.iter().map(|notice| notice.content.deadline);
    let deadlines: Vec<Option<DateTime<Utc>>> = deadlines.collect();
    let buyers = notices.iter().map(|notice| {
        let key = notice.content.buyer_key.as_str();
        notice.is_buyer_new.then_some(key)
    });
    let buyers: Vec<Option<&str>> = buyers.collect();
    sqlx::query!(
        "update procurement set phase = new.phase, notice_id = new.notice_id, tender_deadline = new.deadline,
                revision = revision + 1, updated_at = $5,
                buyer_id = coalesce((select id from organisation where source_key = new.buyer), buyer_id)
         from unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $6::text[])
              as new (id, notice_id, phase, deadline, buyer)
         where procurement.id = new.id",
        &procurements,
        &ids,
        &phases(notices) as &[&str],
        &deadlines as &[Option<DateTime<Utc>>],
        now,
        &buyers as &[Option<&str>],
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Inserts audit rows for the imported notices. They name no person, since the operator imports
/// them.
pub async fn audit(
    connection: &mut PgConnection,
    new: &[&NewNotice],
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let procurements: Vec<Uuid> = new.iter().map(|notice| notice.procurement.0).collect();
    let notices: Vec<Uuid> = new.iter().map(|notice| notice.id.0).collect();
    let numbers: Vec<i32> = new.iter().map(|notice| notice.number).collect();
    sqlx::query!(
        "insert into audit (at, action, subject_id, detail)
         select $5, 'notice.import', procurement,
                jsonb_build_object('number', number, 'phase', phase, 'notice', notice)
         from unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[]) as new (procurement, notice, number, phase)",
        &procurements,
        &notices,
        &numbers,
        &phases(new) as &[&str],
        now,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Returns the procurements that have followers or tenders.
pub async fn followed(
    connection: &mut PgConnection,
    procurements: &[ProcurementId],
) -> Result<HashSet<ProcurementId>, sqlx::Error> {
    let procurements: Vec<Uuid> = procurements.iter().map(|id| id.0).collect();
    let followed = sqlx::query_scalar!(
        r#"select procurement_id as "id!: ProcurementId" from follow where procurement_id = any($1)
           union select procurement_id from tender where procurement_id = any($1)"#,
        &procurements,
    )
    .fetch_all(connection)
    .await?;
    Ok(followed.into_iter().collect())
}
