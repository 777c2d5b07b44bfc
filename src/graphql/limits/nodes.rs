//! Maximum number of nodes on all pages of an operation together: a page of 100 procurements with
//! 20 lots each has 2,100.

use std::convert::Infallible;

use async_graphql::{
    Name, Value, Variables,
    parser::types::{
        ExecutableDocument, Field, OperationDefinition, OperationType, Selection, SelectionSet,
    },
    registry::{MetaField, MetaType, MetaTypeName, Registry},
};

use crate::{graphql::operation::selected_operation, kernel::paging::DEFAULT_PAGE_SIZE};

/// Arguments with the length of a page; a field has one of them.
const PAGE_LENGTHS: [&str; 2] = ["first", "last"];
/// End of the names of page types (Relay connections). Other fields with `first` count in the
/// complexity only.
const CONNECTION_SUFFIX: &str = "Connection";

/// Counts the nodes on all pages of the selected operation. The size of the document is already
/// checked, which bounds the walk. Unknown fields count nothing; validation refuses them.
pub fn count_nodes(
    document: &ExecutableDocument,
    operation: Option<&str>,
    variables: &Variables,
    registry: &Registry,
) -> usize {
    let Some((_, operation)) = selected_operation(document, operation) else {
        return 0;
    };
    let root = match operation.ty {
        OperationType::Query => Some(&registry.query_type),
        OperationType::Mutation => registry.mutation_type.as_ref(),
        OperationType::Subscription => registry.subscription_type.as_ref(),
    };
    let counting = Counting {
        document,
        operation,
        variables,
        registry,
    };
    let root = root.and_then(|root| registry.types.get(root));
    counting.set(&operation.selection_set.node, root, 1)
}

struct Counting<'d> {
    document: &'d ExecutableDocument,
    operation: &'d OperationDefinition,
    variables: &'d Variables,
    registry: &'d Registry,
}

impl Counting<'_> {
    /// Counts the nodes below a selection set that occurs `times` times.
    fn set(&self, set: &SelectionSet, of: Option<&MetaType>, times: usize) -> usize {
        let items = set.items.iter().map(|item| &item.node);
        items.fold(0, |sum: usize, item| {
            let number = match item {
                Selection::Field(field) => self.field(&field.node, of, times),
                Selection::InlineFragment(inline) => {
                    let inline = &inline.node;
                    let condition = inline.type_condition.as_ref();
                    let named =
                        condition.and_then(|c| self.registry.types.get(c.node.on.node.as_str()));
                    self.set(&inline.selection_set.node, named.or(of), times)
                }
                Selection::FragmentSpread(spread) => {
                    let fragment = self.document.fragments.get(&spread.node.fragment_name.node);
                    fragment.map_or(0, |fragment| {
                        let on = fragment.node.type_condition.node.on.node.as_str();
                        let named = self.registry.types.get(on);
                        self.set(&fragment.node.selection_set.node, named, times)
                    })
                }
            };
            sum.saturating_add(number)
        })
    }

    fn field(&self, field: &Field, of: Option<&MetaType>, times: usize) -> usize {
        let Some(known) = of.and_then(|of| of.field_by_name(&field.name.node)) else {
            return 0;
        };
        let page = self.page_length(field, known);
        let times = times.saturating_mul(page.unwrap_or(1));
        let of = self.registry.concrete_type_by_name(&known.ty);
        let within = self.set(&field.selection_set.node, of, times);
        match page {
            Some(_) => within.saturating_add(times),
            None => within,
        }
    }

    /// Returns the maximum length of a field's page; `None` if the field has no pages.
    fn page_length(&self, field: &Field, known: &MetaField) -> Option<usize> {
        if !MetaTypeName::concrete_typename(&known.ty).ends_with(CONNECTION_SUFFIX) {
            return None;
        }
        let mut arguments = PAGE_LENGTHS.iter().filter_map(|name| known.args.get(*name));
        let standard =
            arguments.find_map(|argument| argument.default_value.as_deref()?.parse().ok());
        known.args.get(PAGE_LENGTHS[0])?;
        let given = PAGE_LENGTHS.iter().find_map(|name| {
            let value = field.get_argument(name)?;
            let variable = |name: Name| Ok::<_, Infallible>(self.variable(&name));
            match value.node.clone().into_const_with(variable) {
                Ok(Value::Null) => None,
                Ok(value) => Some(value),
            }
        });
        let number = match given {
            // Validation or the resolver refuses values that are not numbers.
            Some(given) => number(&given).unwrap_or(0),
            None => standard.unwrap_or(DEFAULT_PAGE_SIZE as usize),
        };
        Some(number)
    }

    fn variable(&self, name: &Name) -> Value {
        let definitions = &self.operation.variable_definitions;
        let standard = || {
            let mut definitions = definitions.iter().map(|definition| &definition.node);
            let definition = definitions.find(|definition| definition.name.node == *name)?;
            definition.default_value().cloned()
        };
        let given = self.variables.get(name).cloned();
        given.or_else(standard).unwrap_or_default()
    }
}

fn number(value: &Value) -> Option<usize> {
    match value {
        Value::Number(number) => usize::try_from(number.as_u64()?).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::{Object, OutputType, parser::parse_query};
    use serde_json::json;

    use super::*;

    struct Thing;

    #[Object(name = "ThingConnection")]
    impl Thing {
        async fn page(&self, #[graphql(default = 20)] first: i32) -> Vec<Thing> {
            (0..first).map(|_| Thing).collect()
        }

        async fn one(&self) -> Thing {
            Thing
        }

        async fn name(&self) -> &str {
            "a"
        }
    }

    #[test]
    fn nested_pages_multiply_and_sibling_pages_add() {
        let mut registry = Registry::default();
        Thing::create_type_info(&mut registry);
        registry.query_type = Thing::type_name().into_owned();
        let two = r#"query A { page(first: 3) { name } } query B($n: Int = 5) { page(first: $n) { name } }"#;
        for (document, operation, variables, expected) in [
            ("{ name one { name } }", None, json!({}), 0),
            ("{ page { name } }", None, json!({}), 20),
            (
                "{ page(first: 3) { page(first: 4) { name } } }",
                None,
                json!({}),
                15,
            ),
            (
                "{ one { page(first: 3) { one { page(first: 4) { name } } } } }",
                None,
                json!({}),
                15,
            ),
            (
                "{ a: page(first: 3) { name } b: page(first: 4) { name } }",
                None,
                json!({}),
                7,
            ),
            (
                "{ page(first: 3) { ...f ... { page(first: 1) { name } } } } fragment f on ThingConnection { page(first: 2) { name } }",
                None,
                json!({}),
                12,
            ),
            (two, Some("A"), json!({}), 3),
            (two, Some("B"), json!({}), 5),
            (two, Some("B"), json!({ "n": 7 }), 7),
            (two, Some("B"), json!({ "n": -7 }), 0),
            (two, Some("B"), json!({ "n": "7" }), 0),
            (
                "{ page(first: 9223372036854775807) { page(first: 100) { page(first: 100) { name } } } }",
                None,
                json!({}),
                usize::MAX,
            ),
            (
                "{ nothing(first: 3) { page { name } } }",
                None,
                json!({}),
                0,
            ),
        ] {
            let parsed = parse_query(document).unwrap();
            let variables = Variables::from_json(variables);
            let counted = count_nodes(&parsed, operation, &variables, &registry);
            assert_eq!(counted, expected, "{document}");
        }
    }
}
