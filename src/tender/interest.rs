//! Joint bids: a supplier says in public that it would bid with others for a procurement. Nobody is listed who did not
//! choose to be, and who is listed may take it back.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::store::interest as store;
use crate::{
    auth::{
        Actor,
        policy::{self, table},
    },
    database::{Database, IdempotencyKey, UnitOfWork},
    kernel::{
        ids::{JointBidInterestId, OrganisationId, PersonId, ProcurementId},
        refusal::{Code, Fallible, Refusal, Refusals},
        text::{LocalizedText, check_text},
    },
    organisation,
    procurement::{Phase, manage::lock_visible},
};

/// What a supplier wishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[sqlx(type_name = "text", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Wish {
    /// It would lead a bid and looks for others to join.
    LookingForPartners,
    /// It would join the bid of another.
    OfferingPartnership,
}

/// A supplier's interest in a joint bid.
#[derive(Debug, Serialize)]
pub struct Declare {
    /// For which procurement.
    pub procurement: ProcurementId,
    /// What it wishes.
    pub wish: Wish,
    /// What it brings or lacks, for everyone to read.
    pub text: LocalizedText,
}

/// An interest as it is stored.
#[derive(Debug)]
pub struct NewInterest<'a> {
    pub id: JointBidInterestId,
    pub organisation: OrganisationId,
    pub declared: &'a Declare,
    pub by: PersonId,
    pub at: DateTime<Utc>,
}

/// Declares an interest in public, or says an earlier one anew. Needs the role OWNER, SIGNATORY or CONTRIBUTOR in a
/// supplier.
pub async fn declare(
    database: &Database,
    actor: &Actor,
    command: Declare,
    key: Option<&IdempotencyKey>,
) -> Fallible<ProcurementId> {
    let (person, organisation) =
        policy::supplier(actor, const { table::supplier("declareJointBidInterest") })?;
    check(&command)?;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work
        .replay("declareJointBidInterest", key, &command)
        .await?
    {
        return Ok(first);
    }
    let procurement = lock_visible(&mut work, actor, command.procurement).await?;
    let now = work.now().await?;
    let phase = procurement.phase(now);
    if !matches!(phase, Phase::Upcoming | Phase::Tendering) {
        let message = format!(
            "joint bids are prepared in phase UPCOMING or TENDERING; this procurement is {}",
            phase.as_str()
        );
        return Err(Refusal::new(Code::WrongPhase, message).into());
    }
    let interest = NewInterest {
        id: JointBidInterestId::new(),
        organisation,
        declared: &command,
        by: person.id,
        at: now,
    };
    store::put(work.connection(), &interest).await?;
    work.audit(
        "interest.declare",
        procurement.id.0,
        json!({ "wish": command.wish }),
    )
    .await?;
    work.commit(&procurement.id).await?;
    Ok(procurement.id)
}

fn check(command: &Declare) -> Result<(), Vec<Refusal>> {
    let mut refusals = Refusals::default();
    refusals.require(!command.text.is_empty(), || {
        let message = "say in a sentence what you bring or look for";
        Refusal::at(Code::Required, &["text"], message)
    });
    let limit = organisation::rules::TEXT_LIMIT;
    check_text(&command.text, limit, &["text"], &mut refusals);
    refusals.into_result()
}

/// Takes the supplier's interest back, in any phase; it is deleted. Needs the role OWNER, SIGNATORY or CONTRIBUTOR.
pub async fn withdraw(
    database: &Database,
    actor: &Actor,
    procurement: ProcurementId,
    key: Option<&IdempotencyKey>,
) -> Fallible<ProcurementId> {
    let (_, organisation) =
        policy::supplier(actor, const { table::supplier("withdrawJointBidInterest") })?;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work
        .replay("withdrawJointBidInterest", key, &procurement)
        .await?
    {
        return Ok(first);
    }
    let found = lock_visible(&mut work, actor, procurement).await?;
    if !store::delete(work.connection(), found.id, organisation).await? {
        let message = "the organisation you act for has no interest declared here";
        return Err(Refusal::new(Code::AlreadyDone, message).into());
    }
    work.audit("interest.withdraw", found.id.0, json!({}))
        .await?;
    work.commit(&found.id).await?;
    Ok(found.id)
}
