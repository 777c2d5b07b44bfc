//! Files as answers: held while somebody writes, read by those who read the answer.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Sheet, Value, store};
use crate::{
    database::UnitOfWork,
    dialogue::attach,
    document,
    kernel::{
        ids::{ContributionId, DialogueId, DocumentId, OrganisationId},
        refusal::{Code, Fallible, Refusal},
    },
};

/// Keeps the sheet's files for a draft or a contribution, and notes what each holds. One that is no stored document of
/// the owner's is not found; one that is attached to anything but what the owner wrote in the round is refused.
pub(super) async fn hold(
    work: &mut UnitOfWork,
    holder: Uuid,
    (dialogue, owner): (DialogueId, OrganisationId),
    sheet: &mut Sheet,
    now: DateTime<Utc>,
) -> Fallible<()> {
    let (places, ids): (Vec<usize>, Vec<DocumentId>) = sheet
        .files()
        .map(|(place, file)| (place, file.document))
        .unzip();
    let missing = document::attach::hold(work.connection(), holder, owner, &ids, now).await?;
    let mut refusals: Vec<Refusal> = missing
        .iter()
        .map(|file| not_found(places[*file]))
        .collect();
    let mut own = store::files::holders(work.connection(), dialogue, owner).await?;
    own.push(holder);
    let elsewhere = document::store::held_elsewhere(work.connection(), &ids, &own).await?;
    let twice = ids
        .iter()
        .zip(&places)
        .filter(|(id, _)| elsewhere.contains(id));
    refusals.extend(
        twice.map(|(_, place)| {
            attach::attached_elsewhere(&["answers", &place.to_string(), "value"])
        }),
    );
    if !refusals.is_empty() {
        return Err(refusals.into());
    }
    if ids.is_empty() {
        return Ok(());
    }
    let digests = document::store::digests(work.connection(), &ids).await?;
    let digests: HashMap<DocumentId, String> = digests.into_iter().collect();
    for answer in &mut sheet.answers {
        let Value::File(files) = &mut answer.value else {
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
    let message = "your organisation has no such document; upload it with `POST /documents`, and hand it in within a day";
    Refusal::at(Code::NotFound, &field, message)
}

/// Keeps a draft's files no longer; those that nothing else holds are swept after a day.
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

/// The buyer's editors and publishers read a contribution's files from now on, and no more those that it replaces.
pub(super) async fn hand_in(
    work: &mut UnitOfWork,
    (id, sheet): (ContributionId, &Sheet),
    (dialogue, organisation): (DialogueId, OrganisationId),
    buyer: OrganisationId,
    now: DateTime<Utc>,
) -> Fallible<()> {
    let connection = work.connection();
    store::files::take_back(connection, dialogue, organisation).await?;
    let ids: Vec<DocumentId> = sheet.files().map(|(_, file)| file.document).collect();
    if !ids.is_empty() {
        document::store::share_with_editors(connection, id.0, &ids, buyer, now).await?;
    }
    Ok(())
}
