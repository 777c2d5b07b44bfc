//! The buyer publishes a version of a round's questionnaire.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::{
    Questionnaire, QuestionnaireQuestion, announce,
    questionnaire::idea_call,
    rules::{self, Moment},
    store,
};
use crate::{
    auth::policy::{
        BuyerAction, Mutation,
        mutation::{BuyerCaller, ByBuyer},
    },
    database::{UnitOfWork, UseCase},
    dialogue::notification::QUESTIONNAIRE_PUBLISHED,
    dialogue::{
        event::DialogueEventKind,
        round::{lock_for_buyer, store::Dialogue},
    },
    kernel::{
        ids::{DialogueId, QuestionnaireId},
        refusal::Fallible,
        text::LocalizedText,
    },
    procurement::notification::Notify,
    procurement::store::Procurement,
};

/// Publishes the next version of a round's questionnaire, until the round ends. Followers are
/// notified, and so are the members of the organisations that have a draft or a contribution. Needs
/// the role EDITOR or PUBLISHER in the buyer.
#[derive(Debug, Serialize)]
pub struct PublishQuestionnaire {
    /// Round that the questionnaire belongs to.
    pub dialogue: DialogueId,
    /// Questions of this version.
    pub questions: Vec<QuestionnaireQuestion>,
    /// Reason for the change, for organisations that answered an earlier version.
    pub reason: LocalizedText,
}

impl UseCase for PublishQuestionnaire {
    type Access = ByBuyer;
    const MUTATION: Mutation<ByBuyer> =
        Mutation::buyer("publishQuestionnaire", BuyerAction::RunDialogue);
    type Target = (Dialogue, Procurement);
    type Output = (DialogueId, QuestionnaireId);

    async fn lock(&self, work: &mut UnitOfWork, caller: &BuyerCaller) -> Fallible<Self::Target> {
        lock_for_buyer(work, caller, self.dialogue).await
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &BuyerCaller,
        (dialogue, procurement): (Dialogue, Procurement),
        now: DateTime<Utc>,
    ) -> Fallible<(DialogueId, QuestionnaireId)> {
        rules::check_publishing_questionnaire(&Moment {
            phase: procurement.phase(now),
            window: dialogue.window,
            now,
        })?;
        let mut earlier =
            store::questionnaires::of_dialogues(work.connection(), &[dialogue.id], false).await?;
        earlier.extend(idea_call(dialogue.id, dialogue.kind));
        rules::check_questionnaire(&self.questions, &self.reason, &earlier)?;
        let new = Questionnaire {
            id: QuestionnaireId::new(),
            dialogue: dialogue.id,
            version: 1 + earlier.iter().map(|e| e.version).max().unwrap_or(0),
            questions: self.questions,
            reason: self.reason,
            published_at: Some(now),
        };
        store::questionnaires::insert(work.connection(), &new, caller.person, now).await?;
        let notify = Notify {
            procurement: procurement.id,
            event: QUESTIONNAIRE_PUBLISHED,
            subject: new.id.0,
            about: None,
            at: now,
        };
        store::questionnaires::notify_contributors(work.connection(), dialogue.id, &notify).await?;
        let kind = DialogueEventKind::QuestionnairePublished;
        announce(work, dialogue.id, kind, notify).await?;
        let detail = json!({ "questionnaire": new.id, "version": new.version });
        work.audit("questionnaire.publish", procurement.id.0, detail);
        let outcome = (dialogue.id, new.id);
        Ok(outcome)
    }
}
