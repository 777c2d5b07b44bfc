//! Scan of a document's text before it is parsed.

/// Result of a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
}

/// Counts the tokens and brackets of a document's text.
pub fn scan(text: &str) -> Scan {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let bytes = text.as_bytes();
    let (mut tokens, mut at) = (0, 0);
    let (mut open, mut bracket_depth) = (0_usize, 0);
    while let Some(byte) = bytes.get(at) {
        let rest = &bytes[at..];
        let length = match byte {
            b' ' | b'\t' | b'\n' | b'\r' | b',' => {
                at += 1;
                continue;
            }
            b'#' => {
                at += rest.iter().position(ends_line).unwrap_or(rest.len());
                continue;
            }
            b'"' => match string(rest) {
                Some(length) => length,
                None => {
                    return Scan {
                        tokens,
                        bracket_depth,
                        has_unterminated_string: true,
                    };
                }
            },
            byte if is_word(*byte) => rest.iter().take_while(|byte| is_word(**byte)).count(),
            b'[' | b'{' | b'(' => {
                open += 1;
                bracket_depth = bracket_depth.max(open);
                1
            }
            b']' | b'}' | b')' => {
                open = open.saturating_sub(1);
                1
            }
            _ => 1,
        };
        at += length;
        tokens += 1;
    }
    Scan {
        tokens,
        bracket_depth,
        has_unterminated_string: false,
    }
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
