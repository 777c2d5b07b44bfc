//! The rules of draft review, pure: what an anchor is, where one is needed, and where a disposition is.

use chrono::{DateTime, Utc};

use super::{Anchor, Disposition};
use crate::{
    dialogue::{
        Kind, Window,
        rules::{check_answering_phase, check_text_within},
    },
    kernel::{
        ids::DocumentId,
        refusal::{Code, Refusal, Refusals},
    },
    procurement::Phase,
};

/// The last page an anchor may name.
pub const PAGE_LIMIT: i32 = 100_000;
/// The most characters of a section.
pub const SECTION_LIMIT: usize = 200;
/// The most characters of a quote.
pub const QUOTE_LIMIT: usize = 2_000;
/// The most documents of a round.
pub const DOCUMENT_LIMIT: usize = 100;

/// Is this a place in a document?
pub fn check_anchor(anchor: &Anchor) -> Result<(), Vec<Refusal>> {
    let mut refusals = Refusals::default();
    let page = anchor.page.unwrap_or(1);
    refusals.require((1..=PAGE_LIMIT).contains(&page), || {
        let message = format!("there is no page {page}; pages count from 1 to {PAGE_LIMIT}");
        Refusal::at(Code::OutOfRange, &["anchor", "page"], message)
    });
    for (text, limit, field) in [
        (&anchor.section, SECTION_LIMIT, "section"),
        (&anchor.quote, QUOTE_LIMIT, "quote"),
    ] {
        let Some(text) = text else { continue };
        if let Err(refusal) = check_text_within(text, limit, &["anchor", field]) {
            refusals.push(refusal);
        }
    }
    refusals.into_result()
}

/// May this be asked in a round of this kind? A comment on a draft says what it is about.
pub fn check_place(kind: Kind, anchored: bool, follows_up: bool) -> Result<(), Refusal> {
    if kind != Kind::DraftReview || anchored || follows_up {
        return Ok(());
    }
    let message = "a comment on a draft is about a place in one of its documents (`anchor`), or about an earlier comment \
                   (`aboutQuestionId`)";
    Err(Refusal::at(Code::Required, &["anchor"], message))
}

/// May an answer, or a draft of one, in a round of this kind have this disposition?
pub fn check_disposition(kind: Kind, disposition: Option<Disposition>) -> Result<(), Refusal> {
    if kind == Kind::DraftReview || disposition.is_none() {
        return Ok(());
    }
    let message = "comments are accepted or rejected in a DRAFT_REVIEW; leave `disposition` out";
    Err(Refusal::at(Code::Invalid, &["disposition"], message))
}

/// May an answer in a round of this kind be published with this disposition? To a comment it has one.
pub fn check_published_disposition(
    kind: Kind,
    disposition: Option<Disposition>,
) -> Result<(), Refusal> {
    check_disposition(kind, disposition)?;
    if kind != Kind::DraftReview || disposition.is_some() {
        return Ok(());
    }
    let message =
        "say whether the comment is accepted, accepted in part or rejected; the text says why";
    Err(Refusal::at(Code::Required, &["disposition"], message))
}

/// May documents be added to a round now, beside those it has? Until it ends.
pub fn check_adding(
    phase: Phase,
    window: &Window,
    documents: &[DocumentId],
    earlier: &[DocumentId],
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let field = ["documentIds"];
    check_answering_phase(phase)?;
    if now >= window.closes_at {
        let message = format!(
            "the round ended at {}; open a new one",
            window.closes_at.to_rfc3339()
        );
        return Err(Refusal::new(Code::DialogueClosed, message));
    }
    if documents.is_empty() {
        let message = "say which documents are added";
        return Err(Refusal::at(Code::Required, &field, message));
    }
    if documents.iter().any(|document| earlier.contains(document)) {
        let message = "the round has one of these documents already; name those that are new";
        return Err(Refusal::at(Code::AlreadyDone, &field, message));
    }
    if documents.len() + earlier.len() > DOCUMENT_LIMIT {
        let message = format!("a round has at most {DOCUMENT_LIMIT} documents");
        return Err(Refusal::at(Code::LimitReached, &field, message));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
