//! Fields of selection sets by their response keys, as the operation executes them: fragments are
//! spread, and fields with the same response key are one field.

use async_graphql::{
    indexmap::IndexMap,
    parser::types::{ExecutableDocument, OperationDefinition, Selection, SelectionSet},
};

/// Field that a selection set selects under several response keys.
#[derive(Debug, PartialEq, Eq)]
pub struct RepeatedField<'d> {
    pub name: &'d str,
    /// Number of its response keys in the selection set.
    pub keys: usize,
}

/// Returns the field that has the most response keys in one selection set of the document; `None`
/// for a document without fields. The size of the document is already checked, which bounds the
/// walk.
pub fn most_repeated(document: &ExecutableDocument) -> Option<RepeatedField<'_>> {
    let mut most = None;
    for (_, operation) in document.operations.iter() {
        find_most(document, &[&operation.node.selection_set.node], &mut most);
    }
    most
}

/// Returns the number of fields at the root of an operation that are not introspection.
pub fn count_roots(document: &ExecutableDocument, operation: &OperationDefinition) -> usize {
    let fields = collect(document, &[&operation.selection_set.node]);
    let names = fields.values().map(|field| field.name);
    names.filter(|name| !name.starts_with("__")).count()
}

/// Field of a selection set, with the selection sets of its occurrences.
struct SelectedField<'d> {
    name: &'d str,
    sets: Vec<&'d SelectionSet>,
}

fn find_most<'d>(
    document: &'d ExecutableDocument,
    sets: &[&'d SelectionSet],
    most: &mut Option<RepeatedField<'d>>,
) {
    let fields = collect(document, sets);
    let mut keys: IndexMap<&str, usize> = IndexMap::new();
    for field in fields.values() {
        *keys.entry(field.name).or_default() += 1;
    }
    for (name, keys) in keys {
        if most.as_ref().is_none_or(|most| most.keys < keys) {
            *most = Some(RepeatedField { name, keys });
        }
    }
    for field in fields.values() {
        find_most(document, &field.sets, most);
    }
}

/// Returns the fields of several selection sets together, by response key.
fn collect<'d>(
    document: &'d ExecutableDocument,
    sets: &[&'d SelectionSet],
) -> IndexMap<&'d str, SelectedField<'d>> {
    let mut fields = IndexMap::new();
    for set in sets {
        add(document, set, &mut fields);
    }
    fields
}

fn add<'d>(
    document: &'d ExecutableDocument,
    set: &'d SelectionSet,
    fields: &mut IndexMap<&'d str, SelectedField<'d>>,
) {
    for item in &set.items {
        match &item.node {
            Selection::Field(field) => {
                let field = &field.node;
                let found = fields
                    .entry(field.response_key().node.as_str())
                    .or_insert_with(|| SelectedField {
                        name: field.name.node.as_str(),
                        sets: Vec::new(),
                    });
                if !field.selection_set.node.items.is_empty() {
                    found.sets.push(&field.selection_set.node);
                }
            }
            Selection::InlineFragment(inline) => {
                add(document, &inline.node.selection_set.node, fields);
            }
            Selection::FragmentSpread(spread) => {
                let name = &spread.node.fragment_name.node;
                if let Some(fragment) = document.fragments.get(name) {
                    add(document, &fragment.node.selection_set.node, fields);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    #[test]
    fn response_keys_of_a_field_are_counted_per_selection_set() {
        for (document, name, keys) in [
            ("{ a b c }", "a", 1),
            ("{ a { x: t y: t } b { x: t y: t } }", "t", 2),
            ("{ x: a a y: a x: a }", "a", 3),
            // Parts of one selection set: fragments, and the same response key again.
            (
                "{ a { x: t } a { y: t ...f ... { z: t } } } fragment f on T { w: t }",
                "t",
                4,
            ),
            ("query A { a } query B { x: b y: b }", "b", 2),
        ] {
            let parsed = parse_query(document).unwrap();
            let expected = Some(RepeatedField { name, keys });
            assert_eq!(most_repeated(&parsed), expected, "{document}");
        }
    }

    #[test]
    fn roots_are_counted_once_per_response_key() {
        for (document, roots) in [
            ("mutation { a }", 1),
            ("mutation { a a { b } x: a __typename }", 2),
            (
                "mutation { ...f ... { c } ...f } fragment f on Mutation { a b }",
                3,
            ),
        ] {
            let parsed = parse_query(document).unwrap();
            let (_, operation) = parsed.operations.iter().next().unwrap();
            assert_eq!(count_roots(&parsed, &operation.node), roots, "{document}");
        }
    }
}
