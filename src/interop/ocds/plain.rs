//! Numbers and dates in the characters of ASCII.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

/// Returns a text with its digits, signs and spaces in ASCII: full-width characters (`２０２６`, `：`),
/// Arabic-Indic digits, typographic dashes and minus signs. Other characters are unchanged.
pub(super) fn ascii(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let plain = |c: char| match c {
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        '\u{660}'..='\u{669}' => digit(c, '\u{660}'),
        '\u{6F0}'..='\u{6F9}' => digit(c, '\u{6F0}'),
        other => other,
    };
    Cow::Owned(text.nfkc().map(plain).collect())
}

fn digit(c: char, zero: char) -> char {
    char::from_digit(c as u32 - zero as u32, 10).unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_and_signs_are_in_ascii() {
        for (text, plain) in [
            (
                "２０２６－０１－０１Ｔ１０：００：００Ｚ",
                "2026-01-01T10:00:00Z",
            ),
            ("1\u{a0}250\u{202f}000，50", "1 250 000,50"),
            ("\u{2212}5", "-5"),
            ("٢٠٢٦", "2026"),
            ("۲۰۲۶", "2026"),
            ("Zoë", "Zoë"),
            ("2026", "2026"),
        ] {
            assert_eq!(ascii(text), plain);
        }
    }
}
