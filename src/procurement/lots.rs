//! The lots of a procurement after the deadline: their states, and the phase that follows.

use chrono::{DateTime, Utc};

use super::{
    phase::Phase,
    rules::lots::{LotState, has_ended, phase_of_lots},
    store::{self, Procurement},
};
use crate::{
    database::UnitOfWork,
    kernel::{ids::ProcurementId, refusal::Fallible},
};

/// Sets the phase that follows from the lots, and returns it. The caller has locked the procurement
/// and changed a lot.
pub async fn settle(
    work: &mut UnitOfWork,
    procurement: &Procurement,
    now: DateTime<Utc>,
) -> Fallible<Phase> {
    let current = procurement.phase(now);
    let lots = store::lot_states(work.connection(), procurement.id).await?;
    let states: Vec<LotState> = lots.into_iter().map(|(_, state)| state).collect();
    let phase = phase_of_lots(current, &states);
    if phase != current {
        store::set_phase(work.connection(), procurement.id, phase, now).await?;
    }
    Ok(phase)
}

/// Returns the state of a lot; `None` if the notice in force does not have it.
pub async fn state(
    work: &mut UnitOfWork,
    procurement: ProcurementId,
    lot: &str,
) -> Fallible<Option<LotState>> {
    let lots = store::lot_states(work.connection(), procurement).await?;
    let mut lots = lots.into_iter();
    Ok(lots.find(|(id, _)| id == lot).map(|(_, state)| state))
}

/// Refuses lots that ended without a winner.
pub async fn refuse_ended(
    work: &mut UnitOfWork,
    procurement: ProcurementId,
    lots: &[String],
) -> Fallible<()> {
    let states = store::lot_states(work.connection(), procurement).await?;
    let ended = |lot: &&String| {
        let of_lot = states.iter().find(|(id, _)| id == *lot);
        of_lot.is_some_and(|(_, state)| matches!(state, LotState::Ended(_)))
    };
    match lots.iter().find(ended) {
        Some(lot) => {
            let mut refusal = has_ended(lot);
            refusal.field = vec!["lotIds".to_owned()];
            Err(refusal.into())
        }
        None => Ok(()),
    }
}
