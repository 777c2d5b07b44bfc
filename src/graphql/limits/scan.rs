//! Scan of a document's text before it is parsed.

use std::{collections::HashSet, ops::Range};

use crate::kernel::decimal::{is_number, survives_f64};

/// Result of a scan.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// Number of names, numbers, strings and punctuators (GraphQL §2.1.6), whether or not they form
    /// a valid document.
    pub tokens: usize,
    /// Maximum nesting of brackets of any kind. The parser recurses on the brackets of values
    /// without a bound and would overflow the stack.
    pub bracket_depth: usize,
    /// Whether a string has no closing quote. No valid document has one, and the text after it
    /// cannot be measured.
    pub has_unterminated_string: bool,
    /// Numbers that the parser, which reads them as floating point, would change.
    pub long_numbers: Vec<Range<usize>>,
    /// First field that an input object has twice. The parser keeps the last value only.
    pub repeated_field: Option<Range<usize>>,
}

/// Counts the tokens and brackets of a document's text, and finds what the parser would lose.
pub fn scan(text: &str) -> Scan {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let bytes = text.as_bytes();
    let mut scan = Scan::default();
    let mut brackets: Vec<Bracket<'_>> = Vec::new();
    let mut last_word = 0..0;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let rest = &bytes[at..];
        let mut length = 1;
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' | b',' => {
                at += 1;
                continue;
            }
            b'#' => {
                at += rest.iter().position(ends_line).unwrap_or(rest.len());
                continue;
            }
            b'"' => match string(rest) {
                Some(whole) => length = whole,
                None => {
                    scan.has_unterminated_string = true;
                    return scan;
                }
            },
            byte if is_word(*byte) => {
                let mut word = rest.iter().take_while(|byte| is_word(**byte)).count();
                // The sign of an exponent: 1e+3.
                if matches!(bytes.get(at + word - 1), Some(b'e' | b'E'))
                    && matches!(byte, b'-' | b'0'..=b'9')
                    && rest.get(word) == Some(&b'+')
                {
                    let digits = rest[word + 1..].iter();
                    word += 1 + digits.take_while(|byte| is_word(**byte)).count();
                }
                length = word;
                last_word = at..at + length;
                let number = &text[last_word.clone()];
                if is_number(number) && !survives_f64(number) {
                    scan.long_numbers.push(last_word.clone());
                }
            }
            b'[' | b'{' | b'(' => {
                let in_value = brackets
                    .last()
                    .is_some_and(|last| *last != Bracket::Selection);
                brackets.push(match byte {
                    b'{' if in_value => Bracket::Object(HashSet::new()),
                    b'{' => Bracket::Selection,
                    _ => Bracket::Value,
                });
                scan.bracket_depth = scan.bracket_depth.max(brackets.len());
            }
            b']' | b'}' | b')' => {
                brackets.pop();
            }
            b':' => {
                if let Some(Bracket::Object(fields)) = brackets.last_mut()
                    && !fields.insert(&text[last_word.clone()])
                {
                    scan.repeated_field.get_or_insert(last_word.clone());
                }
            }
            _ => {}
        }
        at += length;
        scan.tokens += 1;
    }
    scan
}

/// An open bracket.
#[derive(PartialEq, Eq)]
enum Bracket<'t> {
    /// A selection set.
    Selection,
    /// Arguments, variable definitions or a list.
    Value,
    /// An input object, with the fields read so far.
    Object(HashSet<&'t str>),
}

/// Returns whether a byte is a line terminator (GraphQL §2.1.3): it ends a comment and is not
/// allowed in a plain string.
fn ends_line(byte: &u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// Returns the length in bytes of the string at the start of a text, including its quotes, or
/// `None` if the string has no closing quote.
fn string(text: &[u8]) -> Option<usize> {
    let block = text.starts_with(b"\"\"\"");
    let (quote, escape): (&[u8], &[u8]) = match block {
        true => (b"\"\"\"", b"\\\"\"\""),
        false => (b"\"", b"\\"),
    };
    let mut at = quote.len();
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with(escape) {
            // In a plain string the escape includes the character after the backslash.
            at += escape.len().max(2);
        } else if rest.starts_with(quote) {
            return Some(at + quote.len());
        } else if !block && ends_line(&text[at]) {
            return None;
        } else {
            at += 1;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_counted_as_in_the_specification() {
        for (document, expected) in [
            ("", 0),
            ("{ a, b }", 4),
            ("query A($a: ID!) { x(a: $a) }", 18),
            ("{ x(a: \"b c \\\" d\", n: -1.5e3) # not this\n}", 11),
            ("{ x(a: \"\"\"b \\\"\"\" \"c\" \"\"\") }", 8),
            ("{ å }", 4),
        ] {
            let counted = scan(document).tokens;
            assert_eq!(counted, expected, "{document}");
        }
    }

    #[test]
    fn comments_and_strings_end_with_their_line() {
        for (document, tokens, unterminated) in [
            ("# a\r{ b }", 3, false),
            ("# a\n{ b }", 3, false),
            ("{ a(b: \"c\rd\") }", 5, true),
            ("{ a(b: \"\"\"c\nd\"\"\") }", 8, false),
            ("{ a(b: \"\"\"c\" [[[[", 5, true),
            ("\"without end", 0, true),
            ("\"\\", 0, true),
        ] {
            let text = scan(document);
            assert_eq!(
                (text.tokens, text.has_unterminated_string),
                (tokens, unterminated),
                "{document}"
            );
        }
    }

    #[test]
    fn what_the_parser_would_lose_is_found() {
        for (document, numbers, repeated) in [
            ("{ a(b: 1, c: -1.5e3) }", vec![], None),
            (
                "{ a(b: 1234567890123456789) }",
                vec!["1234567890123456789"],
                None,
            ),
            ("{ a(b: [1E+400 -0]) }", vec!["1E+400", "-0"], None),
            ("{ a(b: \"1234567890123456789\") } # 1E400", vec![], None),
            ("{ a(b: {c: 1, c: 2}) }", vec![], Some("c")),
            (
                "query($x: T = {c: 1 d: {c: 1} c: 2}) { a }",
                vec![],
                Some("c"),
            ),
            ("{ a(b: {c: {c: 1}}, d: [{c: 1}, {c: 1}]) }", vec![], None),
            ("{ x: a { x: b } x: a { y: b y: b } }", vec![], None),
        ] {
            let found = scan(document);
            let text = |range: Range<usize>| &document[range];
            let long: Vec<_> = found.long_numbers.into_iter().map(text).collect();
            assert_eq!(long, numbers, "{document}");
            assert_eq!(found.repeated_field.map(text), repeated, "{document}");
        }
    }

    #[test]
    fn brackets_in_strings_and_comments_do_not_count() {
        for (document, expected) in [
            ("{ a }", 1),
            ("{ a(b: [[1]], c: {d: 1}) }", 4),
            ("{ a } { b }", 1),
            ("{ a(b: \"[[[[\") } # {{{{", 2),
            ("]]] { a }", 1),
        ] {
            assert_eq!(scan(document).bracket_depth, expected, "{document}");
        }
    }
}
