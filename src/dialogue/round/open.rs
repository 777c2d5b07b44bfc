//! The buyer opens a round of dialogue, at once or from a later time.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::{
    attach_documents,
    rules::{self, DialogueKind, Window},
    store::{self, NewDialogue, documents::NewRoundDocuments},
};
use crate::{
    auth::policy::{
        BuyerAction, Mutation,
        mutation::{BuyerCaller, ByBuyer},
    },
    database::{UnitOfWork, UseCase},
    dialogue::event::{self, DialogueEvent, DialogueEventKind},
    dialogue::notification::{DIALOGUE_CLOSED, DIALOGUE_OPENED},
    kernel::{
        ids::{DialogueId, DocumentId, ProcurementId},
        refusal::{Code, Fallible, Refusal, Refusals},
        text::{self, LocalizedText},
        zone::Zone,
    },
    procurement::jobs::IndexProcurements,
    procurement::notification::{Notify, NotifyAt},
    procurement::{
        self, deadline,
        lock::lock_for_buyer,
        rules::{self as procurement_rules, warnings::Surroundings},
        store::Procurement,
    },
};

/// Opens a round. Followers are notified when it opens and when it ends. Needs the role EDITOR or
/// PUBLISHER in the buyer. A round of kind PARTNERSHIP makes the procurement one that never becomes
/// a tender.
#[derive(Debug, Serialize)]
pub struct OpenDialogue {
    /// Procurement that the round belongs to.
    pub procurement: ProcurementId,
    /// Purpose of the round.
    pub kind: DialogueKind,
    /// Title of the round.
    pub title: LocalizedText,
    /// What the buyer wants to learn from the market; may be empty.
    pub description: LocalizedText,
    /// Time at which the round opens; `None` opens it at once.
    pub opens_at: Option<DateTime<Utc>>,
    /// Time before which questions are accepted.
    pub questions_until: DateTime<Utc>,
    /// Time before which answers are expected; `None` means `closes_at`.
    pub answers_until: Option<DateTime<Utc>>,
    /// Time at which the round ends.
    pub closes_at: DateTime<Utc>,
    /// Time zone in which the buyer states these times.
    pub time_zone: Zone,
    /// Whether a question is public only after the buyer releases it.
    pub moderated: bool,
    /// Documents of the buyer that the round shows or reviews.
    pub documents: Vec<DocumentId>,
}

impl UseCase for OpenDialogue {
    type Access = ByBuyer;
    const MUTATION: Mutation<ByBuyer> = Mutation::buyer("openDialogue", BuyerAction::RunDialogue);
    type Target = Procurement;
    type Output = DialogueId;

    async fn lock(&self, work: &mut UnitOfWork, caller: &BuyerCaller) -> Fallible<Procurement> {
        lock_for_buyer(work, caller, self.procurement).await
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &BuyerCaller,
        procurement: Procurement,
        now: DateTime<Utc>,
    ) -> Fallible<DialogueId> {
        let window = Window {
            opens_at: self.opens_at.unwrap_or(now),
            questions_until: self.questions_until,
            answers_until: self.answers_until.unwrap_or(self.closes_at),
            closes_at: self.closes_at,
            zone: self.time_zone,
            cancelled: false,
        };
        check_texts(&self)?;
        rules::check_opening(procurement.phase(now), self.kind, &window, now)?;
        let surroundings = Surroundings {
            country: deadline::country(work, procurement.buyer)
                .await?
                .unwrap_or_default(),
            zone: self.time_zone,
            now,
        };
        let deadline = procurement.tender_deadline;
        work.warn(rules::window_warnings(
            &window,
            None,
            deadline,
            &surroundings,
        ));
        let id = DialogueId::new();
        let new = NewDialogue {
            id,
            procurement: procurement.id,
            kind: self.kind,
            title: &self.title,
            description: &self.description,
            window,
            moderated: self.moderated,
            opened_by: caller.person,
        };
        store::insert(work.connection(), &new).await?;
        if self.kind == DialogueKind::Partnership {
            procurement::store::set_partnership(work.connection(), procurement.id).await?;
        }
        let documents = NewRoundDocuments {
            dialogue: id,
            documents: &self.documents,
            reason: &LocalizedText::default(),
            added_by: caller.person,
            added_at: now,
        };
        attach_documents(work, &documents, &[], (procurement.buyer, &window)).await?;
        work.audit("dialogue.open", procurement.id.0, json!({ "dialogue": id }));
        work.enqueue(&IndexProcurements::now(vec![procurement.id]))?;
        announce(work, procurement.id, id, &window).await?;
        Ok(id)
    }
}

/// Records the events of the round's opening and end, and schedules the notifications for these
/// times.
async fn announce(
    work: &mut UnitOfWork,
    procurement: ProcurementId,
    dialogue: DialogueId,
    window: &Window,
) -> Fallible<()> {
    for (kind, notification, at) in [
        (
            DialogueEventKind::DialogueOpened,
            DIALOGUE_OPENED,
            window.opens_at,
        ),
        (
            DialogueEventKind::DialogueClosed,
            DIALOGUE_CLOSED,
            window.closes_at,
        ),
    ] {
        let event = DialogueEvent {
            procurement,
            dialogue: Some(dialogue),
            kind,
            subject: dialogue.0,
            at,
        };
        event::record(work, event).await?;
        let notify = Notify {
            procurement,
            event: notification,
            subject: dialogue.0,
            about: None,
            at,
        };
        work.enqueue(&NotifyAt(notify))?;
    }
    Ok(())
}

fn check_texts(command: &OpenDialogue) -> Fallible<()> {
    let mut refusals = Refusals::default();
    refusals.require(!command.title.is_empty(), || {
        let message = "`title` is empty; give the dialogue a title";
        Refusal::at(Code::Required, &["title"], message)
    });
    let title_limit = procurement_rules::TITLE_LIMIT;
    text::check_text(&command.title, title_limit, &["title"], &mut refusals);
    let text_limit = procurement_rules::TEXT_LIMIT;
    text::check_text(
        &command.description,
        text_limit,
        &["description"],
        &mut refusals,
    );
    Ok(refusals.into_result()?)
}
