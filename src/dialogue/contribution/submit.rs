//! A supplier submits a contribution.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{
    AnswerSheet,
    answers::ReceiptContent,
    files,
    questionnaire::idea_call,
    rules::{self, Moment},
    store::{self, NewContribution},
};
use crate::{
    auth::policy::{
        Mutation, SupplierAction,
        mutation::{BySupplier, Member},
    },
    database::{UnitOfWork, UseCase},
    dialogue::{
        rate_limit::{self, LimitedAction},
        round::{lock_visible, store::Dialogue},
    },
    kernel::{
        ids::{ContributionId, DialogueId},
        refusal::{Code, Fallible, Refusal},
    },
    procurement::store::Procurement,
};

/// Submits a contribution and deletes the organisation's draft. A later contribution of the same
/// organisation replaces it. Any member of a supplier with the role OWNER, SIGNATORY or CONTRIBUTOR
/// may submit, because a contribution is not binding.
///
/// The deadline is compared with the database's clock, read after the lock on the procurement. A
/// contribution causes no event and no notification.
#[derive(Debug, Serialize)]
pub struct SubmitContribution {
    /// Round that the contribution answers.
    pub dialogue: DialogueId,
    /// Content of the contribution.
    pub sheet: AnswerSheet,
}

impl UseCase for SubmitContribution {
    type Access = BySupplier;
    const MUTATION: Mutation<BySupplier> =
        Mutation::supplier("contributeToDialogue", SupplierAction::Contribute);
    type Target = (Dialogue, Procurement);
    type Output = (DialogueId, ContributionId);

    async fn lock(&self, work: &mut UnitOfWork, _: &Member) -> Fallible<Self::Target> {
        lock_visible(work, self.dialogue).await
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &Member,
        (dialogue, procurement): (Dialogue, Procurement),
        now: DateTime<Utc>,
    ) -> Fallible<(DialogueId, ContributionId)> {
        rules::check_receiving(&Moment {
            phase: procurement.phase(now),
            window: dialogue.window,
            now,
        })?;
        let latest =
            store::questionnaires::of_dialogues(work.connection(), &[dialogue.id], true).await?;
        let questionnaire = latest
            .into_iter()
            .next()
            .or_else(|| idea_call(dialogue.id, dialogue.kind))
            .ok_or_else(no_questionnaire)?;
        rules::check_version(self.sheet.version, questionnaire.version)?;
        rules::check_answers(&questionnaire.questions, &self.sheet.answers)?;
        let action = LimitedAction::Contribute;
        rate_limit::count(work, procurement.id, caller.organisation, action, now).await?;
        let mut sheet = self.sheet;
        let id = ContributionId::new();
        let sender = (dialogue.id, caller.organisation);
        files::hold(work, id.0, sender, &mut sheet, now).await?;
        let sheet = sheet.in_order();
        let number =
            1 + store::count_own(work.connection(), dialogue.id, caller.organisation).await?;
        let text = ReceiptContent::new(dialogue.id, caller.organisation, number, &sheet).text()?;
        let new = NewContribution {
            id,
            dialogue: dialogue.id,
            organisation: caller.organisation,
            number,
            sheet: &sheet,
            sha256: &Sha256::digest(text),
            submitted_by: caller.person,
            submitted_at: now,
        };
        store::insert(work.connection(), &new).await?;
        files::share(work, (id, &sheet), sender, procurement.buyer, now).await?;
        files::release(work, dialogue.id, caller.organisation, now).await?;
        work.stores_object(dialogue.id.0);
        let detail = json!({ "contribution": id });
        work.audit("contribution.submit", procurement.id.0, detail);
        let outcome = (dialogue.id, id);
        Ok(outcome)
    }
}

fn no_questionnaire() -> Refusal {
    Refusal::at(
        Code::NotFound,
        &["dialogueId"],
        "this round has no questionnaire yet; follow the procurement to be notified of one, or ask a question",
    )
}
