//! Locking a procurement for a change of it.

use super::{
    read,
    store::{self, Procurement},
};
use crate::{
    auth::policy::mutation::BuyerCaller,
    database::UnitOfWork,
    kernel::{
        ids::ProcurementId,
        refusal::{Code, Fallible, Refusal},
    },
};

/// Locks the procurement for a member of its buyer. A procurement that the caller may not see is
/// not found.
pub async fn lock_for_buyer(
    work: &mut UnitOfWork,
    caller: &BuyerCaller,
    id: ProcurementId,
) -> Fallible<Procurement> {
    let procurement = lock_visible(work, id).await?;
    caller.check(work.actor(), procurement.buyer)?;
    Ok(procurement)
}

/// Locks the procurement for anybody who may see it. A procurement that the caller may not see is
/// not found.
pub async fn lock_visible(work: &mut UnitOfWork, id: ProcurementId) -> Fallible<Procurement> {
    store::lock(work.connection(), id)
        .await?
        .filter(|procurement| read::may_see(work.actor(), procurement))
        .ok_or_else(|| Refusal::not_found("procurementId", "procurement").into())
}

/// Refuses a change that is based on an older revision than the current one.
pub fn check_revision(procurement: &Procurement, known: i32) -> Result<(), Refusal> {
    if procurement.revision == known {
        return Ok(());
    }
    Err(Refusal::at(
        Code::Conflict,
        &["revision"],
        message!(
            "another user changed this procurement: its revision is {revision}, your input has {known}; load it again and \
             repeat your change",
            revision = procurement.revision,
            known,
        ),
    ))
}
