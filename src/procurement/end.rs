//! The buyer ends a procurement: cancels or withdraws it, states that no tender could win, or that the contract is over.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    manage::lock,
    phase::{Phase, Step},
    rules, store,
};
use crate::{
    auth::{
        Actor,
        policy::{self, table},
    },
    database::{Database, Event, IdempotencyKey, Job, Notify, UnitOfWork},
    kernel::{
        ids::ProcurementId,
        refusal::{Code, Fallible, Refusal, Refusals},
        text::{self, LocalizedText},
    },
};

/// Why no winner was chosen (eForms BT-144, code list `non-award-justification`, SDK 1.15).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "kebab-case")]
#[sqlx(type_name = "text", rename_all = "kebab-case")]
pub enum NonAwardReason {
    /// All tenders, requests to participate or projects were withdrawn or found inadmissible.
    AllRej,
    /// The needs changed.
    ChanNeed,
    /// There are not enough funds.
    InsFund,
    /// No tender, request to participate or project was received.
    NoRece,
    /// The highest ranked tenderers refused to sign the contract.
    NoSigned,
    /// Only one admissible tender, request to participate or project was received.
    OneAdmis,
    /// Another reason.
    Other,
    /// A review body or court decided so.
    RevBody,
    /// The buyer decided so, asked by a tenderer to review the award.
    RevBuyer,
    /// Technical or procedural errors.
    TchPrError,
}

/// The end of a procurement.
#[derive(Debug, Serialize)]
pub struct End {
    /// Which procurement.
    pub procurement: ProcurementId,
    /// CANCELLED, UNSUCCESSFUL, WITHDRAWN or COMPLETE.
    pub phase: Phase,
    /// Why no winner was chosen: with CANCELLED and UNSUCCESSFUL, and with these alone.
    pub reason_code: Option<NonAwardReason>,
    /// Why, in words; COMPLETE needs none.
    pub reason: LocalizedText,
}

/// How a procurement ended; never changed.
#[derive(Clone, Debug)]
pub struct Ended {
    /// As what.
    pub phase: Phase,
    /// `None` with WITHDRAWN and COMPLETE, and where a cancellation was not coded yet.
    pub reason_code: Option<NonAwardReason>,
    /// Why, in words.
    pub reason: Option<LocalizedText>,
    /// When.
    pub at: DateTime<Utc>,
}

/// Ends a procurement with a reason; followers are told. Needs the role PUBLISHER in the buyer.
pub async fn end(
    database: &Database,
    actor: &Actor,
    command: End,
    key: Option<&IdempotencyKey>,
) -> Fallible<ProcurementId> {
    let person = policy::signed_in(actor)?.id;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("endProcurement", key, &command).await? {
        return Ok(first);
    }
    let procurement = lock(
        &mut work,
        actor,
        command.procurement,
        const { table::buyer("endProcurement") },
    )
    .await?;
    let now = work.now().await?;
    check(procurement.phase(now), &command)?;
    store::end(work.connection(), &command, person, now).await?;
    let detail = json!({ "phase": command.phase, "reasonCode": command.reason_code, "reason": command.reason });
    work.audit("procurement.end", procurement.id.0, detail)
        .await?;
    work.enqueue(Job::Index(vec![procurement.id])).await?;
    work.enqueue(Job::Notify(Notify {
        procurement: procurement.id,
        event: Event::ProcurementEnded,
        subject: procurement.id.0,
        at: now,
    }))
    .await?;
    work.commit(&procurement.id).await?;
    Ok(procurement.id)
}

/// Pure: may it end so, and does it say why?
fn check(phase: Phase, command: &End) -> Result<(), Vec<Refusal>> {
    let mut refusals = Refusals::default();
    if let Err(refusal) = phase.after(Step::End(command.phase)) {
        refusals.push(refusal);
    }
    refusals.require(
        command.phase == Phase::Complete || !command.reason.is_empty(),
        || {
            Refusal::at(
                Code::Required,
                &["reason"],
                "say why, in the procurement's language at least",
            )
        },
    );
    let limit = rules::TEXT_LIMIT;
    text::check_text(&command.reason, limit, &["reason"], &mut refusals);
    let coded = matches!(command.phase, Phase::Cancelled | Phase::Unsuccessful);
    refusals.require(!coded || command.reason_code.is_some(), || {
        let message = "say by a code why no winner was chosen (BT-144), e.g. `INS_FUND`; `OTHER` if none fits";
        Refusal::at(Code::Required, &["reasonCode"], message)
    });
    refusals.require(coded || command.reason_code.is_none(), || {
        let message = "a code (BT-144) goes with CANCELLED and UNSUCCESSFUL alone; leave it out";
        Refusal::at(Code::Invalid, &["reasonCode"], message)
    });
    refusals.into_result()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(phase: Phase, code: Option<NonAwardReason>, reason: &str) -> Vec<(Code, String)> {
        let from = match phase {
            Phase::Withdrawn => Phase::Upcoming,
            Phase::Complete => Phase::Awarded,
            _ => Phase::Evaluation,
        };
        let command = End {
            procurement: ProcurementId::new(),
            phase,
            reason_code: code,
            reason: LocalizedText::of("en", reason),
        };
        let refusals = check(from, &command).err().unwrap_or_default();
        refusals
            .into_iter()
            .map(|refusal| (refusal.code, refusal.field.join(".")))
            .collect()
    }

    #[test]
    fn each_end_says_why_in_its_way() {
        let coded = Some(NonAwardReason::InsFund);
        let (no_code, odd_code) = (Code::Required, Code::Invalid);
        for phase in [Phase::Cancelled, Phase::Unsuccessful] {
            assert_eq!(refused(phase, coded, "Why."), []);
            assert_eq!(
                refused(phase, None, "Why."),
                [(no_code, "reasonCode".into())]
            );
            assert_eq!(
                refused(phase, coded, ""),
                [(Code::Required, "reason".into())]
            );
        }
        for phase in [Phase::Withdrawn, Phase::Complete] {
            assert_eq!(refused(phase, None, "Why."), []);
            assert_eq!(
                refused(phase, coded, "Why."),
                [(odd_code, "reasonCode".into())]
            );
        }
        assert_eq!(refused(Phase::Complete, None, ""), []);
        assert_eq!(
            refused(Phase::Withdrawn, None, ""),
            [(Code::Required, "reason".into())]
        );
    }
}
