//! The buyer awards a lot to a tender.

use serde::Serialize;
use serde_json::json;

use super::store;
use crate::{
    auth::{
        Actor,
        policy::{self, table},
    },
    database::{Database, Event, IdempotencyKey, Job, Notify, UnitOfWork},
    kernel::{
        ids::{AwardId, ProcurementId, TenderId},
        refusal::{Code, Fallible, Refusal, Refusals},
        text::{self, LocalizedText},
    },
    procurement::{self, manage::lock, phase::Step, rules as procurement_rules},
};

/// An award decision.
#[derive(Debug, Serialize)]
pub struct Award {
    /// Of which procurement.
    pub procurement: ProcurementId,
    /// Which lot.
    pub lot: String,
    /// Who wins it.
    pub tender: TenderId,
    /// Why (Directive 2014/24/EU art. 55(2)).
    pub reason: LocalizedText,
}

/// Awards a lot; once every lot is awarded the procurement is AWARDED. Needs the role PUBLISHER in the buyer.
pub async fn award(
    database: &Database,
    actor: &Actor,
    command: Award,
    key: Option<&IdempotencyKey>,
) -> Fallible<ProcurementId> {
    let person = policy::signed_in(actor)?.id;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("awardProcurement", key, &command).await? {
        return Ok(first);
    }
    let procurement = lock(
        &mut work,
        actor,
        command.procurement,
        const { table::buyer("awardProcurement") },
    )
    .await?;
    let now = work.now().await?;
    let lots = procurement::store::lots_in_force(work.connection(), procurement.id).await?;
    check(&mut work, &procurement, &command, &lots, now).await?;
    let id = AwardId::new();
    if !store::insert_award(work.connection(), id, &command, person, now).await? {
        let message = format!("the lot `{}` was awarded before", command.lot);
        return Err(Refusal::at(Code::AlreadyDone, &["lotId"], message).into());
    }
    let awarded = store::award_count(work.connection(), procurement.id).await?;
    if awarded == lots.len() as i64 {
        let phase = procurement.phase(now).after(Step::Award { last: true })?;
        procurement::store::set_phase(work.connection(), procurement.id, phase, now).await?;
    }
    work.audit(
        "lot.award",
        procurement.id.0,
        json!({ "lot": command.lot, "tender": command.tender }),
    )
    .await?;
    work.enqueue(Job::Index(vec![procurement.id])).await?;
    work.enqueue(Job::Notify(Notify {
        procurement: procurement.id,
        event: Event::LotAwarded,
        subject: id.0,
        at: now,
    }))
    .await?;
    work.commit(&procurement.id).await?;
    Ok(procurement.id)
}

async fn check(
    work: &mut UnitOfWork,
    procurement: &procurement::store::Procurement,
    command: &Award,
    lots: &[procurement::Lot],
    now: chrono::DateTime<chrono::Utc>,
) -> Fallible<()> {
    procurement.phase(now).after(Step::Award { last: false })?;
    if !store::is_opened(work.connection(), procurement.id).await? {
        return Err(Refusal::new(Code::NotOpened, "open the tenders first").into());
    }
    let mut refusals = Refusals::default();
    refusals.require(lots.iter().any(|lot| lot.id == command.lot), || {
        Refusal::at(
            Code::NotFound,
            &["lotId"],
            format!("the procurement has no lot `{}`", command.lot),
        )
    });
    refusals.require(!command.reason.is_empty(), || {
        Refusal::at(Code::Required, &["reason"], "say why this tender wins")
    });
    text::check_text(
        &command.reason,
        procurement_rules::TEXT_LIMIT,
        &["reason"],
        &mut refusals,
    );
    let offered = store::opened_content(work.connection(), procurement.id, command.tender).await?;
    match offered {
        None => refusals.push(Refusal::at(
            Code::NotFound,
            &["tenderId"],
            "this procurement has no opened tender with this ID",
        )),
        Some(content) => refusals.require(content.lots.contains(&command.lot), || {
            Refusal::at(
                Code::Invalid,
                &["tenderId"],
                format!("this tender is not for the lot `{}`", command.lot),
            )
        }),
    }
    refusals.into_result()?;
    check_lots_awarded(work, procurement, command).await
}

/// Nobody wins more lots than the notice allows (BT-33).
async fn check_lots_awarded(
    work: &mut UnitOfWork,
    procurement: &procurement::store::Procurement,
    command: &Award,
) -> Fallible<()> {
    let notice = procurement.notice.as_ref();
    let Some(most) = notice.and_then(|notice| notice.content.max_lots_awarded) else {
        return Ok(());
    };
    let won = store::lots_won(work.connection(), command.tender).await?;
    if won < i64::from(most) {
        return Ok(());
    }
    let message =
        format!("one tenderer may win at most {most} lots here, and this one has won {won}");
    Err(Refusal::at(Code::OutOfRange, &["tenderId"], message).into())
}
