//! A supplier saves a draft of its contribution.

use serde::Serialize;

use super::{
    AnswerSheet, Questionnaire, files,
    questionnaire::idea_call,
    rules::{self, Moment},
    store,
};
use crate::{
    auth::{
        Actor,
        policy::{self, table},
    },
    database::{Database, IdempotencyKey, UnitOfWork},
    dialogue::{
        rate_limit::{self, LimitedAction},
        round::{lock_visible, store::Dialogue},
    },
    kernel::{
        ids::{ContributionDraftId, DialogueId},
        refusal::{Fallible, Refusal},
    },
};

/// Command to save a draft of a contribution.
#[derive(Debug, Serialize)]
pub struct SaveDraft {
    /// Round that the draft belongs to.
    pub dialogue: DialogueId,
    /// Revision of the draft that the editor knows; 0 for none.
    pub revision: i32,
    /// Content of the draft.
    pub sheet: AnswerSheet,
}

/// Saves a draft, which only the organisation's members read. Refuses with CONFLICT when another
/// member changed it since the stated revision. Any member of a supplier with the role OWNER,
/// SIGNATORY or CONTRIBUTOR may save until the round ends.
pub async fn save_draft(
    database: &Database,
    actor: &Actor,
    mut command: SaveDraft,
    key: Option<&IdempotencyKey>,
) -> Fallible<ContributionDraftId> {
    let (person, organisation) =
        policy::supplier(actor, const { table::supplier("saveContributionDraft") })?;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("saveContributionDraft", key, &command).await? {
        return Ok(first);
    }
    let (dialogue, procurement) = lock_visible(&mut work, actor, command.dialogue).await?;
    let now = work.now().await?;
    rules::check_receiving(&Moment {
        phase: procurement.phase(now),
        window: dialogue.window,
        now,
    })?;
    let versions =
        store::questionnaires::of_dialogues(work.connection(), &[dialogue.id], false).await?;
    let questions = version(&dialogue, versions, command.sheet.version)?.questions;
    rules::check_draft(&questions, &command.sheet.answers)?;
    let stored =
        store::drafts::of_dialogues(work.connection(), &[dialogue.id], organisation).await?;
    let revision = stored.first().map_or(0, |draft| draft.revision);
    rules::check_revision(command.revision, revision)?;
    let action = LimitedAction::SaveContribution;
    rate_limit::count(&mut work, procurement.id, organisation, action, now).await?;
    let id = stored
        .first()
        .map_or_else(ContributionDraftId::new, |draft| draft.id);
    files::hold(
        &mut work,
        id.0,
        (dialogue.id, organisation),
        &mut command.sheet,
        now,
    )
    .await?;
    let by = (person.id, organisation);
    let sheet = &command.sheet;
    store::drafts::put(work.connection(), id, (dialogue.id, sheet), by, now).await?;
    // No audit row: the draft has not left the organisation, and editors save every few seconds.
    work.commit(&id).await?;
    Ok(id)
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
