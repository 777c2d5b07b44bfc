//! Which requests may use the permits that are reserved for tender writes.
//!
//! A tender must arrive before its deadline, so `submitTender` and `withdrawTender` pass while
//! everything else is saturated. A request qualifies only if it does nothing else: one mutation,
//! whose answer selects values of the tender, the refusals, and plain values of the procurement.

use async_graphql::parser::types::{
    ExecutableDocument, Field, OperationType, Selection, SelectionSet,
};

use crate::graphql::{Documents, selected_operation};

const MUTATIONS: [&str; 2] = ["submitTender", "withdrawTender"];
/// Maximum number of bytes of the document. A larger one is not parsed before it is admitted.
const MAX_BYTES: usize = 4 << 10;
/// Maximum number of fields below the mutation, fragments expanded.
const MAX_FIELDS: usize = 50;

/// Returns whether the selected operation of a document does nothing but submit or withdraw a
/// tender.
pub fn is_only(documents: &Documents, text: &str, operation: Option<&str>) -> bool {
    let is_candidate =
        text.len() <= MAX_BYTES && MUTATIONS.iter().any(|mutation| text.contains(mutation));
    let document = is_candidate.then(|| documents.parse(text).ok()).flatten();
    document.is_some_and(|document| qualifies(&document.parsed, operation))
}

fn qualifies(document: &ExecutableDocument, operation: Option<&str>) -> bool {
    let Some((_, operation)) = selected_operation(document, operation) else {
        return false;
    };
    let [root] = operation.selection_set.node.items.as_slice() else {
        return false;
    };
    let Selection::Field(root) = &root.node else {
        return false;
    };
    let mut budget = MAX_FIELDS;
    operation.ty == OperationType::Mutation
        && MUTATIONS.contains(&root.node.name.node.as_str())
        && is_light(document, &root.node.selection_set.node, &mut budget, light)
}

/// Whether a field of the mutation's payload is cheap. The procurement has lists and pages, so only
/// its plain values are; everything below the other fields belongs to the tender.
fn light(document: &ExecutableDocument, field: &Field, budget: &mut usize) -> bool {
    let of: Rule = match field.name.node.as_str() {
        "procurement" => |_, field, _| field.selection_set.node.items.is_empty(),
        _ => light,
    };
    is_light(document, &field.selection_set.node, budget, of)
}

type Rule = fn(&ExecutableDocument, &Field, &mut usize) -> bool;

/// Whether the fields of a selection set have no arguments, keep the budget, and follow the rule.
fn is_light(
    document: &ExecutableDocument,
    set: &SelectionSet,
    budget: &mut usize,
    rule: Rule,
) -> bool {
    set.items.iter().all(|item| {
        let Some(left) = budget.checked_sub(1) else {
            return false;
        };
        *budget = left;
        match &item.node {
            Selection::Field(field) => {
                field.node.arguments.is_empty() && rule(document, &field.node, budget)
            }
            Selection::InlineFragment(inline) => {
                is_light(document, &inline.node.selection_set.node, budget, rule)
            }
            Selection::FragmentSpread(spread) => {
                let fragment = document.fragments.get(&spread.node.fragment_name.node);
                fragment.is_some_and(|fragment| {
                    let set = &fragment.node.selection_set.node;
                    is_light(document, set, budget, rule)
                })
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graphql::Limits;

    #[test]
    fn only_a_document_that_does_nothing_else_qualifies() {
        let documents = Documents::new(Limits::default(), None, false).unwrap();
        let many = "id ".repeat(MAX_FIELDS);
        for (text, name, expected) in [
            (
                include_str!("../../schema/operations/07-submit.graphql"),
                None,
                true,
            ),
            (
                "mutation { withdrawTender(input: {}) { tender { id } procurement { id tenderDeadline } userErrors { code } } }",
                None,
                true,
            ),
            (
                "mutation { submitTender(input: {}) { ...F } } fragment F on TenderPayload { tender { id } }",
                None,
                true,
            ),
            (
                "mutation A { submitTender(input: {}) { tender { id } } } query B { viewer { id } }",
                Some("B"),
                false,
            ),
            // Other work next to the tender.
            (
                "mutation { submitTender(input: {}) { tender { id } } askQuestion(input: {}) { question { id } } }",
                None,
                false,
            ),
            (
                "mutation { a: submitTender(input: {}) { tender { id } } b: submitTender(input: {}) { tender { id } } }",
                None,
                false,
            ),
            (
                "mutation { ... { submitTender(input: {}) { tender { id } } } }",
                None,
                false,
            ),
            (
                "mutation { submitTender(input: {}) { procurement { notices { nodes { id } } } } }",
                None,
                false,
            ),
            (
                "mutation { submitTender(input: {}) { ...F } } fragment F on TenderPayload { procurement { ...P } } fragment P on Procurement { buyer { name } }",
                None,
                false,
            ),
            (
                "mutation { submitTender(input: {}) { procurement { title(language: \"sv\") } } }",
                None,
                false,
            ),
            (
                &format!("mutation {{ submitTender(input: {{}}) {{ tender {{ {many} }} }} }}"),
                None,
                false,
            ),
            (
                &format!(
                    "mutation {{ submitTender(input: {{}}) {{ tender {{ id }} }} }} #{}",
                    "a".repeat(MAX_BYTES)
                ),
                None,
                false,
            ),
            ("query { submitTender { tender { id } } }", None, false),
            (
                "mutation { openTenders(input: {}) { procurement { id } } }",
                None,
                false,
            ),
            ("mutation { submitTender(", None, false),
        ] {
            assert_eq!(is_only(&documents, text, name), expected, "{text}");
        }
    }
}
