//! Attachments of questions, answers, minutes, summaries and rounds.
//!
//! A reader may read an attached document exactly as long as the reader may read what it is
//! attached to.

pub mod store;

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    database::UnitOfWork,
    document,
    kernel::{
        ids::{DocumentId, OrganisationId},
        refusal::{Code, Fallible, Refusal},
    },
};

/// Most documents that one mutation attaches.
const DOCUMENT_LIMIT: usize = 10;

/// Holds the owner's documents for the holder they are attached to. Refuses documents that the
/// owner does not have with NOT_FOUND.
pub(super) async fn hold(
    work: &mut UnitOfWork,
    holder: Uuid,
    owner: OrganisationId,
    documents: &[DocumentId],
    now: DateTime<Utc>,
) -> Fallible<()> {
    hold_with_earlier(work, holder, owner, documents, &[], now).await
}

/// Holds documents as [`hold`] does, and refuses those that are attached elsewhere. For questions:
/// a document attached in two places would reveal that both come from one organisation.
pub(super) async fn hold_exclusively(
    work: &mut UnitOfWork,
    holder: Uuid,
    owner: OrganisationId,
    documents: &[DocumentId],
    now: DateTime<Utc>,
) -> Fallible<()> {
    let elsewhere =
        document::store::held_elsewhere(work.connection(), documents, &[holder]).await?;
    hold(work, holder, owner, documents, now).await?;
    let refusals: Vec<Refusal> = documents
        .iter()
        .enumerate()
        .filter(|(_, document)| elsewhere.contains(document))
        .map(|(position, _)| attached_elsewhere(&["documentIds", &position.to_string()]))
        .collect();
    match refusals.as_slice() {
        [] => Ok(()),
        _ => Err(refusals.into()),
    }
}

/// Returns the refusal of a document that is attached elsewhere.
pub(super) fn attached_elsewhere(field: &[&str]) -> Refusal {
    let message = "this document is attached elsewhere already, which would reveal that both are \
                   yours; upload it again";
    Refusal::at(Code::Invalid, field, message)
}

/// Holds documents as [`hold`] does, in addition to the `earlier` ones that the holder has.
pub(super) async fn hold_with_earlier(
    work: &mut UnitOfWork,
    holder: Uuid,
    owner: OrganisationId,
    documents: &[DocumentId],
    earlier: &[DocumentId],
    now: DateTime<Utc>,
) -> Fallible<()> {
    check(documents)?;
    let all = [documents, earlier].concat();
    let missing = document::attach::hold(work.connection(), holder, owner, &all, now).await?;
    let refusals: Vec<Refusal> = missing.iter().map(not_found).collect();
    match refusals.as_slice() {
        [] => Ok(()),
        _ => Err(refusals.into()),
    }
}

/// Lets one organisation, or everyone (`None`), read the holder's documents from a time on.
pub(super) async fn share(
    work: &mut UnitOfWork,
    holder: Uuid,
    documents: &[DocumentId],
    with: Option<OrganisationId>,
    at: DateTime<Utc>,
) -> Fallible<()> {
    if !documents.is_empty() {
        document::store::share(work.connection(), holder, documents, with, at).await?;
    }
    Ok(())
}

fn check(documents: &[DocumentId]) -> Result<(), Refusal> {
    let field = ["documentIds"];
    if documents.len() > DOCUMENT_LIMIT {
        let message = message!(
            "`documentIds` names more than {limit} documents; attach fewer",
            limit = DOCUMENT_LIMIT,
        );
        return Err(Refusal::at(Code::TooLong, &field, message));
    }
    let mut distinct = HashSet::new();
    if documents.iter().all(|document| distinct.insert(document)) {
        return Ok(());
    }
    let message = "`documentIds` names a document twice; name each document once";
    Err(Refusal::at(Code::Invalid, &field, message))
}

fn not_found(position: &usize) -> Refusal {
    let field = ["documentIds", &position.to_string()];
    let message = "your organisation has no such document; upload it with `POST /documents` and \
                   attach it within a day";
    Refusal::at(Code::NotFound, &field, message)
}
