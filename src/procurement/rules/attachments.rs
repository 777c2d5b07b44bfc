//! What is attached to a draft. That each document is there is asked of the database, when it is held.

use std::collections::HashSet;

use super::{
    TITLE_LIMIT,
    draft::{check_id, check_language},
};
use crate::{
    kernel::{
        refusal::{Code, Refusal, Refusals},
        text::check_text,
    },
    procurement::content::Attachment,
};

/// The most attachments.
pub const ATTACHMENT_LIMIT: usize = 200;

/// Checks the attachments' form.
pub(super) fn check(attachments: &[Attachment], refusals: &mut Refusals) {
    refusals.require(attachments.len() <= ATTACHMENT_LIMIT, || {
        let message = format!("at most {ATTACHMENT_LIMIT} attachments");
        Refusal::at(Code::TooLong, &["attachments"], message)
    });
    let mut seen = HashSet::new();
    for (position, attachment) in attachments.iter().enumerate() {
        let position = position.to_string();
        let field = |name| ["attachments", position.as_str(), name];
        check_id(&attachment.id, &mut seen, &field("attachmentId"), refusals);
        refusals.require(!attachment.title.is_empty(), || {
            let message = "say what the document is called, in one language at least";
            Refusal::at(Code::Required, &field("title"), message)
        });
        check_text(&attachment.title, TITLE_LIMIT, &field("title"), refusals);
        if let Some(language) = &attachment.language {
            check_language(language, &field("language"), refusals);
        }
    }
}
