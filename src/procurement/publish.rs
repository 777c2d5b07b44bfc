//! The buyer publishes: a draft becomes an immutable, numbered notice.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    amendment, attachments, changes,
    content::{Content, Draft},
    joint,
    manage::{check_revision, lock},
    phase::Phase,
    reservation::ReservationRules,
    rules,
    store::{self, NewNotice, Procurement},
};
use crate::{
    auth::{
        Actor,
        policy::{self, table},
    },
    database::{Database, Event, IdempotencyKey, Job, Notify, UnitOfWork},
    kernel::{
        ids::{NoticeId, ProcurementId},
        refusal::{Code, Fallible, Refusal, Refusals},
        text::{self, LocalizedText},
    },
};

/// What to publish.
#[derive(Debug, Serialize)]
pub struct Publish {
    /// Which procurement.
    pub procurement: ProcurementId,
    /// UPCOMING or TENDERING.
    pub phase: Phase,
    /// The revision the publisher saw; without it, whatever is there.
    pub revision: Option<i32>,
    /// Why an earlier notice is changed; required when there is one.
    pub reason: LocalizedText,
}

/// What was published.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Published {
    /// The procurement.
    pub procurement: ProcurementId,
    /// Its new notice.
    pub notice: NoticeId,
}

/// Publishes the draft, or the notice in force again with another phase. Needs the role PUBLISHER in the buyer.
pub async fn publish(
    database: &Database,
    reservations: &ReservationRules,
    actor: &Actor,
    command: Publish,
    key: Option<&IdempotencyKey>,
) -> Fallible<Published> {
    let person = policy::signed_in(actor)?.id;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("publishNotice", key, &command).await? {
        return Ok(first);
    }
    let procurement = lock(
        &mut work,
        actor,
        command.procurement,
        const { table::buyer("publishNotice") },
    )
    .await?;
    if let Some(revision) = command.revision {
        check_revision(&procurement, revision)?;
    }
    let now = work.now().await?;
    let draft = draft_to_publish(&mut work, &procurement).await?;
    check(&procurement, &draft, &command, reservations, now)?;
    check_amendment(&mut work, &procurement, &draft, &command, now).await?;
    joint::check_consents(&mut work, &procurement, &draft.content).await?;
    let notice = NewNotice {
        id: NoticeId::new(),
        procurement: procurement.id,
        number: procurement.notice.as_ref().map_or(1, |n| n.number + 1),
        phase: command.phase,
        draft: &draft,
        reason: (!command.reason.is_empty()).then_some(&command.reason),
        published_by: person,
        published_at: now,
    };
    store::insert_notice(work.connection(), &notice).await?;
    attachments::publish(&mut work, procurement.buyer, &notice).await?;
    follow_up(&mut work, &notice).await?;
    let published = Published {
        procurement: procurement.id,
        notice: notice.id,
    };
    work.commit(&published).await?;
    Ok(published)
}

fn check(
    procurement: &Procurement,
    draft: &Draft,
    command: &Publish,
    reservations: &ReservationRules,
    now: DateTime<Utc>,
) -> Fallible<()> {
    rules::check_partnership(procurement.partnership, command.phase)?;
    rules::check_publication(
        (procurement.phase(now), procurement.tender_deadline),
        command.phase,
        draft,
        reservations,
        now,
    )?;
    let mut refusals = Refusals::default();
    let amends = procurement.stored_phase() == command.phase;
    refusals.require(!amends || !command.reason.is_empty(), || {
        Refusal::at(
            Code::Required,
            &["reason"],
            "say why the published notice is changed",
        )
    });
    let limit = rules::TEXT_LIMIT;
    text::check_text(&command.reason, limit, &["reason"], &mut refusals);
    Ok(refusals.into_result()?)
}

/// A notice that keeps the phase changes something; while tendering is open, only what [`amendment`] allows.
async fn check_amendment(
    work: &mut UnitOfWork,
    procurement: &Procurement,
    draft: &Draft,
    command: &Publish,
    now: DateTime<Utc>,
) -> Fallible<()> {
    let phase = procurement.stored_phase();
    let Some(notice) = procurement
        .notice
        .as_ref()
        .filter(|_| phase == command.phase)
    else {
        return Ok(());
    };
    let lots = store::lots_in_force(work.connection(), procurement.id).await?;
    let in_force = changes::document(&notice.content, changes::lots(&lots)?)?;
    let next = changes::document(&draft.content, changes::lots(&draft.lots)?)?;
    let changes = changes::changes(&in_force, &next);
    if changes.is_empty() {
        return Err(Refusal::new(
            Code::AlreadyDone,
            "nothing has changed since the notice in force; update the procurement first",
        )
        .into());
    }
    let mut refusals = Refusals::default();
    if phase == Phase::Tendering {
        let deadline = draft.content.tender_deadline;
        amendment::check_while_tendering(&changes, deadline, now, &mut refusals);
    }
    Ok(refusals.into_result()?)
}

async fn draft_to_publish(work: &mut UnitOfWork, procurement: &Procurement) -> Fallible<Draft> {
    if let Some(draft) = &procurement.draft {
        return Ok(draft.clone());
    }
    let Some(notice) = &procurement.notice else {
        return Err(Refusal::new(
            Code::Required,
            "there is nothing to publish; write a draft first",
        )
        .into());
    };
    Ok(Draft {
        content: Content::clone(&notice.content),
        lots: store::lots_in_force(work.connection(), procurement.id).await?,
    })
}

async fn follow_up(work: &mut UnitOfWork, notice: &NewNotice<'_>) -> Fallible<()> {
    let detail = json!({ "number": notice.number, "phase": notice.phase, "notice": notice.id });
    work.audit("notice.publish", notice.procurement.0, detail)
        .await?;
    work.enqueue(Job::Index(vec![notice.procurement])).await?;
    if notice.phase == Phase::Tendering
        && let Some(deadline) = notice.draft.content.tender_deadline
    {
        work.enqueue(Job::IndexAt(notice.procurement, deadline))
            .await?;
        work.enqueue(Job::RemindToShare(notice.procurement)).await?;
    }
    work.enqueue(Job::Notify(Notify {
        procurement: notice.procurement,
        event: Event::NoticePublished,
        subject: notice.id.0,
        at: notice.published_at,
    }))
    .await
}
