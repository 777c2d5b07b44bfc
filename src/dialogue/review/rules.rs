//! The rules of draft review: valid anchors, and which rounds need an anchor or a disposition.

use super::{Anchor, Disposition};
use crate::{
    dialogue::{DialogueKind, text::check_text_within},
    kernel::refusal::{Code, Refusal, Refusals},
};

/// Highest page number of an anchor.
pub const PAGE_LIMIT: i32 = 100_000;
/// Most characters of a section.
pub const SECTION_LIMIT: usize = 200;
/// Most characters of a quote.
pub const QUOTE_LIMIT: usize = 2_000;

/// Checks that an anchor is well formed.
pub fn check_anchor(anchor: &Anchor) -> Result<(), Vec<Refusal>> {
    let mut refusals = Refusals::default();
    let page = anchor.page.unwrap_or(1);
    refusals.require((1..=PAGE_LIMIT).contains(&page), || {
        let message = message!(
            "there is no page {page}; pages count from 1 to {limit}",
            page,
            limit = PAGE_LIMIT,
        );
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

/// Checks that a question has an anchor where a round of this kind needs one: in a DRAFT_REVIEW, a
/// comment is anchored or follows up another one.
pub fn check_anchor_given(
    kind: DialogueKind,
    anchored: bool,
    follows_up: bool,
) -> Result<(), Refusal> {
    if kind != DialogueKind::DraftReview || anchored || follows_up {
        return Ok(());
    }
    let message = "a comment on a draft needs a place in one of its documents (`anchor`) or an earlier \
                   comment (`aboutQuestionId`)";
    Err(Refusal::at(Code::Required, &["anchor"], message))
}

/// Checks that an answer, or a draft of one, may have this disposition in a round of this kind.
pub fn check_disposition(
    kind: DialogueKind,
    disposition: Option<Disposition>,
) -> Result<(), Refusal> {
    if kind == DialogueKind::DraftReview || disposition.is_none() {
        return Ok(());
    }
    let message = "only answers in a DRAFT_REVIEW have a disposition; leave `disposition` out";
    Err(Refusal::at(Code::Invalid, &["disposition"], message))
}

/// Checks that an answer may be published with this disposition in a round of this kind: in a
/// DRAFT_REVIEW a disposition is needed, elsewhere it is refused.
pub fn check_published_disposition(
    kind: DialogueKind,
    disposition: Option<Disposition>,
) -> Result<(), Refusal> {
    check_disposition(kind, disposition)?;
    if kind != DialogueKind::DraftReview || disposition.is_some() {
        return Ok(());
    }
    let message = "`disposition` is missing; state ACCEPTED, PARTLY_ACCEPTED or REJECTED, and the reason in `text`";
    Err(Refusal::at(Code::Required, &["disposition"], message))
}

#[cfg(test)]
mod tests;
