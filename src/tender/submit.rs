//! A supplier submits or withdraws a tender.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    rules,
    sealing::{Place, SealingKey, TenderContent},
    store::{self, NewTender},
};
use crate::{
    auth::{
        Actor, Person,
        policy::{self, table},
    },
    database::{Database, IdempotencyKey, UnitOfWork},
    kernel::{
        ids::{ProcurementId, TenderId},
        refusal::{Code, Failure, Fallible, Refusal},
    },
    organisation::{self, nonprofit::Status},
    procurement::{
        self,
        manage::lock_visible,
        reservation::{ReservationRule, ReservationRules, check_supplier},
    },
};

/// An offer.
#[derive(Debug, Serialize)]
pub struct Submit {
    /// To which procurement.
    pub procurement: ProcurementId,
    /// What is offered.
    pub content: TenderContent,
}

/// Seals and stores a tender. A later one of the same organisation replaces it.
/// Needs the role OWNER or SIGNATORY in a supplier.
///
/// The time that counts is the database's clock, read after the lock on the procurement.
pub async fn submit(
    database: &Database,
    sealing: &SealingKey,
    reservations: &ReservationRules,
    actor: &Actor,
    command: Submit,
    key: Option<&IdempotencyKey>,
) -> Fallible<TenderId> {
    let (person, organisation) =
        policy::supplier(actor, const { table::supplier("submitTender") })?;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("submitTender", key, &command).await? {
        return Ok(first);
    }
    let procurement = lock_visible(&mut work, actor, command.procurement).await?;
    let now = work.now().await?;
    rules::check_receiving(procurement.stored_phase(), procurement.tender_deadline, now)?;
    let lots = procurement::store::lots_in_force(work.connection(), procurement.id).await?;
    rules::check_content(&command.content, &lots)?;
    if let Some(notice) = &procurement.notice {
        rules::check_lot_count(&command.content, notice.content.max_lots_per_tenderer)?;
        let rules = rules::reserved_by(&command.content, &notice.content, &lots, reservations);
        check_reserved(&mut work, person, rules).await?;
    }
    let place = Place {
        procurement: procurement.id,
        organisation,
        tender: TenderId::new(),
    };
    let sealed = sealing
        .seal(place, command.content)
        .map_err(Failure::unexpected)?;
    let tender = NewTender {
        place,
        notice: procurement.notice.as_ref().map(|notice| notice.number),
        sealed: &sealed.ciphertext,
        sha256: &sealed.sha256,
        submitted_by: person.id,
        submitted_at: now,
    };
    store::insert(work.connection(), &tender).await?;
    work.audit(
        "tender.submit",
        procurement.id.0,
        json!({ "tender": place.tender }),
    )
    .await?;
    work.commit(&place.tender).await?;
    Ok(place.tender)
}

/// Is the organisation one of those that participation is reserved for?
async fn check_reserved(
    work: &mut UnitOfWork,
    person: &Person,
    rules: Vec<&ReservationRule>,
) -> Fallible<()> {
    let Some(membership) = person.acting() else {
        return Ok(());
    };
    let registered = rules.iter().any(|rule| rule.registered)
        && organisation::store::nonprofit_status(work.connection(), membership.organisation)
            .await?
            == Some(Status::Registered);
    for rule in rules {
        check_supplier(rule, membership.kind, registered)?;
    }
    Ok(())
}

/// A withdrawal.
#[derive(Debug, Serialize, Deserialize)]
pub struct Withdraw {
    /// Which tender.
    pub tender: TenderId,
}

/// Withdraws a tender before the deadline; answers of which procurement it was. Needs the role OWNER or SIGNATORY in its supplier.
pub async fn withdraw(
    database: &Database,
    actor: &Actor,
    command: Withdraw,
    key: Option<&IdempotencyKey>,
) -> Fallible<(ProcurementId, TenderId)> {
    let (person, organisation) =
        policy::supplier(actor, const { table::supplier("withdrawTender") })?;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("withdrawTender", key, &command).await? {
        return Ok(first);
    }
    let procurement = store::procurement_of(work.connection(), command.tender, organisation)
        .await?
        .ok_or_else(|| Refusal::not_found("tenderId", "tender"))?;
    let procurement = lock_visible(&mut work, actor, procurement).await?;
    let now = work.now().await?;
    rules::check_receiving(procurement.stored_phase(), procurement.tender_deadline, now)?;
    if !store::insert_withdrawal(work.connection(), command.tender, person.id, now).await? {
        return Err(Refusal::new(Code::AlreadyDone, "this tender was withdrawn before").into());
    }
    work.audit(
        "tender.withdraw",
        procurement.id.0,
        json!({ "tender": command.tender }),
    )
    .await?;
    let outcome = (procurement.id, command.tender);
    work.commit(&outcome).await?;
    Ok(outcome)
}
