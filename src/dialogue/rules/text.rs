//! Texts that are asked, answered and given as reasons: plain, shown as they were written.

use unicode_normalization::UnicodeNormalization;

use crate::kernel::{
    refusal::{Code, Refusal, Refusals},
    text::{self, LocalizedText, is_forbidden, is_hidden, says_something},
};

/// The most characters of a question or an answer.
pub const TEXT_LIMIT: usize = 10_000;

/// Is this a text that may be published as a question? Nothing is taken out of it: markup stays as the characters it is.
pub fn check_text(text: &str, field: &[&str]) -> Result<(), Refusal> {
    check_text_within(text, TEXT_LIMIT, field)
}

/// The same, with another limit of characters.
pub fn check_text_within(text: &str, limit: usize, field: &[&str]) -> Result<(), Refusal> {
    if let Some(control) = forbidden_character(text) {
        return Err(forbidden(control, field));
    }
    if !says_something(text) {
        let message = "the text is empty: it has no letter or digit; write it";
        return Err(Refusal::at(Code::Required, field, message));
    }
    if text.chars().count() > limit {
        let message = format!("the text is longer than {limit} characters; shorten it or split it");
        return Err(Refusal::at(Code::TooLong, field, message));
    }
    Ok(())
}

/// Is this a text that a buyer may publish: in one language at least, each within the limit? `what` names it.
pub fn check_localized(text: &LocalizedText, what: &str, field: &[&str], refusals: &mut Refusals) {
    refusals.require(!text.is_empty(), || {
        let message = format!("{what} is needed, in one language at least");
        Refusal::at(Code::Required, field, message)
    });
    match text.iter().find_map(|(_, text)| forbidden_character(text)) {
        Some(control) => refusals.push(forbidden(control, field)),
        None => text::check_text(text, TEXT_LIMIT, field, refusals),
    }
}

/// What a text says, however it is written: in capitals or not, composed or not, with whatever space between.
pub fn words(text: &str) -> String {
    let plain: String = text.nfkc().filter(|c| !is_hidden(*c)).collect();
    let words: Vec<&str> = plain.split_whitespace().collect();
    words.join(" ").to_lowercase()
}

/// The first character that may not stand in a text: a control character that is not a tab or the end of a line, or one
/// that turns the direction of the text around.
pub fn forbidden_character(text: &str) -> Option<char> {
    text.chars().find(|character| is_forbidden(*character))
}

fn forbidden(control: char, field: &[&str]) -> Refusal {
    let message = format!(
        "the text holds the character U+{:04X}, which controls and shows nothing; remove it",
        u32::from(control)
    );
    Refusal::at(Code::ForbiddenCharacter, field, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_words_are_the_same_however_they_are_written() {
        for (one, other, same) in [
            ("ÄR ÅKERN ÖPPEN?", "är åkern öppen?", true),
            (
                "är  åkern\nöppen?",
                "är\u{a0}åkern\u{2009}öppen?\u{200b}",
                true,
            ),
            ("a\u{30a}ker", "åker", true),
            ("är åkern öppen?", "är åkern öppen", false),
        ] {
            assert_eq!(words(one) == words(other), same, "{one:?} {other:?}");
        }
    }

    #[test]
    fn empty_oversized_and_unprintable_texts_are_refused_each_by_its_code() {
        let code = |text: &str| {
            check_text(text, &["text"])
                .err()
                .map(|refusal| refusal.code)
        };
        for (text, refused) in [
            ("Why?", None),
            ("Two\r\nlines and a\ttab", None),
            ("<b>bold</b> [x](javascript:0) {{y}}", None),
            (" \n", Some(Code::Required)),
            ("\u{200b}…", Some(Code::Required)),
            ("a\u{202e}b", Some(Code::ForbiddenCharacter)),
            ("a\0b", Some(Code::ForbiddenCharacter)),
            ("a\u{1b}[31mb", Some(Code::ForbiddenCharacter)),
            ("a\u{85}b", Some(Code::ForbiddenCharacter)),
        ] {
            assert_eq!(code(text), refused, "{text:?}");
            let mut refusals = Refusals::default();
            if says_something(text) {
                check_localized(
                    &LocalizedText::of("sv", text),
                    "x",
                    &["text"],
                    &mut refusals,
                );
                assert_eq!(
                    refusals.into_result().is_err(),
                    refused.is_some(),
                    "{text:?}"
                );
            }
        }
        assert_eq!(code(&"å".repeat(TEXT_LIMIT)), None);
        assert_eq!(code(&"å".repeat(TEXT_LIMIT + 1)), Some(Code::TooLong));
    }
}
