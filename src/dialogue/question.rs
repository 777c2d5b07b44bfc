//! What is done with a question after it is asked: its asker takes it back or is named, others say "mine too", the buyer
//! releases, redacts, merges or refuses it.

pub mod disclose;
pub mod merge;
pub mod moderate;
pub mod support;
pub mod withdraw;

use chrono::{DateTime, Utc};

use super::{
    event, rules,
    store::{moderation, moderation::Subject, questions},
};
use crate::{
    auth::{
        Actor,
        policy::{self, BuyerAction},
    },
    database::UnitOfWork,
    kernel::{
        ids::{OrganisationId, QuestionId},
        refusal::{Fallible, Refusal},
    },
    procurement::{manage::lock_visible, store::Procurement},
};

/// A question that is being changed, its procurement locked.
pub(super) struct Change {
    pub procurement: Procurement,
    pub subject: Subject,
    pub now: DateTime<Utc>,
}

impl Change {
    /// Refuses once the dialogue is over.
    pub fn check_phase(&self) -> Result<(), Refusal> {
        rules::check_answering_phase(self.procurement.phase(self.now))
    }

    /// The event that this happened to the question now.
    pub fn event(&self, kind: event::Kind) -> event::Event {
        event::Event {
            procurement: self.procurement.id,
            dialogue: Some(self.subject.dialogue),
            kind,
            subject: self.subject.id.0,
            at: self.now,
        }
    }
}

/// The question, named by a field of the input, for a member of the buyer who may do this.
pub(super) async fn of_buyer(
    work: &mut UnitOfWork,
    actor: &Actor,
    (question, field): (QuestionId, &str),
    action: BuyerAction,
) -> Fallible<Change> {
    let not_found = || Refusal::not_found(field, "question");
    let place = questions::place(work.connection(), question).await?;
    let (procurement, _) = place.ok_or_else(not_found)?;
    let procurement = lock_visible(work, actor, procurement).await?;
    let reader = actor.person().and_then(|person| person.acting_for);
    let (subject, now) = subject(work, question, reader).await?;
    let subject = subject.ok_or_else(not_found)?;
    if let Err(refusal) = policy::buyer(actor, procurement.buyer, action) {
        let known = subject.standing.released || subject.own || actor.acts_for(procurement.buyer);
        return Err(if known { refusal } else { not_found() }.into());
    }
    Ok(Change {
        procurement,
        subject,
        now,
    })
}

/// The question, for a supplier, if it may know of it.
pub(super) async fn of_supplier(
    work: &mut UnitOfWork,
    actor: &Actor,
    question: QuestionId,
    organisation: OrganisationId,
) -> Fallible<Change> {
    let not_found = || Refusal::not_found("questionId", "question");
    let place = questions::place(work.connection(), question).await?;
    let (procurement, _) = place.ok_or_else(not_found)?;
    let procurement = lock_visible(work, actor, procurement).await?;
    let (subject, now) = subject(work, question, Some(organisation)).await?;
    let known = subject.filter(|subject| subject.standing.released || subject.own);
    Ok(Change {
        procurement,
        subject: known.ok_or_else(not_found)?,
        now,
    })
}

async fn subject(
    work: &mut UnitOfWork,
    question: QuestionId,
    reader: Option<OrganisationId>,
) -> Fallible<(Option<Subject>, DateTime<Utc>)> {
    let now = work.now().await?;
    let mut found = moderation::subjects(work.connection(), &[question], reader, now).await?;
    Ok((found.pop(), now))
}
