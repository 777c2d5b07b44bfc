//! The opener: the one part that holds the private key. It runs in a process of its own (`torg
//! opener`).

use std::collections::HashMap;

use super::{
    opening_record, rules,
    sealing::{OpeningKey, SealingError},
    store::{self, Opened},
};
use crate::{
    database::{self, Database},
    kernel::{
        ids::ProcurementId,
        refusal::{Failure, Fallible},
    },
    procurement,
    procurement::notification::Notify,
    tender::notification::TENDERS_OPENED,
};

/// Opens a procurement's tenders, all or none, after its own look at the deadline. Again is no
/// change.
///
/// A tender that cannot be authenticated is recorded as such, never skipped.
pub async fn open_tenders(
    database: &Database,
    key: &OpeningKey,
    id: ProcurementId,
) -> Fallible<()> {
    let mut transaction = database::begin(&database.pool).await?;
    let procurement = procurement::store::lock(&mut transaction, id)
        .await?
        .ok_or_else(|| Failure::unexpected("a procurement to open is not there"))?;
    if !store::opening_pending(&mut transaction, id).await? {
        return Ok(());
    }
    let now = crate::database::now(&mut transaction, database).await?;
    let (deadline, zone) = procurement.deadline();
    rules::check_opening(procurement.stored_phase(), deadline, zone, now)?;
    let mut results = HashMap::new();
    for tender in store::sealed(&mut transaction, id).await? {
        let opened = match key.open(tender.binding, &tender.sealed, &tender.sha256) {
            Ok(content) => Opened::Content(content),
            // Nothing is recorded with a wrong key, so that the right one can still open them.
            Err(SealingError::WrongKey) => {
                return Err(Failure::unexpected(SealingError::WrongKey));
            }
            Err(reason) => {
                tracing::error!(tender = %tender.binding.tender.0, %reason, "a sealed tender could not be opened");
                Opened::Failure("this tender could not be authenticated".into())
            }
        };
        store::insert_opened(&mut transaction, tender.binding.tender, &opened).await?;
        results.insert(tender.binding.tender, opened);
    }
    let record = opening_record::store(&mut transaction, &procurement, &results, now).await?;
    match &database.chain_key {
        Some(key) => opening_record::sign(&mut transaction, key, id, record, now).await?,
        None => {
            tracing::warn!(procurement = %id.0, "the opening is not in the chain: no chain key")
        }
    }
    store::set_opened(&mut transaction, id, now).await?;
    let notify = Notify {
        procurement: id,
        event: TENDERS_OPENED,
        subject: id.0,
        about: None,
        at: now,
    };
    database::enqueue(&mut transaction, database, &notify).await?;
    transaction.commit().await?;
    Ok(())
}
