//! The rules of the texts in a dialogue (questions, answers, reasons): plain text, shown as
//! written.

use unicode_normalization::UnicodeNormalization;

use crate::kernel::{
    message::Message,
    refusal::{Code, Refusal, Refusals},
    text::{self, LocalizedText, has_letter_or_digit, is_forbidden, is_hidden},
};

/// Most characters of a question or an answer.
pub const TEXT_LIMIT: usize = 10_000;

/// Checks a text of at most [`TEXT_LIMIT`] characters. Markup is not removed: it is shown as the
/// characters it consists of.
pub fn check_text(text: &str, field: &[&str]) -> Result<(), Refusal> {
    check_text_within(text, TEXT_LIMIT, field)
}

/// Checks a text as [`check_text`] does, with another limit of characters.
pub fn check_text_within(text: &str, limit: usize, field: &[&str]) -> Result<(), Refusal> {
    if let Some(control) = forbidden_character(text) {
        return Err(forbidden(control, field));
    }
    if !has_letter_or_digit(text) {
        let message = "the text has no letter or digit; write a text";
        return Err(Refusal::at(Code::Required, field, message));
    }
    if text.chars().count() > limit {
        let message = message!(
            "the text is longer than {limit} characters; shorten it or split it",
            limit,
        );
        return Err(Refusal::at(Code::TooLong, field, message));
    }
    Ok(())
}

/// Checks a localized text: at least one language, each of at most [`TEXT_LIMIT`] characters.
/// `what` names the text in the message, with its article.
pub fn check_localized(
    text: &LocalizedText,
    what: impl Into<Message>,
    field: &[&str],
    refusals: &mut Refusals,
) {
    refusals.require(!text.is_empty(), || {
        let message = message!(
            "{what} is needed in at least one language",
            what = what.into()
        );
        Refusal::at(Code::Required, field, message)
    });
    match text.iter().find_map(|(_, text)| forbidden_character(text)) {
        Some(control) => refusals.push(forbidden(control, field)),
        None => text::check_text(text, TEXT_LIMIT, field, refusals),
    }
}

/// Returns the words of a text in a form for comparison: lower case, in Unicode normalization form
/// KC, without hidden characters, separated by single spaces.
pub fn normalized_words(text: &str) -> String {
    let plain: String = text.nfkc().filter(|c| !is_hidden(*c)).collect();
    let words: Vec<&str> = plain.split_whitespace().collect();
    words.join(" ").to_lowercase()
}

/// Returns the first forbidden character of a text: a control character other than a tab or a line
/// break, or a character that changes the direction of the text.
pub fn forbidden_character(text: &str) -> Option<char> {
    text.chars().find(|character| is_forbidden(*character))
}

/// Returns how Unicode writes a character: `U+202E`.
pub fn code_point(character: char) -> String {
    format!("U+{:04X}", u32::from(character))
}

fn forbidden(control: char, field: &[&str]) -> Refusal {
    let message = message!(
        "the text contains the control character {character}, which is invisible; remove it",
        character = code_point(control),
    );
    Refusal::at(Code::ForbiddenCharacter, field, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normalized_words_ignore_case_spacing_and_composition() {
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
            assert_eq!(
                normalized_words(one) == normalized_words(other),
                same,
                "{one:?} {other:?}"
            );
        }
    }

    #[test]
    fn empty_long_and_unprintable_texts_have_their_codes() {
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
            if has_letter_or_digit(text) {
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
