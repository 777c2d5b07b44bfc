//! Preparation of a document's text for the parser, which reads numbers as floating point and keeps
//! only the last value of a repeated field.

use std::{borrow::Cow, ops::Range};

use async_graphql::Pos;

use super::scan::Scan;
use crate::graphql::coercion::DocumentText;

/// Replaces each long number by a placeholder of the same length, an enum value. Positions stay as
/// they are.
pub fn keep_long_numbers<'t>(text: &'t str, scanned: &Scan) -> (Cow<'t, str>, DocumentText) {
    let mut lost = DocumentText::default();
    if let Some(range) = scanned.repeated_field.clone() {
        let position = position(text, range.start);
        lost.repeated_field = Some((text[range].to_owned(), position));
    }
    let mut replaced = Cow::Borrowed(text);
    let mut counter = 0;
    // From the end, because a placeholder can be longer if the document uses up the short names.
    for Range { start, end } in scanned.long_numbers.iter().rev().cloned() {
        let number = &text[start..end];
        let placeholder = match number {
            // As a number without decimals it is 0.
            "-0" => " 0".to_owned(),
            _ => loop {
                let name = format!("_{counter:0width$x}", width = number.len() - 1);
                counter += 1;
                if !text.contains(&name) {
                    lost.long_numbers.push((name.clone(), number.to_owned()));
                    break name;
                }
            },
        };
        replaced.to_mut().replace_range(start..end, &placeholder);
    }
    (replaced, lost)
}

fn position(text: &str, at: usize) -> Pos {
    let before = &text[..at];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    Pos {
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::{super::scan::scan, *};

    #[test]
    fn placeholders_differ_from_all_names_of_the_document() {
        let document = "{ a(b: 1e400, c: _0000, d: -1e401, e: -0) _0001 }";
        let (replaced, lost) = keep_long_numbers(document, &scan(document));
        assert_eq!(
            replaced,
            "{ a(b: _0002, c: _0000, d: _00000, e:  0) _0001 }"
        );
        let expected = [("_00000", "-1e401"), ("_0002", "1e400")];
        let expected = expected.map(|(name, number)| (name.to_owned(), number.to_owned()));
        assert_eq!(lost.long_numbers, expected);
    }

    #[test]
    fn the_place_of_a_repeated_field_is_known() {
        let document = "{\n  å: a(b: {c: 1, c: 2}) }";
        let (_, lost) = keep_long_numbers(document, &scan(document));
        let position = Pos {
            line: 2,
            column: 18,
        };
        assert_eq!(lost.repeated_field, Some(("c".to_owned(), position)));
    }
}
