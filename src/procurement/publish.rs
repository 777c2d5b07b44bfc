//! The buyer publishes: a draft becomes an immutable, numbered notice.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    amendment, attachments, changes,
    content::{Content, Draft},
    deadline, four_eyes, joint,
    lock::{check_revision, lock_for_buyer},
    phase::Phase,
    reservation::ReservationRules,
    rules::{self, warnings},
    store::{self, NewNotice, Procurement},
};
use crate::{
    auth::policy::{
        BuyerAction, Mutation,
        mutation::{BuyerCaller, ByBuyer},
    },
    chain::Event,
    database::{UnitOfWork, UseCase},
    kernel::{
        ids::{NoticeId, ProcurementId},
        refusal::{Code, Fallible, Refusal, Refusals},
        text::{self, LocalizedText},
    },
    procurement::jobs::{IndexProcurements, RemindToShare},
    procurement::notification::{NOTICE_PUBLISHED, Notify},
};

/// Publishes the draft as a notice, or the notice in force again with another phase.
#[derive(Debug, Serialize)]
pub struct PublishNotice {
    /// The procurement.
    pub procurement: ProcurementId,
    /// UPCOMING or TENDERING.
    pub phase: Phase,
    /// Revision that the publication is based on; `None` publishes the current one.
    pub revision: Option<i32>,
    /// Reason for changing an earlier notice; required when there is one.
    pub reason: LocalizedText,
    /// Rules by which participation may be reserved.
    #[serde(skip)]
    pub reservations: Arc<ReservationRules>,
    /// Public key that tenders are sealed to (age).
    #[serde(skip)]
    pub recipient: String,
}

/// A procurement and the notice published for it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Published {
    /// The procurement.
    pub procurement: ProcurementId,
    /// Its new notice.
    pub notice: NoticeId,
}

impl UseCase for PublishNotice {
    type Access = ByBuyer;
    const MUTATION: Mutation<ByBuyer> = Mutation::buyer("publishNotice", BuyerAction::Publish);
    type Target = Procurement;
    type Output = Published;

    async fn lock(&self, work: &mut UnitOfWork, caller: &BuyerCaller) -> Fallible<Procurement> {
        lock_for_buyer(work, caller, self.procurement).await
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &BuyerCaller,
        procurement: Procurement,
        now: DateTime<Utc>,
    ) -> Fallible<Published> {
        if let Some(revision) = self.revision {
            check_revision(&procurement, revision)?;
        }
        four_eyes::check_publishing(work, &procurement, self.phase, caller.person).await?;
        let mut draft = draft_to_publish(work, &procurement).await?;
        deadline::set_zone(work, procurement.buyer, &mut draft.content).await?;
        check(&procurement, &draft, &self, now)?;
        let in_force = in_force(work, &procurement).await?;
        check_amendment(work, &procurement, (in_force.as_ref(), &draft), &self, now).await?;
        warn(
            work,
            &procurement,
            (in_force.as_ref(), &draft),
            self.phase,
            now,
        )
        .await?;
        joint::check_consents(work, &procurement, &draft.content).await?;
        let notice = NewNotice {
            id: NoticeId::new(),
            procurement: procurement.id,
            number: procurement.notice.as_ref().map_or(1, |n| n.number + 1),
            phase: self.phase,
            draft: &draft,
            reason: (!self.reason.is_empty()).then_some(&self.reason),
            published_by: caller.person,
            published_at: now,
        };
        store::insert_notice(work.connection(), &notice).await?;
        work.stores_more(serde_json::to_vec(&draft)?.len());
        attachments::publish(work, procurement.buyer, &notice).await?;
        record(work, &procurement, &notice, self.recipient).await?;
        follow_up(work, &notice).await?;
        Ok(Published {
            procurement: procurement.id,
            notice: notice.id,
        })
    }
}

fn check(
    procurement: &Procurement,
    draft: &Draft,
    command: &PublishNotice,
    now: DateTime<Utc>,
) -> Fallible<()> {
    rules::check_partnership(procurement.partnership, command.phase)?;
    rules::check_publication(
        (procurement.phase(now), procurement.tender_deadline),
        command.phase,
        draft,
        &command.reservations,
        now,
    )?;
    let mut refusals = Refusals::default();
    let amends = procurement.stored_phase() == command.phase;
    refusals.require(!amends || !command.reason.is_empty(), || {
        Refusal::at(
            Code::Required,
            &["reason"],
            "`reason` is empty; state why the published notice is changed",
        )
    });
    let limit = rules::TEXT_LIMIT;
    text::check_text(&command.reason, limit, &["reason"], &mut refusals);
    Ok(refusals.into_result()?)
}

/// Refuses a notice in the same phase that changes nothing and, while tendering is open, changes
/// that [`amendment`] does not allow.
async fn check_amendment(
    work: &mut UnitOfWork,
    procurement: &Procurement,
    (in_force, draft): (Option<&Draft>, &Draft),
    command: &PublishNotice,
    now: DateTime<Utc>,
) -> Fallible<()> {
    let phase = procurement.stored_phase();
    let Some(in_force) = in_force.filter(|_| phase == command.phase) else {
        return Ok(());
    };
    let document = |draft: &Draft| changes::document(&draft.content, changes::lots(&draft.lots)?);
    let next = document(draft)?;
    let changed = changes::changes(&document(in_force)?, &next);
    if changed.is_empty() {
        return Err(Refusal::new(
            Code::AlreadyDone,
            "nothing has changed since the notice in force; update the procurement first",
        )
        .into());
    }
    let content = &draft.content;
    let Some(deadline) = content
        .tender_deadline
        .filter(|_| phase == Phase::Tendering)
    else {
        return Ok(());
    };
    // Corrections add up: each may be a typing error, and all together another text.
    let known_at = deadline - amendment::TIME_TO_ADAPT;
    let known = store::tendered_at(work.connection(), procurement.id, known_at).await?;
    let since_known = match &known {
        Some(known) => changes::changes(&document(known)?, &next),
        None => changed.clone(),
    };
    let mut refusals = Refusals::default();
    let deadline = (deadline, content.deadline_zone());
    amendment::check_while_tendering(&changed, &since_known, deadline, now, &mut refusals);
    Ok(refusals.into_result()?)
}

/// Returns content and lots of the notice in force.
async fn in_force(work: &mut UnitOfWork, procurement: &Procurement) -> Fallible<Option<Draft>> {
    let Some(notice) = &procurement.notice else {
        return Ok(None);
    };
    Ok(Some(Draft {
        content: Content::clone(&notice.content),
        lots: store::lots_in_force(work.connection(), procurement.id).await?,
    }))
}

/// Raises the warnings about the draft that the notice in force does not raise as well.
async fn warn(
    work: &mut UnitOfWork,
    procurement: &Procurement,
    (in_force, draft): (Option<&Draft>, &Draft),
    phase: Phase,
    now: DateTime<Utc>,
) -> Fallible<()> {
    let country = deadline::country(work, procurement.buyer).await?;
    let last_round = store::last_round_end(work.connection(), procurement.id).await?;
    let of = |draft: &Draft, phase: Phase| {
        let content = &draft.content;
        let surroundings = warnings::Surroundings {
            country: country.clone().unwrap_or_default(),
            zone: content.deadline_zone(),
            now,
        };
        let mut found = warnings::of_draft(draft, &surroundings);
        if let Some(ends) = last_round.filter(|_| phase == Phase::Tendering) {
            let (deadline, zone) = (content.tender_deadline, surroundings.zone);
            found.extend(warnings::of_round("tenderDeadline", ends, deadline, zone));
        }
        found
    };
    let known = in_force.map(|in_force| of(in_force, procurement.stored_phase()));
    let raised = of(draft, phase);
    work.warn(warnings::new_warnings(raised, &known.unwrap_or_default()));
    Ok(())
}

async fn draft_to_publish(work: &mut UnitOfWork, procurement: &Procurement) -> Fallible<Draft> {
    if let Some(draft) = &procurement.draft {
        return Ok(draft.clone());
    }
    let Some(notice) = &procurement.notice else {
        return Err(Refusal::new(
            Code::Required,
            "the procurement has neither a draft nor a notice; write a draft first",
        )
        .into());
    };
    Ok(Draft {
        content: Content::clone(&notice.content),
        lots: store::lots_in_force(work.connection(), procurement.id).await?,
    })
}

/// Adds the invitation of tenders, or their changed deadline, to the procurement's chain.
async fn record(
    work: &mut UnitOfWork,
    procurement: &Procurement,
    notice: &NewNotice<'_>,
    recipient: String,
) -> Fallible<()> {
    let deadline = notice.draft.content.tender_deadline;
    let Some(deadline) = deadline.filter(|_| notice.phase == Phase::Tendering) else {
        return Ok(());
    };
    let number = notice.number;
    let event = match procurement.stored_phase() {
        Phase::Tendering if procurement.tender_deadline == Some(deadline) => return Ok(()),
        Phase::Tendering => Event::DeadlineChanged {
            notice: number,
            deadline,
        },
        _ => Event::TendersInvited {
            notice: number,
            deadline,
            recipient,
        },
    };
    work.record(procurement.id, event).await?;
    Ok(())
}

async fn follow_up(work: &mut UnitOfWork, notice: &NewNotice<'_>) -> Fallible<()> {
    let detail = json!({ "number": notice.number, "phase": notice.phase, "notice": notice.id });
    work.audit("notice.publish", notice.procurement.0, detail);
    work.enqueue(&IndexProcurements::now(vec![notice.procurement]))?;
    if notice.phase == Phase::Tendering
        && let Some(deadline) = notice.draft.content.tender_deadline
    {
        work.enqueue(&IndexProcurements::at(notice.procurement, deadline))?;
        work.enqueue(&RemindToShare {
            procurement: Some(notice.procurement),
        })?;
    }
    work.enqueue(&Notify {
        procurement: notice.procurement,
        event: NOTICE_PUBLISHED,
        subject: notice.id.0,
        about: None,
        at: notice.published_at,
    })
}
