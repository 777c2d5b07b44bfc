//! Adding entries to a procurement's chain.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use super::store;
use crate::{
    chain::{ChainKey, Entry, Event, Signed},
    kernel::{
        ids::ProcurementId,
        refusal::{Failure, Fallible},
    },
};

/// Adds an entry at the end of a procurement's chain and returns it signed. The caller has locked
/// the procurement's row, so that no other entry comes between, and has read the time `at` after it.
pub async fn append(
    connection: &mut PgConnection,
    key: &ChainKey,
    procurement: ProcurementId,
    at: DateTime<Utc>,
    event: Event,
) -> Fallible<Signed> {
    let last = store::chain::last(connection, procurement).await?;
    let entry = Entry {
        procurement,
        number: 1 + last.map_or(0, |(number, _)| number),
        previous: last.map(|(_, hash)| hash),
        at,
        salt: Some(Uuid::new_v4().simple().to_string()),
        event,
    };
    let signed = key.sign(&entry).map_err(Failure::unexpected)?;
    store::chain::insert(connection, &signed).await?;
    Ok(signed)
}

/// Loads a procurement's chain, in ascending order of numbers. It is not verified.
pub async fn load(
    executor: impl PgExecutor<'_>,
    procurement: ProcurementId,
) -> Result<Vec<Signed>, sqlx::Error> {
    store::chain::of_procurement(executor, procurement).await
}
