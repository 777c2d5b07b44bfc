//! Files as answers: held for drafts and contributions, and readable by the readers of the answer.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{AnswerSheet, AnswerValue, store};
use crate::{
    database::UnitOfWork,
    dialogue::attachment,
    document,
    kernel::{
        ids::{ContributionId, DialogueId, DocumentId, OrganisationId},
        refusal::{Code, Fallible, Refusal},
    },
};

/// Holds the sheet's files for a draft or a contribution, and sets the SHA-256 of each. Refuses
/// files that the owner does not have, and files that are attached to anything other than the
/// owner's drafts and contributions in the round.
pub(super) async fn hold(
    work: &mut UnitOfWork,
    holder: Uuid,
    (dialogue, owner): (DialogueId, OrganisationId),
    sheet: &mut AnswerSheet,
    now: DateTime<Utc>,
) -> Fallible<()> {
    let (positions, ids): (Vec<usize>, Vec<DocumentId>) = sheet
        .files()
        .map(|(position, file)| (position, file.document))
        .unzip();
    let missing = document::attach::hold(work.connection(), holder, owner, &ids, now).await?;
    let mut refusals: Vec<Refusal> = missing
        .iter()
        .map(|file| not_found(positions[*file]))
        .collect();
    let mut own = store::files::holders(work.connection(), dialogue, owner).await?;
    own.push(holder);
    let elsewhere = document::store::held_elsewhere(work.connection(), &ids, &own).await?;
    let shared = ids
        .iter()
        .zip(&positions)
        .filter(|(id, _)| elsewhere.contains(id));
    refusals.extend(shared.map(|(_, position)| {
        attachment::attached_elsewhere(&["answers", &position.to_string(), "value"])
    }));
    if !refusals.is_empty() {
        return Err(refusals.into());
    }
    if ids.is_empty() {
        return Ok(());
    }
    let digests = document::store::digests(work.connection(), &ids).await?;
    let digests: HashMap<DocumentId, String> = digests.into_iter().collect();
    for answer in &mut sheet.answers {
        let AnswerValue::File(files) = &mut answer.value else {
            continue;
        };
        for file in files {
            file.sha256 = digests.get(&file.document).cloned().unwrap_or_default();
        }
    }
    Ok(())
}

fn not_found(answer: usize) -> Refusal {
    let field = ["answers", &answer.to_string(), "value"];
    let message = "your organisation has no such document; upload it with `POST /documents` and submit it within a day";
    Refusal::at(Code::NotFound, &field, message)
}

/// Deletes the organisation's draft and releases its files; returns whether there was a draft.
/// Files that nothing else holds are deleted after a day.
pub(super) async fn release(
    work: &mut UnitOfWork,
    dialogue: DialogueId,
    organisation: OrganisationId,
    now: DateTime<Utc>,
) -> Fallible<bool> {
    let draft = store::drafts::delete(work.connection(), dialogue, organisation).await?;
    if let Some(draft) = draft {
        document::store::set_holds(work.connection(), draft.0, &[], now).await?;
    }
    Ok(draft.is_some())
}

/// Lets the buyer's editors and publishers read the files of a contribution, and no longer those of
/// the contributions that it replaces.
pub(super) async fn share(
    work: &mut UnitOfWork,
    (id, sheet): (ContributionId, &AnswerSheet),
    (dialogue, organisation): (DialogueId, OrganisationId),
    buyer: OrganisationId,
    now: DateTime<Utc>,
) -> Fallible<()> {
    let connection = work.connection();
    store::files::unshare(connection, dialogue, organisation).await?;
    let ids: Vec<DocumentId> = sheet.files().map(|(_, file)| file.document).collect();
    if !ids.is_empty() {
        document::store::share_with_editors(connection, id.0, &ids, buyer, now).await?;
    }
    Ok(())
}
