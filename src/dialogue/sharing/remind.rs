//! Daily reminders to the buyer of the items that it must share, from the start of tendering on.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::store;
use crate::{
    auth::policy::BuyerAction,
    database::{self, Database},
    kernel::{ids::ProcurementId, refusal::Fallible},
};

/// Number of procurements that one statement checks.
const BATCH: usize = 200;

/// Notifies the buyers' editors and publishers of procurements that receive tenders while items
/// must still be shared: of all procurements, or only of one. A person gets at most one
/// notification per procurement and day (UTC), for any number of runs. Returns the number of
/// notifications.
pub async fn remind(database: &Database, only: Option<ProcurementId>) -> Fallible<u64> {
    let mut connection = database.pool.acquire().await?;
    let now = database::now(&mut connection, database).await?;
    drop(connection);
    let roles = BuyerAction::RunDialogue.roles().iter();
    let roles: Vec<String> = roles.map(|role| role.as_str().to_owned()).collect();
    let mut notified = 0;
    for batch in store::tendering(&database.pool, only, now)
        .await?
        .chunks(BATCH)
    {
        let items = store::items(&database.pool, batch, now).await?;
        let unshared: BTreeSet<ProcurementId> = items.iter().map(|item| item.procurement).collect();
        let unshared: Vec<(ProcurementId, Uuid)> = unshared
            .into_iter()
            .map(|procurement| (procurement, subject(procurement, now)))
            .collect();
        notified += store::notify_buyers(&database.pool, &unshared, &roles, now).await?;
    }
    Ok(notified)
}

/// Returns the subject ID of a day's reminder, which is the same for the whole day.
fn subject(procurement: ProcurementId, now: DateTime<Utc>) -> Uuid {
    Uuid::new_v5(&procurement.0, now.date_naive().to_string().as_bytes())
}
