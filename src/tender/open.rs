//! The buyer approves the opening of the tenders. The opener's process opens them a moment after
//! the last approval.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::{
    opening_rules::{self, Approval},
    rules, store,
    store::opening,
};
use crate::{
    auth::{
        policy::{
            BuyerAction, Mutation,
            mutation::{BuyerCaller, ByBuyer},
        },
        store::same_person,
    },
    chain::Event,
    database::{Attempt, Database, UnitOfWork, UseCase},
    kernel::{
        ids::ProcurementId,
        refusal::{Code, Fallible, Refusal},
    },
    organisation::store::opening_rules as buyer_rules,
    procurement::{four_eyes, lock::lock_for_buyer, store::Procurement},
    tender::jobs::OpenSealedTenders,
};

/// Approves the opening of a procurement's tenders, once the deadline has passed: the first call
/// requests it, a call of another person confirms it. Each approval is in the chain and in the audit
/// log before anything is decrypted.
#[derive(Debug, Serialize)]
pub struct OpenTenders {
    /// The procurement.
    pub procurement: ProcurementId,
}

/// The procurement whose opening was approved.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OpeningRequested(pub ProcurementId);

impl UseCase for OpenTenders {
    type Access = ByBuyer;
    const MUTATION: Mutation<ByBuyer> = Mutation::buyer("openTenders", BuyerAction::OpenTenders);
    type Target = Procurement;
    type Output = OpeningRequested;

    fn attempt(&self) -> Option<Attempt> {
        Some(Attempt::new("tenders.open.refused", self.procurement.0))
    }

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
        // A row without signed approvals was not requested through Torg, and requests nothing.
        if store::is_requested(work.connection(), id).await? && is_approved(work, id).await? {
            let message = "the opening of these tenders was requested before";
            return Err(Refusal::new(Code::AlreadyDone, message).into());
        }
        four_eyes::check(work, &procurement, |rules| rules.opening, caller.person).await?;
        let pending = opening::pending(work.connection(), id).await?;
        let openers = match &pending {
            Some((_, pending)) => pending.openers,
            None => openers(work, &procurement).await?,
        };
        let same = same_person(work.connection(), caller.person).await?;
        let approves = pending.as_ref().map(|(_, pending)| pending);
        let approval = opening_rules::approve(approves, openers, &same)?;
        let person = opening::accountable(work.connection(), caller.person).await?;
        let (request, event) = match &pending {
            Some((request, _)) => (*request, Event::OpeningConfirmed { person }),
            None => {
                let request = Uuid::now_v7();
                opening::insert_request(work.connection(), request, id, openers, now).await?;
                (request, Event::OpeningRequested { person, openers })
            }
        };
        opening::insert_approval(work.connection(), request, person, caller.person, now).await?;
        work.record(id, event).await?;
        match approval {
            Approval::Requests => {
                work.audit("tenders.open.request", id.0, json!({ "openers": openers }));
            }
            Approval::Completes => {
                store::insert_opening(work.connection(), id, caller.person, now).await?;
                work.audit("tenders.open", id.0, json!({ "openers": openers }));
                work.enqueue(&OpenSealedTenders { procurement: id })?;
            }
        }
        Ok(OpeningRequested(id))
    }
}

/// Returns the number of persons who must approve a new opening of the procurement.
async fn openers(work: &mut UnitOfWork, procurement: &Procurement) -> Fallible<i32> {
    let rules = buyer_rules::of(work.connection(), procurement.buyer).await?;
    let notice = procurement.notice.as_ref();
    Ok(notice.map_or(2, |notice| {
        opening_rules::openers(rules.required_openers, &notice.content)
    }))
}

/// Cancels a requested opening that is not confirmed yet.
#[derive(Debug, Serialize)]
pub struct CancelOpening(pub ProcurementId);

impl UseCase for CancelOpening {
    type Access = ByBuyer;
    const MUTATION: Mutation<ByBuyer> = Mutation::buyer("cancelOpening", BuyerAction::OpenTenders);
    type Target = Procurement;
    type Output = ProcurementId;

    async fn lock(&self, work: &mut UnitOfWork, caller: &BuyerCaller) -> Fallible<Procurement> {
        lock_for_buyer(work, caller, self.0).await
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &BuyerCaller,
        procurement: Procurement,
        now: DateTime<Utc>,
    ) -> Fallible<ProcurementId> {
        let id = procurement.id;
        if store::is_requested(work.connection(), id).await? {
            let message = "the opening is confirmed and cannot be cancelled any more";
            return Err(Refusal::new(Code::AlreadyDone, message).into());
        }
        let Some((request, _)) = opening::pending(work.connection(), id).await? else {
            let message = "no opening of these tenders is requested; there is nothing to cancel";
            return Err(Refusal::at(Code::NotFound, &["procurementId"], message).into());
        };
        let person = opening::accountable(work.connection(), caller.person).await?;
        opening::insert_cancellation(work.connection(), request, caller.person, now).await?;
        work.record(id, Event::OpeningCancelled { person }).await?;
        work.audit("tenders.open.cancel", id.0, json!({}));
        Ok(id)
    }
}

/// Returns whether the entries of the chain approve the opening.
async fn is_approved(work: &mut UnitOfWork, procurement: ProcurementId) -> Fallible<bool> {
    let entries = work.recorded(procurement).await?;
    Ok(opening_rules::check_approved(&entries).is_ok())
}

/// Waits at most three seconds until the opener has opened tenders whose opening is confirmed, so
/// that most clients need not ask again.
pub async fn wait_until_opened(
    database: &Database,
    procurement: ProcurementId,
) -> Result<(), sqlx::Error> {
    const ATTEMPTS: u32 = 40;
    const PAUSE: Duration = Duration::from_millis(75);
    for _ in 0..ATTEMPTS {
        let found = opening::openings(&database.pool, &[procurement]).await?;
        let waits = found
            .iter()
            .any(|opening| opening.confirmed_at.is_some() && opening.opened_at.is_none());
        if !waits {
            break;
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}
