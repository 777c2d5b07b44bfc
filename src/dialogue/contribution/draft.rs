//! A supplier saves what it is writing.

use serde::Serialize;

use super::{
    Questionnaire, Sheet, files,
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
        rate::{self, Activity},
        store::{self as dialogues, Dialogue},
    },
    kernel::{
        ids::{ContributionDraftId, DialogueId},
        refusal::{Code, Fallible, Refusal},
    },
    procurement::{manage::lock_visible, store::Procurement},
};

/// A draft.
#[derive(Debug, Serialize)]
pub struct Draft {
    /// In which round.
    pub dialogue: DialogueId,
    /// The revision its editor saw; 0: none.
    pub revision: i32,
    /// What it says.
    pub sheet: Sheet,
}

/// Saves a draft, unless somebody else of the organisation changed it since the stated revision. Any member of a
/// supplier with the role OWNER, SIGNATORY or CONTRIBUTOR may, until the round ends; the organisation's members alone
/// read it.
pub async fn save(
    database: &Database,
    actor: &Actor,
    mut command: Draft,
    key: Option<&IdempotencyKey>,
) -> Fallible<ContributionDraftId> {
    let (person, organisation) =
        policy::supplier(actor, const { table::supplier("saveContributionDraft") })?;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("saveContributionDraft", key, &command).await? {
        return Ok(first);
    }
    let (dialogue, procurement) = lock(&mut work, actor, command.dialogue).await?;
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
    let activity = Activity::SaveContribution;
    rate::take(&mut work, procurement.id, organisation, activity, now).await?;
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
    store::drafts::put(work.connection(), id, &command, by, now).await?;
    // No audit row: nothing has left the organisation, and editors save every few seconds.
    work.commit(&id).await?;
    Ok(id)
}

/// A draft that is done with.
#[derive(Debug, Serialize)]
pub struct Discard {
    /// In which round.
    pub dialogue: DialogueId,
}

/// Throws the organisation's draft away, also after the round's end. Any member of a supplier with the role OWNER,
/// SIGNATORY or CONTRIBUTOR may.
pub async fn discard(
    database: &Database,
    actor: &Actor,
    command: Discard,
    key: Option<&IdempotencyKey>,
) -> Fallible<DialogueId> {
    let (_, organisation) =
        policy::supplier(actor, const { table::supplier("discardContributionDraft") })?;
    let mut work = UnitOfWork::begin(database, actor).await?;
    let first = work
        .replay("discardContributionDraft", key, &command)
        .await?;
    if let Some(first) = first {
        return Ok(first);
    }
    let (dialogue, _) = lock(&mut work, actor, command.dialogue).await?;
    let now = work.now().await?;
    if !files::release(&mut work, dialogue.id, organisation, now).await? {
        let message = "your organisation has no draft in this round";
        return Err(Refusal::at(Code::NotFound, &["dialogueId"], message).into());
    }
    work.commit(&dialogue.id).await?;
    Ok(dialogue.id)
}

/// The round, and its procurement locked, if the actor may see it.
pub(super) async fn lock(
    work: &mut UnitOfWork,
    actor: &Actor,
    id: DialogueId,
) -> Fallible<(Dialogue, Procurement)> {
    let no_dialogue = || Refusal::not_found("dialogueId", "dialogue");
    let found = dialogues::by_id(work.connection(), id).await?;
    let before = found.ok_or_else(no_dialogue)?;
    let procurement = lock_visible(work, actor, before.procurement).await?;
    // Read again: the window may have been extended before the lock was ours.
    let locked = dialogues::by_id(work.connection(), id).await?;
    Ok((locked.ok_or_else(no_dialogue)?, procurement))
}

/// The questionnaire of this version.
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
