//! Attachments of questions, answers, minutes and rounds: read by everyone exactly while and because what they are attached to is.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    database::UnitOfWork,
    document::{self, store},
    kernel::{
        ids::{DocumentId, OrganisationId},
        refusal::{Code, Fallible, Refusal},
    },
};

/// The most documents that are attached at a time.
const MOST: usize = 10;

/// Keeps the owner's documents for what they are attached to. What is not the owner's is not found.
pub(super) async fn hold(
    work: &mut UnitOfWork,
    holder: Uuid,
    owner: OrganisationId,
    documents: &[DocumentId],
    now: DateTime<Utc>,
) -> Fallible<()> {
    hold_beside(work, holder, owner, documents, &[], now).await
}

/// The same for a question's, each of which is attached to nothing else: it would tell that both are of one hand.
pub(super) async fn hold_once(
    work: &mut UnitOfWork,
    holder: Uuid,
    owner: OrganisationId,
    documents: &[DocumentId],
    now: DateTime<Utc>,
) -> Fallible<()> {
    let elsewhere = store::held_elsewhere(work.connection(), documents, &[holder]).await?;
    hold(work, holder, owner, documents, now).await?;
    let places = documents.iter().enumerate();
    let refusals: Vec<Refusal> = places
        .filter(|(_, document)| elsewhere.contains(document))
        .map(|(position, _)| attached_elsewhere(&["documentIds", &position.to_string()]))
        .collect();
    match refusals.as_slice() {
        [] => Ok(()),
        _ => Err(refusals.into()),
    }
}

/// What one organisation attaches at two places tells that both are of one hand, and may be a secret at one of them.
pub(super) fn attached_elsewhere(field: &[&str]) -> Refusal {
    let message = "this document is attached elsewhere already, and would tell that both are yours; upload it again";
    Refusal::at(Code::Invalid, field, message)
}

/// The same, beside the `earlier` ones that the holder keeps already.
pub(super) async fn hold_beside(
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

/// Lets one organisation, or everyone, read what the holder keeps from a time on.
pub(super) async fn share(
    work: &mut UnitOfWork,
    holder: Uuid,
    documents: &[DocumentId],
    with: Option<OrganisationId>,
    at: DateTime<Utc>,
) -> Fallible<()> {
    if !documents.is_empty() {
        store::share(work.connection(), holder, documents, with, at).await?;
    }
    Ok(())
}

fn check(documents: &[DocumentId]) -> Result<(), Refusal> {
    let field = ["documentIds"];
    if documents.len() > MOST {
        let message = format!("at most {MOST} documents are attached");
        return Err(Refusal::at(Code::TooLong, &field, message));
    }
    let mut seen = HashSet::new();
    if documents.iter().all(|document| seen.insert(document)) {
        return Ok(());
    }
    let message = "the same document is attached once";
    Err(Refusal::at(Code::Invalid, &field, message))
}

fn not_found(position: &usize) -> Refusal {
    let field = ["documentIds", &position.to_string()];
    let message = "your organisation has no such document; upload it with `POST /documents`, and attach it within a day";
    Refusal::at(Code::NotFound, &field, message)
}
