//! Questions and answers. A supplier asks anonymously; the buyer answers everyone.
//!
//! Everyone sees a question and its answers; only the asker sees who asked, unless it discloses its
//! name. In a moderated round a question is public only after the buyer releases it.

pub mod answer;
pub mod ask;
pub mod disclose;
pub mod merge;
pub mod redact;
pub mod refuse;
pub mod release;
pub mod rules;
pub mod save_answer_draft;
pub mod store;
pub mod support;
pub mod withdraw;

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::{
    auth::policy::mutation::BuyerCaller,
    database::UnitOfWork,
    dialogue::notification::QUESTION_ASKED,
    dialogue::{
        attachment,
        event::{self, DialogueEvent, DialogueEventKind},
        round::{rules::check_answering_phase, store::Dialogue},
        text::check_localized,
    },
    kernel::{
        ids::{OrganisationId, ProcurementId, QuestionId},
        refusal::{Fallible, Refusal, Refusals},
        text::LocalizedText,
    },
    procurement::notification::{NotificationEvent, Notify},
    procurement::{lock::lock_visible, store::Procurement},
};
use store::moderation::{self, QuestionSnapshot};

/// A question that a use case changes, with its procurement locked.
pub struct QuestionChange {
    procurement: Procurement,
    question: QuestionSnapshot,
    now: DateTime<Utc>,
}

impl QuestionChange {
    /// Refuses unless the procurement is in a phase in which a dialogue is held.
    fn check_phase(&self) -> Result<(), Refusal> {
        check_answering_phase(self.procurement.phase(self.now))
    }

    /// Returns the event of this kind about the question, at the time of the change.
    fn event(&self, kind: DialogueEventKind) -> DialogueEvent {
        DialogueEvent {
            procurement: self.procurement.id,
            dialogue: Some(self.question.dialogue),
            kind,
            subject: self.question.id.0,
            at: self.now,
        }
    }

    /// Adds the audit row and returns the question's ID.
    async fn finish(self, work: &mut UnitOfWork, action: &'static str) -> Fallible<QuestionId> {
        let question = self.question.id;
        let detail = json!({ "question": question });
        work.audit(action, self.procurement.id.0, detail);
        Ok(question)
    }
}

/// Loads a question and locks its procurement, for a member of the buyer who may do this. `field`
/// is the input field that names the question.
async fn lock_for_buyer(
    work: &mut UnitOfWork,
    caller: &BuyerCaller,
    (question, field): (QuestionId, &str),
) -> Fallible<QuestionChange> {
    let not_found = || Refusal::not_found(field, "question");
    let found = store::procurement_of(work.connection(), question).await?;
    let procurement = lock_visible(work, found.ok_or_else(not_found)?).await?;
    let actor = work.actor().clone();
    let reader = actor.person().and_then(|person| person.acting_for);
    let (snapshot, now) = load(work, question, reader).await?;
    let snapshot = snapshot.ok_or_else(not_found)?;
    if let Err(refusal) = caller.check(&actor, procurement.buyer) {
        let is_party = snapshot.own || actor.acts_for(procurement.buyer);
        let known = snapshot.history.is_released_to(is_party);
        return Err(if known { refusal } else { not_found() }.into());
    }
    Ok(QuestionChange {
        procurement,
        question: snapshot,
        now,
    })
}

/// Loads a question and locks its procurement, for a supplier that may read the question.
async fn lock_for_supplier(
    work: &mut UnitOfWork,
    question: QuestionId,
    organisation: OrganisationId,
) -> Fallible<QuestionChange> {
    let not_found = || Refusal::not_found("questionId", "question");
    let found = store::procurement_of(work.connection(), question).await?;
    let procurement = lock_visible(work, found.ok_or_else(not_found)?).await?;
    let (snapshot, now) = load(work, question, Some(organisation)).await?;
    let known = snapshot.filter(|snapshot| snapshot.history.is_released_to(snapshot.own));
    Ok(QuestionChange {
        procurement,
        question: known.ok_or_else(not_found)?,
        now,
    })
}

async fn load(
    work: &mut UnitOfWork,
    question: QuestionId,
    reader: Option<OrganisationId>,
) -> Fallible<(Option<QuestionSnapshot>, DateTime<Utc>)> {
    let now = work.now().await?;
    let mut found = moderation::snapshots(work.connection(), &[question], reader, now).await?;
    Ok((found.pop(), now))
}

/// Shares the attachments of a question that is public from now on, records the event and notifies
/// followers.
async fn publish(
    work: &mut UnitOfWork,
    dialogue: &Dialogue,
    question: QuestionId,
    now: DateTime<Utc>,
) -> Fallible<()> {
    let documents = attachment::store::of_question(work.connection(), question).await?;
    attachment::share(work, question.0, &documents, None, now).await?;
    let event = DialogueEvent {
        procurement: dialogue.procurement,
        dialogue: Some(dialogue.id),
        kind: DialogueEventKind::QuestionAsked,
        subject: question.0,
        at: now,
    };
    event::record(work, event).await?;
    let procurement = dialogue.procurement;
    work.enqueue(&notification(procurement, QUESTION_ASKED, question, now))
}

/// Returns the notification of an event that happens to a question once.
fn notification(
    procurement: ProcurementId,
    event: NotificationEvent,
    question: QuestionId,
    at: DateTime<Utc>,
) -> Notify {
    Notify {
        procurement,
        event,
        subject: question.0,
        about: None,
        at,
    }
}

/// Checks the reason that the buyer gives for redacting or refusing a question.
fn check_reason(reason: &LocalizedText) -> Fallible<()> {
    let mut refusals = Refusals::default();
    check_localized(reason, "a reason", &["reason"], &mut refusals);
    Ok(refusals.into_result()?)
}
