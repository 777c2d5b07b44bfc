//! Telling the buyer what it must share, until it has: when tendering begins, and each day of it.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::store;
use crate::{
    auth::policy::BuyerAction,
    database::{self, Database},
    kernel::{ids::ProcurementId, refusal::Fallible},
};

/// How many procurements are looked at in one statement.
const BATCH: usize = 200;

/// Tells the buyers' editors and publishers of the procurements that receive tenders while not everyone can read what must
/// be shared; of one procurement, or of all. Each person is told of a procurement once a day (UTC), however often this
/// runs. Answers how many were told.
pub async fn remind(database: &Database, only: Option<ProcurementId>) -> Fallible<u64> {
    let mut connection = database.pool.acquire().await?;
    let now = database::now(&mut connection, database).await?;
    drop(connection);
    let roles = BuyerAction::RunDialogue.roles().iter();
    let roles: Vec<String> = roles.map(|role| role.as_str().to_owned()).collect();
    let mut told = 0;
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
        told += store::notify_buyers(&database.pool, &unshared, &roles, now).await?;
    }
    Ok(told)
}

/// What a day's reminder is known by: the same for the whole day.
fn subject(procurement: ProcurementId, now: DateTime<Utc>) -> Uuid {
    Uuid::new_v5(&procurement.0, now.date_naive().to_string().as_bytes())
}
