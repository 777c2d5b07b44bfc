//! How large a document is, once its fragments are spread. Each fragment is weighed once and remembered.

use std::{collections::HashMap, ops::Add};

use async_graphql::{
    Name,
    parser::types::{ExecutableDocument, Selection, SelectionSet},
};

/// Chains of fragments longer than this weigh without bound; within one definition the parser bounds nesting.
const NESTING: usize = 100;

/// What is counted; a sum too large to hold stays the largest number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weight {
    /// Selections.
    pub selections: usize,
    /// Those at the root.
    pub roots: usize,
    /// Those with another name than their own.
    pub aliases: usize,
    /// Directives.
    pub directives: usize,
    /// Does a fragment spread itself, however many others are between (GraphQL §5.5.2.2)?
    pub circular: bool,
    /// Is there a fragment that no operation spreads (§5.5.1.4)?
    pub unused: bool,
}

impl Add for Weight {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            selections: self.selections.saturating_add(other.selections),
            roots: self.roots.saturating_add(other.roots),
            aliases: self.aliases.saturating_add(other.aliases),
            directives: self.directives.saturating_add(other.directives),
            circular: self.circular || other.circular,
            unused: self.unused || other.unused,
        }
    }
}

impl Weight {
    /// All operations of a document together.
    pub fn of(document: &ExecutableDocument) -> Self {
        let mut scales = Scales {
            document,
            known: HashMap::new(),
        };
        let operations = document.operations.iter();
        let whole = operations.fold(Self::default(), |sum, (_, operation)| {
            let operation = &operation.node;
            let set = scales.set(&operation.selection_set.node, 0);
            sum + set + Self::directives(operation.directives.len())
        });
        let names = document.fragments.keys();
        let unused = names
            .into_iter()
            .any(|name| !scales.known.contains_key(name));
        Self { unused, ..whole }
    }

    fn directives(directives: usize) -> Self {
        Self {
            directives,
            ..Self::default()
        }
    }

    const BOUNDLESS: Self = Self {
        selections: usize::MAX,
        roots: usize::MAX,
        aliases: usize::MAX,
        directives: usize::MAX,
        circular: false,
        unused: false,
    };
}

struct Scales<'d> {
    document: &'d ExecutableDocument,
    /// None while a fragment is on the scales.
    known: HashMap<&'d Name, Option<Weight>>,
}

impl<'d> Scales<'d> {
    fn set(&mut self, set: &'d SelectionSet, nesting: usize) -> Weight {
        if nesting > NESTING {
            return Weight::BOUNDLESS;
        }
        let items = set.items.iter();
        items.fold(Weight::default(), |sum, item| {
            sum + self.selection(&item.node, nesting)
        })
    }

    fn selection(&mut self, selection: &'d Selection, nesting: usize) -> Weight {
        match selection {
            Selection::Field(field) => {
                let field = &field.node;
                let itself = Weight {
                    selections: 1,
                    aliases: usize::from(field.alias.is_some()),
                    directives: field.directives.len(),
                    ..Weight::default()
                };
                let whole = itself + self.set(&field.selection_set.node, nesting + 1);
                Weight { roots: 1, ..whole }
            }
            Selection::InlineFragment(inline) => {
                let directives = Weight::directives(inline.node.directives.len());
                directives + self.set(&inline.node.selection_set.node, nesting + 1)
            }
            Selection::FragmentSpread(spread) => {
                let directives = Weight::directives(spread.node.directives.len());
                directives + self.fragment(&spread.node.fragment_name.node, nesting)
            }
        }
    }

    fn fragment(&mut self, name: &'d Name, nesting: usize) -> Weight {
        if let Some(known) = self.known.get(name) {
            let circular = Weight {
                circular: true,
                ..Weight::default()
            };
            return known.unwrap_or(circular);
        }
        self.known.insert(name, None);
        let fragment = self.document.fragments.get(name).map(|found| &found.node);
        // One that is not there counts too: spread by a thousand others it would cost something to look for.
        let missing = Weight {
            selections: 1,
            ..Weight::default()
        };
        let weight = fragment.map_or(missing, |fragment| {
            let directives = Weight::directives(fragment.directives.len());
            directives + self.set(&fragment.selection_set.node, nesting + 1)
        });
        self.known.insert(name, Some(weight));
        weight
    }
}

/// A document's text, before it is parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    /// Names, numbers, strings and punctuators (GraphQL §2.1.6), whether or not they make sense.
    pub tokens: usize,
    /// How deep brackets of any kind stand within each other. The parser follows those of values by recursion, without a
    /// bound: it would use up the stack, which ends the process.
    pub nesting: usize,
    /// Does a string not end? No document has one; and a parser may go on where it began, so that nothing is known of what
    /// follows.
    pub unended: bool,
}

/// Looks over a document's text.
pub fn look_over(text: &str) -> Text {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let bytes = text.as_bytes();
    let (mut tokens, mut at) = (0, 0);
    let (mut open, mut nesting) = (0_usize, 0);
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
                    return Text {
                        tokens,
                        nesting,
                        unended: true,
                    };
                }
            },
            byte if is_word(*byte) => rest.iter().take_while(|byte| is_word(**byte)).count(),
            b'[' | b'{' | b'(' => {
                open += 1;
                nesting = nesting.max(open);
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
    Text {
        tokens,
        nesting,
        unended: false,
    }
}

/// Line terminators (GraphQL §2.1.3), which end a comment and may not stand in a plain string.
fn ends_line(byte: &u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// The bytes of the string that a text begins with, its quotes included; `None` if it does not end.
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
            // In a plain string the escaped character comes along.
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

/// Does an operation ask for the schema itself, at its root or in a fragment?
pub fn asks_for_the_schema(document: &ExecutableDocument) -> bool {
    let operations = document.operations.iter();
    let sets = operations.map(|(_, operation)| &operation.node.selection_set.node);
    let fragments = document.fragments.values();
    let mut sets = sets.chain(fragments.map(|fragment| &fragment.node.selection_set.node));
    sets.any(names_the_schema)
}

fn names_the_schema(set: &SelectionSet) -> bool {
    set.items.iter().any(|item| match &item.node {
        Selection::Field(field) => {
            matches!(field.node.name.node.as_str(), "__schema" | "__type")
        }
        Selection::InlineFragment(inline) => names_the_schema(&inline.node.selection_set.node),
        Selection::FragmentSpread(_) => false,
    })
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    #[test]
    fn fragments_are_weighed_as_often_as_they_are_spread() {
        let weight = |selections, roots, aliases, directives| Weight {
            selections,
            roots,
            aliases,
            directives,
            circular: false,
            unused: false,
        };
        for (document, expected) in [
            ("{ a b { c } }", weight(3, 2, 0, 0)),
            (
                "{ ...f ...f } fragment f on Query { a b: c }",
                weight(4, 4, 2, 0),
            ),
            ("{ ...f a @x { b @y } }", weight(3, 1, 0, 2)),
            (
                "query @x { ... on Query @y { a } ...f @z } fragment f on Query @v { b }",
                weight(2, 2, 0, 4),
            ),
        ] {
            let parsed = parse_query(document).unwrap();
            assert_eq!(Weight::of(&parsed), expected, "{document}");
        }
    }

    #[test]
    fn a_fragment_that_spreads_itself_is_told() {
        for (document, circular) in [
            ("{ ...f } fragment f on Query { ...f a }", true),
            (
                "{ ...f } fragment f on Query { ...g } fragment g on Query { a { ...f } }",
                true,
            ),
            (
                "{ ...f ...g } fragment f on Query { ...g } fragment g on Query { a }",
                false,
            ),
        ] {
            let parsed = parse_query(document).unwrap();
            assert_eq!(Weight::of(&parsed).circular, circular, "{document}");
        }
    }

    #[test]
    fn a_fragment_that_no_operation_spreads_is_told() {
        for (document, unused) in [
            ("{ a } fragment f on Query { a }", true),
            ("{ a } fragment f on Query { ...f }", true),
            (
                "{ ...f } fragment f on Query { ...g } fragment g on Query { a }",
                false,
            ),
        ] {
            let parsed = parse_query(document).unwrap();
            assert_eq!(Weight::of(&parsed).unused, unused, "{document}");
        }
    }

    #[test]
    fn a_fragment_bomb_is_weighed_quickly() {
        let mut bomb = String::from("{ ...f0 }");
        for n in 0..60 {
            bomb += &format!(" fragment f{n} on Query {{ ...f{m} ...f{m} }}", m = n + 1);
        }
        // With what it ends in, or without.
        for last in ["", " fragment f60 on Query { viewer { id } }"] {
            let parsed = parse_query(&(bomb.clone() + last)).unwrap();
            assert!(Weight::of(&parsed).selections > 1 << 40);
        }
    }

    #[test]
    fn tokens_are_counted_as_the_specification_has_them() {
        for (document, expected) in [
            ("", 0),
            ("{ a, b }", 4),
            ("query A($a: ID!) { x(a: $a) }", 18),
            ("{ x(a: \"b c \\\" d\", n: -1.5e3) # not this\n}", 11),
            ("{ x(a: \"\"\"b \\\"\"\" \"c\" \"\"\") }", 8),
            ("{ å }", 4),
        ] {
            let counted = look_over(document).tokens;
            assert_eq!(counted, expected, "{document}");
        }
    }

    #[test]
    fn comments_end_with_the_line_and_strings_have_to() {
        for (document, tokens, unended) in [
            ("# a\r{ b }", 3, false),
            ("# a\n{ b }", 3, false),
            ("{ a(b: \"c\rd\") }", 5, true),
            ("{ a(b: \"\"\"c\nd\"\"\") }", 8, false),
            ("{ a(b: \"\"\"c\" [[[[", 5, true),
            ("\"without end", 0, true),
            ("\"\\", 0, true),
        ] {
            let text = look_over(document);
            assert_eq!((text.tokens, text.unended), (tokens, unended), "{document}");
        }
    }

    #[test]
    fn brackets_are_followed_but_not_those_in_strings() {
        for (document, expected) in [
            ("{ a }", 1),
            ("{ a(b: [[1]], c: {d: 1}) }", 4),
            ("{ a } { b }", 1),
            ("{ a(b: \"[[[[\") } # {{{{", 2),
            ("]]] { a }", 1),
        ] {
            assert_eq!(look_over(document).nesting, expected, "{document}");
        }
    }

    #[test]
    fn the_schema_is_asked_for_at_the_root_wherever_it_stands() {
        for (document, expected) in [
            ("{ __schema { types { name } } }", true),
            ("{ ... on Query { s: __type(name: \"A\") { name } } }", true),
            (
                "{ ...f } fragment f on Query { __schema { types { name } } }",
                true,
            ),
            ("{ viewer { __typename } __typename }", false),
        ] {
            let parsed = parse_query(document).unwrap();
            assert_eq!(asks_for_the_schema(&parsed), expected, "{document}");
        }
    }
}
