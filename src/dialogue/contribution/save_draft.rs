//! A supplier saves a draft of its contribution.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{
    AnswerSheet, Questionnaire, files,
    questionnaire::idea_call,
    rules::{self, Moment},
    store,
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
        ids::{ContributionDraftId, DialogueId},
        refusal::{Fallible, Refusal},
    },
    procurement::store::Procurement,
};

/// Saves a draft, which only the organisation's members read. Refuses with CONFLICT when another
/// member changed it since the stated revision. Any member of a supplier with the role OWNER,
/// SIGNATORY or CONTRIBUTOR may save until the round ends.
#[derive(Debug, Serialize)]
pub struct SaveDraft {
    /// Round that the draft belongs to.
    pub dialogue: DialogueId,
    /// Revision of the draft that the editor knows; 0 for none.
    pub revision: i32,
    /// Content of the draft.
    pub sheet: AnswerSheet,
}

impl UseCase for SaveDraft {
    type Access = BySupplier;
    const MUTATION: Mutation<BySupplier> =
        Mutation::supplier("saveContributionDraft", SupplierAction::Contribute);
    type Target = (Dialogue, Procurement);
    type Output = (DialogueId, ContributionDraftId);

    async fn lock(&self, work: &mut UnitOfWork, _: &Member) -> Fallible<Self::Target> {
        lock_visible(work, self.dialogue).await
    }

    async fn perform(
        mut self,
        work: &mut UnitOfWork,
        caller: &Member,
        (dialogue, procurement): (Dialogue, Procurement),
        now: DateTime<Utc>,
    ) -> Fallible<(DialogueId, ContributionDraftId)> {
        rules::check_receiving(&Moment {
            phase: procurement.phase(now),
            window: dialogue.window,
            now,
        })?;
        let versions =
            store::questionnaires::of_dialogues(work.connection(), &[dialogue.id], false).await?;
        let questions = version(&dialogue, versions, self.sheet.version)?.questions;
        rules::check_draft(&questions, &self.sheet.answers)?;
        let stored =
            store::drafts::of_dialogues(work.connection(), &[dialogue.id], caller.organisation)
                .await?;
        let revision = stored.first().map_or(0, |draft| draft.revision);
        rules::check_revision(self.revision, revision)?;
        let action = LimitedAction::SaveContribution;
        rate_limit::count(work, procurement.id, caller.organisation, action, now).await?;
        let id = stored
            .first()
            .map_or_else(ContributionDraftId::new, |draft| draft.id);
        files::hold(
            work,
            id.0,
            (dialogue.id, caller.organisation),
            &mut self.sheet,
            now,
        )
        .await?;
        work.stores_object(dialogue.id.0);
        let by = (caller.person, caller.organisation);
        let sheet = &self.sheet;
        store::drafts::put(work.connection(), id, (dialogue.id, sheet), by, now).await?;
        // No audit row: the draft has not left the organisation, and editors save every few
        // seconds.
        Ok((dialogue.id, id))
    }
}

/// Returns the questionnaire of this version.
fn version(
    dialogue: &Dialogue,
    versions: Vec<Questionnaire>,
    wanted: i32,
) -> Result<Questionnaire, Refusal> {
    let found = versions
        .into_iter()
        .chain(idea_call(dialogue.id, dialogue.kind))
        .find(|questionnaire| questionnaire.version == wanted);
    found.ok_or_else(|| Refusal::not_found("questionnaireVersion", "version of the questionnaire"))
}
