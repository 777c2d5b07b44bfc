//! The buyer writes: create a draft, change it, end the procurement.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    attachments,
    content::Draft,
    read, rules,
    rules::Phase,
    store::{self, Procurement},
};
use crate::{
    auth::{
        Actor,
        policy::{self, BuyerAction},
    },
    database::{Database, Event, IdempotencyKey, Job, Notify, Work},
    kernel::{
        ids::{OrganisationId, ProcurementId},
        refusal::{Code, Failure, Outcome, Refusal, Refusals},
        text::LocalizedText,
    },
};

/// Our prefix of open contracting IDs.
const OCID_PREFIX: &str = "ocds-torg00";

/// A new procurement of the acting buyer.
#[derive(Debug, Serialize)]
pub struct Create {
    /// Its first draft.
    pub draft: Draft,
}

/// Creates a draft. Needs the role EDITOR or PUBLISHER in the buyer the actor acts for.
pub async fn create(
    database: &Database,
    actor: &Actor,
    command: Create,
    key: Option<&IdempotencyKey>,
) -> Outcome<ProcurementId> {
    let (_, buyer) = policy::any_buyer(actor, BuyerAction::Edit)?;
    rules::check_draft(&command.draft)?;
    let mut work = Work::begin(database, actor).await?;
    if let Some(first) = work.replay("createProcurement", key, &command).await? {
        return Ok(first);
    }
    let id = ProcurementId::new();
    let ocid = format!("{OCID_PREFIX}-{}", id.0.simple());
    let now = work.now().await?;
    store::insert_draft(work.connection(), id, &ocid, buyer, &command.draft, now).await?;
    attachments::hold(&mut work, id, buyer, &command.draft.content, now).await?;
    work.audit("procurement.create", id.0, json!({})).await?;
    work.commit(&id).await?;
    Ok(id)
}

/// A changed draft.
#[derive(Debug, Serialize)]
pub struct Update {
    /// Which procurement.
    pub procurement: ProcurementId,
    /// The revision the editor saw.
    pub revision: i32,
    /// What it shall say now.
    pub draft: Draft,
}

/// Replaces the draft, unless somebody else changed the procurement since the stated revision.
pub async fn update(
    database: &Database,
    actor: &Actor,
    command: Update,
    key: Option<&IdempotencyKey>,
) -> Outcome<ProcurementId> {
    let mut work = Work::begin(database, actor).await?;
    if let Some(first) = work.replay("updateProcurement", key, &command).await? {
        return Ok(first);
    }
    let procurement = lock(&mut work, actor, command.procurement, BuyerAction::Edit).await?;
    let now = work.now().await?;
    let phase = procurement.phase(now);
    if !matches!(phase, Phase::Draft | Phase::Upcoming | Phase::Tendering) {
        let message = format!(
            "a procurement in phase {} is not changed any more",
            phase.as_str()
        );
        return Err(Refusal::new(Code::WrongPhase, message).into());
    }
    check_revision(&procurement, command.revision)?;
    rules::check_draft(&command.draft)?;
    store::update_draft(work.connection(), procurement.id, &command.draft, now).await?;
    let content = &command.draft.content;
    attachments::hold(&mut work, procurement.id, procurement.buyer, content, now).await?;
    work.audit(
        "procurement.update",
        procurement.id.0,
        json!({ "revision": command.revision + 1 }),
    )
    .await?;
    work.commit(&procurement.id).await?;
    Ok(procurement.id)
}

/// The end of a procurement.
#[derive(Debug, Serialize, Deserialize)]
pub struct End {
    /// Which procurement.
    pub procurement: ProcurementId,
    /// CANCELLED, UNSUCCESSFUL, WITHDRAWN or COMPLETE.
    pub phase: Phase,
    /// Why no winner was chosen (eForms BT-144), with UNSUCCESSFUL.
    pub reason_code: Option<String>,
    /// Why, in words.
    pub reason: LocalizedText,
}

/// Ends a procurement with a reason; followers are told. Needs the role PUBLISHER in the buyer.
pub async fn end(
    database: &Database,
    actor: &Actor,
    command: End,
    key: Option<&IdempotencyKey>,
) -> Outcome<ProcurementId> {
    let mut work = Work::begin(database, actor).await?;
    if let Some(first) = work.replay("endProcurement", key, &command).await? {
        return Ok(first);
    }
    let procurement = lock(&mut work, actor, command.procurement, BuyerAction::Publish).await?;
    let now = work.now().await?;
    let phase = procurement.phase(now);
    check_end(phase, &command)?;
    store::set_phase(work.connection(), procurement.id, command.phase, now).await?;
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

/// eForms code list `non-award-justification` (BT-144).
const NON_AWARD_REASONS: [&str; 10] = [
    "all-rej",
    "chan-need",
    "ins-fund",
    "no-rece",
    "no-signed",
    "one-admis",
    "other",
    "rev-body",
    "rev-buyer",
    "tch-pr-error",
];

fn check_end(phase: Phase, command: &End) -> Result<(), Failure> {
    let mut refusals = Refusals::default();
    refusals.require(phase.may_end(command.phase), || {
        let message = format!(
            "a procurement in phase {} cannot become {}",
            phase.as_str(),
            command.phase.as_str()
        );
        Refusal::at(Code::WrongPhase, &["phase"], message)
    });
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
    rules::check_text(
        &command.reason,
        rules::TEXT_LIMIT,
        &["reason"],
        &mut refusals,
    );
    if command.phase == Phase::Unsuccessful {
        let code = command.reason_code.as_deref().unwrap_or_default();
        refusals.require(NON_AWARD_REASONS.contains(&code), || {
            let message = format!(
                "`{code}` is not a reason for no award (BT-144); use one of {}",
                NON_AWARD_REASONS.join(", ")
            );
            Refusal::at(Code::UnknownCode, &["reasonCode"], message)
        });
    }
    Ok(refusals.into_result()?)
}

/// The procurement, locked, if the actor may do this for its buyer. One the actor may not see is "not found".
pub async fn lock(
    work: &mut Work,
    actor: &Actor,
    id: ProcurementId,
    action: BuyerAction,
) -> Outcome<Procurement> {
    let procurement = lock_visible(work, actor, id).await?;
    policy::buyer(actor, procurement.buyer, action)?;
    Ok(procurement)
}

/// The procurement, locked, if the actor may see it.
pub async fn lock_visible(
    work: &mut Work,
    actor: &Actor,
    id: ProcurementId,
) -> Outcome<Procurement> {
    store::lock(work.connection(), id)
        .await?
        .filter(|procurement| read::may_see(actor, procurement))
        .ok_or_else(|| Refusal::not_found("procurementId", "procurement").into())
}

/// Refuses a change that was made upon an older revision.
pub fn check_revision(procurement: &Procurement, seen: i32) -> Result<(), Refusal> {
    if procurement.revision == seen {
        return Ok(());
    }
    Err(Refusal::at(
        Code::Conflict,
        &["revision"],
        format!(
            "somebody changed this procurement meanwhile (revision {}, you saw {seen}); load it again and repeat your change",
            procurement.revision
        ),
    ))
}

/// The buyer's procurements for its own members, drafts included: IDs, newest first.
pub async fn of_buyer(
    database: &Database,
    actor: &Actor,
    buyer: OrganisationId,
    before: Option<ProcurementId>,
    first: i64,
) -> Outcome<Vec<ProcurementId>> {
    if !actor.acts_for(buyer) {
        return Ok(Vec::new());
    }
    Ok(store::ids_of_buyer(&database.pool, buyer, before, first + 1).await?)
}
