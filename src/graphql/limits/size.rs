//! Size of a document after its fragments are spread. Each fragment is measured once.

use std::{collections::HashMap, ops::Add};

use async_graphql::{
    Name,
    parser::types::{ExecutableDocument, Selection, SelectionSet},
};

/// Maximum nesting of selections. A deeper document counts as infinitely large; within one
/// definition the parser limits nesting.
const MAX_NESTING: usize = 100;

/// Size of a document. Sums saturate at the largest number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DocumentSize {
    /// Number of selections.
    pub selections: usize,
    /// Number of selections at the root.
    pub roots: usize,
    /// Number of aliases.
    pub aliases: usize,
    /// Number of directives.
    pub directives: usize,
    /// Whether a fragment spreads itself, directly or through others (GraphQL §5.5.2.2).
    pub has_fragment_cycle: bool,
    /// Whether there is a fragment that no operation spreads (§5.5.1.4).
    pub has_unused_fragment: bool,
}

impl Add for DocumentSize {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            selections: self.selections.saturating_add(other.selections),
            roots: self.roots.saturating_add(other.roots),
            aliases: self.aliases.saturating_add(other.aliases),
            directives: self.directives.saturating_add(other.directives),
            has_fragment_cycle: self.has_fragment_cycle || other.has_fragment_cycle,
            has_unused_fragment: self.has_unused_fragment || other.has_unused_fragment,
        }
    }
}

impl DocumentSize {
    /// Measures all operations of a document together.
    pub fn of(document: &ExecutableDocument) -> Self {
        let mut measuring = Measuring {
            document,
            known: HashMap::new(),
        };
        let operations = document.operations.iter();
        let whole = operations.fold(Self::default(), |sum, (_, operation)| {
            let operation = &operation.node;
            let set = measuring.set(&operation.selection_set.node, 0);
            sum + set + Self::directives(operation.directives.len())
        });
        let names = document.fragments.keys();
        let has_unused_fragment = names
            .into_iter()
            .any(|name| !measuring.known.contains_key(name));
        Self {
            has_unused_fragment,
            ..whole
        }
    }

    fn directives(directives: usize) -> Self {
        Self {
            directives,
            ..Self::default()
        }
    }

    const UNBOUNDED: Self = Self {
        selections: usize::MAX,
        roots: usize::MAX,
        aliases: usize::MAX,
        directives: usize::MAX,
        has_fragment_cycle: false,
        has_unused_fragment: false,
    };
}

struct Measuring<'d> {
    document: &'d ExecutableDocument,
    /// Sizes of fragments; `None` while a fragment is being measured.
    known: HashMap<&'d Name, Option<DocumentSize>>,
}

impl<'d> Measuring<'d> {
    fn set(&mut self, set: &'d SelectionSet, nesting: usize) -> DocumentSize {
        if nesting > MAX_NESTING {
            return DocumentSize::UNBOUNDED;
        }
        let items = set.items.iter();
        items.fold(DocumentSize::default(), |sum, item| {
            sum + self.selection(&item.node, nesting)
        })
    }

    fn selection(&mut self, selection: &'d Selection, nesting: usize) -> DocumentSize {
        match selection {
            Selection::Field(field) => {
                let field = &field.node;
                let itself = DocumentSize {
                    selections: 1,
                    aliases: usize::from(field.alias.is_some()),
                    directives: field.directives.len(),
                    ..DocumentSize::default()
                };
                let whole = itself + self.set(&field.selection_set.node, nesting + 1);
                DocumentSize { roots: 1, ..whole }
            }
            Selection::InlineFragment(inline) => {
                let directives = DocumentSize::directives(inline.node.directives.len());
                directives + self.set(&inline.node.selection_set.node, nesting + 1)
            }
            Selection::FragmentSpread(spread) => {
                let directives = DocumentSize::directives(spread.node.directives.len());
                directives + self.fragment(&spread.node.fragment_name.node, nesting)
            }
        }
    }

    fn fragment(&mut self, name: &'d Name, nesting: usize) -> DocumentSize {
        if let Some(known) = self.known.get(name) {
            let cycle = DocumentSize {
                has_fragment_cycle: true,
                ..DocumentSize::default()
            };
            return known.unwrap_or(cycle);
        }
        self.known.insert(name, None);
        let fragment = self.document.fragments.get(name).map(|found| &found.node);
        // An unknown fragment counts as one selection: looking it up costs time for each spread.
        let missing = DocumentSize {
            selections: 1,
            ..DocumentSize::default()
        };
        let size = fragment.map_or(missing, |fragment| {
            let directives = DocumentSize::directives(fragment.directives.len());
            directives + self.set(&fragment.selection_set.node, nesting + 1)
        });
        self.known.insert(name, Some(size));
        size
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    #[test]
    fn fragments_count_each_time_they_are_spread() {
        let size = |selections, roots, aliases, directives| DocumentSize {
            selections,
            roots,
            aliases,
            directives,
            has_fragment_cycle: false,
            has_unused_fragment: false,
        };
        for (document, expected) in [
            ("{ a b { c } }", size(3, 2, 0, 0)),
            (
                "{ ...f ...f } fragment f on Query { a b: c }",
                size(4, 4, 2, 0),
            ),
            ("{ ...f a @x { b @y } }", size(3, 1, 0, 2)),
            (
                "query @x { ... on Query @y { a } ...f @z } fragment f on Query @v { b }",
                size(2, 2, 0, 4),
            ),
        ] {
            let parsed = parse_query(document).unwrap();
            assert_eq!(DocumentSize::of(&parsed), expected, "{document}");
        }
    }

    #[test]
    fn a_fragment_that_spreads_itself_is_found() {
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
            assert_eq!(
                DocumentSize::of(&parsed).has_fragment_cycle,
                circular,
                "{document}"
            );
        }
    }

    #[test]
    fn an_unused_fragment_is_found() {
        for (document, unused) in [
            ("{ a } fragment f on Query { a }", true),
            ("{ a } fragment f on Query { ...f }", true),
            (
                "{ ...f } fragment f on Query { ...g } fragment g on Query { a }",
                false,
            ),
        ] {
            let parsed = parse_query(document).unwrap();
            assert_eq!(
                DocumentSize::of(&parsed).has_unused_fragment,
                unused,
                "{document}"
            );
        }
    }

    #[test]
    fn a_fragment_bomb_is_measured_without_spreading_it() {
        let mut bomb = String::from("{ ...f0 }");
        for n in 0..60 {
            bomb += &format!(" fragment f{n} on Query {{ ...f{m} ...f{m} }}", m = n + 1);
        }
        // The innermost fragment exists, or does not.
        for last in ["", " fragment f60 on Query { viewer { id } }"] {
            let parsed = parse_query(&(bomb.clone() + last)).unwrap();
            assert!(DocumentSize::of(&parsed).selections > 1 << 40);
        }
    }
}
