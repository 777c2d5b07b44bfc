//! The rules of a draft's attachments. That each document exists is checked against the database
//! when the draft is stored.

use std::collections::HashSet;

use super::{
    TITLE_LIMIT,
    fields::{check_id, check_language},
};
use crate::{
    kernel::{
        refusal::{Code, Refusal, Refusals},
        text::check_text,
    },
    procurement::content::Attachment,
};

/// Maximum number of attachments.
pub const ATTACHMENT_LIMIT: usize = 200;

/// Checks the form of the attachments.
pub(super) fn check(attachments: &[Attachment], refusals: &mut Refusals) {
    refusals.require(attachments.len() <= ATTACHMENT_LIMIT, || {
        let message = message!(
            "`attachments` has too many entries; give at most {limit}",
            limit = ATTACHMENT_LIMIT,
        );
        Refusal::at(Code::TooLong, &["attachments"], message)
    });
    let mut known = HashSet::new();
    for (position, attachment) in attachments.iter().enumerate() {
        let position = position.to_string();
        let field = |name| ["attachments", position.as_str(), name];
        check_id(&attachment.id, &mut known, &field("attachmentId"), refusals);
        refusals.require(!attachment.title.is_empty(), || {
            let message = "`title` is required; give the document a title in at least one language";
            Refusal::at(Code::Required, &field("title"), message)
        });
        check_text(&attachment.title, TITLE_LIMIT, &field("title"), refusals);
        if let Some(language) = &attachment.language {
            check_language(language, &field("language"), refusals);
        }
    }
}
