//! The buyer asks for the tenders to be opened. The opener's process opens them a moment later.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{rules, store};
use crate::{
    auth::policy::{
        BuyerAction, Mutation,
        mutation::{BuyerCaller, ByBuyer},
    },
    chain::Event,
    database::{Database, UnitOfWork, UseCase},
    kernel::{
        ids::ProcurementId,
        refusal::{Code, Fallible, Refusal},
    },
    procurement::{lock::lock_for_buyer, store::Procurement},
    tender::jobs::OpenSealedTenders,
};

/// Requests the opening of a procurement's tenders, once the deadline has passed. The request is in
/// the audit log before anything is decrypted.
#[derive(Debug, Serialize)]
pub struct OpenTenders {
    /// The procurement.
    pub procurement: ProcurementId,
}

/// The procurement whose opening was requested.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OpeningRequested(pub ProcurementId);

impl UseCase for OpenTenders {
    type Access = ByBuyer;
    const MUTATION: Mutation<ByBuyer> = Mutation::buyer("openTenders", BuyerAction::OpenTenders);
    type Target = Procurement;
    type Output = OpeningRequested;

    async fn lock(&self, work: &mut UnitOfWork, caller: &BuyerCaller) -> Fallible<Procurement> {
        lock_for_buyer(work, caller, self.procurement).await
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &BuyerCaller,
        procurement: Procurement,
        now: DateTime<Utc>,
    ) -> Fallible<OpeningRequested> {
        let (deadline, zone) = procurement.deadline();
        rules::check_opening(procurement.stored_phase(), deadline, zone, now)?;
        let id = procurement.id;
        let inserted = store::insert_opening(work.connection(), id, caller.person, now).await?;
        // A row without a signed entry was not requested through Torg, and requests nothing.
        let is_request = |event: &Event| matches!(event, Event::OpeningRequested { .. });
        if !inserted && work.has_recorded(id, is_request).await? {
            let message = "the opening of these tenders was requested before";
            return Err(Refusal::new(Code::AlreadyDone, message).into());
        }
        let person = caller.person;
        work.record(id, Event::OpeningRequested { person }).await?;
        work.audit("tenders.open", id.0, json!({}));
        work.enqueue(&OpenSealedTenders { procurement: id })?;
        Ok(OpeningRequested(id))
    }
}

/// Waits at most three seconds until the opener has opened the tenders, so that most clients need
/// not ask again.
pub async fn wait_until_opened(
    database: &Database,
    procurement: ProcurementId,
) -> Result<(), sqlx::Error> {
    const ATTEMPTS: u32 = 40;
    const PAUSE: Duration = Duration::from_millis(75);
    for _ in 0..ATTEMPTS {
        let found = store::openings(&database.pool, &[procurement]).await?;
        if found.iter().any(|opening| opening.opened_at.is_some()) {
            break;
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}
