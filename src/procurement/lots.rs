//! The lots of a procurement after the deadline: their states, and the phase that follows.

use chrono::{DateTime, Utc};

use super::{
    phase::Phase,
    rules::lots::{LotState, phase_of_lots},
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

/// Returns the IDs of the lots that the buyer has ended without a winner.
pub async fn ended(work: &mut UnitOfWork, procurement: ProcurementId) -> Fallible<Vec<String>> {
    let states = store::lot_states(work.connection(), procurement).await?;
    let ended = states.into_iter().filter_map(|(lot, state)| match state {
        LotState::Ended(_) => Some(lot),
        LotState::Open | LotState::Awarded => None,
    });
    Ok(ended.collect())
}
