//! Words for the syntax errors of documents, in place of those of the parser's library.

use async_graphql::{Pos, ServerError, parser::Error};

/// Maximum number of characters of an unexpected token that a message shows.
const SHOWN: usize = 40;

/// Returns the error of a document that cannot be parsed, with line, column and what was found
/// there. `text` is the parsed text.
pub(super) fn error(error: Error, text: &str) -> ServerError {
    let message = match &error {
        Error::Syntax { start, .. } => {
            let (found, at) = unexpected(text, *start);
            let message = format!(
                "unexpected {found} at line {}, column {}",
                at.line, at.column
            );
            return ServerError::new(message, Some(at));
        }
        Error::MultipleOperations { .. } => {
            "an operation without a name must be the only one; name each operation".to_owned()
        }
        Error::OperationDuplicated { operation, .. } => {
            format!("the operation `{operation}` is defined twice; rename or remove one")
        }
        Error::FragmentDuplicated { fragment, .. } => {
            format!("the fragment `{fragment}` is defined twice; rename or remove one")
        }
        Error::MissingOperation => "the document has no operation; add one".to_owned(),
        Error::RecursionLimitExceeded => {
            "the document has too many levels of selections; split it".to_owned()
        }
        _ => "the document is not a list of operations and fragments".to_owned(),
    };
    let mut positioned = ServerError::from(error);
    positioned.message = message;
    positioned
}

/// Returns the first token at or after a position, for a message, with its position.
fn unexpected(text: &str, start: Pos) -> (String, Pos) {
    let rest = after(text, start);
    let token = without_ignored(rest);
    let passed = &rest[..rest.len() - token.len()];
    let at = passed.chars().fold(start, |at, c| match c {
        '\n' => Pos {
            line: at.line + 1,
            column: 1,
        },
        _ => Pos {
            line: at.line,
            column: at.column + 1,
        },
    });
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '+' | '.');
    let found = match token.chars().next() {
        None => "end of the document".to_owned(),
        Some('"') => "string".to_owned(),
        Some('.') if token.starts_with("...") => "`...`".to_owned(),
        Some(c) if is_word(c) => {
            let word: String = token.chars().take_while(|c| is_word(*c)).collect();
            match word.char_indices().nth(SHOWN) {
                Some((end, _)) => format!("`{}…`", &word[..end]),
                None => format!("`{word}`"),
            }
        }
        Some(c) if c.is_control() => format!("character U+{:04X}", u32::from(c)),
        Some(c) => format!("`{c}`"),
    };
    (found, at)
}

/// Returns the text from a position on; lines and columns count from 1, columns in characters.
fn after(text: &str, at: Pos) -> &str {
    let mut rest = text;
    for _ in 1..at.line {
        rest = rest.split_once('\n').map_or("", |(_, next)| next);
    }
    let passed = rest.char_indices().nth(at.column.saturating_sub(1));
    passed.map_or("", |(start, _)| &rest[start..])
}

/// Returns a text without the spaces, commas and comments at its start.
fn without_ignored(text: &str) -> &str {
    let is_ignored = |c: char| matches!(c, ' ' | '\t' | '\n' | '\r' | ',' | '\u{feff}');
    let mut rest = text.trim_start_matches(is_ignored);
    while let Some(comment) = rest.strip_prefix('#') {
        let end = comment.find(['\n', '\r']).unwrap_or(comment.len());
        rest = comment[end..].trim_start_matches(is_ignored);
    }
    rest
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    #[test]
    fn what_was_found_is_stated_with_its_place() {
        for (text, expected) in [
            (
                "query {\n  viewer { id }\n  ( }",
                "unexpected `(` at line 3, column 3",
            ),
            (
                "query {\n  viewer {\n  }\n}",
                "unexpected `}` at line 3, column 3",
            ),
            (
                "{ viewer { id }",
                "unexpected end of the document at line 1, column 16",
            ),
            (
                "subscription {",
                "unexpected end of the document at line 1, column 15",
            ),
            ("", "unexpected end of the document at line 1, column 1"),
            (
                "type Thing { id: ID }",
                "unexpected `type` at line 1, column 1",
            ),
            ("{ a } # the end\n}", "unexpected `}` at line 2, column 1"),
            ("{ a(first: ) }", "unexpected `)` at line 1, column 12"),
            ("{ \"text\" }", "unexpected string at line 1, column 3"),
            ("{ å é }", "unexpected `å` at line 1, column 3"),
            ("{ a ... }", "unexpected `}` at line 1, column 9"),
        ] {
            let found = error(parse_query(text).unwrap_err(), text);
            assert_eq!(found.message, expected, "{text}");
            assert_eq!(found.locations.len(), 1, "{text}");
        }
    }

    #[test]
    fn other_errors_name_their_cause() {
        for (text, expected) in [
            (
                "query A { a } query A { b }",
                "the operation `A` is defined twice; rename or remove one",
            ),
            (
                "{ a } query A { b }",
                "an operation without a name must be the only one; name each operation",
            ),
            (
                "{ ...F } fragment F on A { a } fragment F on A { b }",
                "the fragment `F` is defined twice; rename or remove one",
            ),
            (
                "fragment F on A { a }",
                "the document has no operation; add one",
            ),
        ] {
            let found = error(parse_query(text).unwrap_err(), text);
            assert_eq!(found.message, expected, "{text}");
        }
    }
}
