//! What an operation may return at most: the nodes on all its pages together (a page of 100
//! procurements with 20 lots each has 2,100), and the bytes of their long texts.

use std::{convert::Infallible, iter::Sum, ops::Add};

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

/// Fields of long texts, with the maximum number of bytes that users may store in them. A text that
/// depends on `language` counts in one language, the translations of a text in three.
const LONG_TEXTS: [(&str, &str, usize); 6] = [
    ("LocalizedText", "text", 10_000),
    ("Translation", "text", 30_000),
    ("Question", "text", 10_000),
    ("ContributionAnswer", "text", 10_000),
    ("OwnContribution", "canonicalJson", 200_000),
    ("Tender", "text", 100_000),
];

/// What an operation may return at most. Sums saturate at the largest number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Estimate {
    /// Number of nodes on all pages.
    pub nodes: usize,
    /// Number of bytes of long texts.
    pub text_bytes: usize,
}

impl Add for Estimate {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            nodes: self.nodes.saturating_add(other.nodes),
            text_bytes: self.text_bytes.saturating_add(other.text_bytes),
        }
    }
}

impl Sum for Estimate {
    fn sum<I: Iterator<Item = Self>>(each: I) -> Self {
        each.fold(Self::default(), Self::add)
    }
}

/// Estimates what the selected operation may return at most. The size of the document is already
/// checked, which bounds the walk. Unknown fields count nothing; validation refuses them.
pub fn estimate(
    document: &ExecutableDocument,
    operation: Option<&str>,
    variables: &Variables,
    registry: &Registry,
) -> Estimate {
    let Some((_, operation)) = selected_operation(document, operation) else {
        return Estimate::default();
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
    /// Estimates what is below a selection set that occurs `times` times.
    fn set(&self, set: &SelectionSet, of: Option<&MetaType>, times: usize) -> Estimate {
        let items = set.items.iter().map(|item| &item.node);
        items
            .map(|item| match item {
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
                    fragment.map_or(Estimate::default(), |fragment| {
                        let on = fragment.node.type_condition.node.on.node.as_str();
                        let named = self.registry.types.get(on);
                        self.set(&fragment.node.selection_set.node, named, times)
                    })
                }
            })
            .sum()
    }

    fn field(&self, field: &Field, of: Option<&MetaType>, times: usize) -> Estimate {
        let name = field.name.node.as_str();
        let found = of.and_then(|of| Some((of, of.field_by_name(name)?)));
        let Some((of, known)) = found else {
            return Estimate::default();
        };
        if let Some(bytes) = text_bytes(of.name(), name) {
            return Estimate {
                nodes: 0,
                text_bytes: times.saturating_mul(bytes),
            };
        }
        let page = self.page_length(field, known);
        let times = times.saturating_mul(page.unwrap_or(1));
        let of = self.registry.concrete_type_by_name(&known.ty);
        let within = self.set(&field.selection_set.node, of, times);
        let own = Estimate {
            nodes: page.map_or(0, |_| times),
            text_bytes: 0,
        };
        within + own
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

/// Returns the maximum length of a field's text in bytes; `None` if it is not a long text.
fn text_bytes(of: &str, name: &str) -> Option<usize> {
    let mut texts = LONG_TEXTS.iter();
    let found = texts.find(|(parent, field, _)| (*parent, *field) == (of, name));
    found.map(|(_, _, bytes)| *bytes)
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
            let counted = estimate(&parsed, operation, &variables, &registry);
            assert_eq!(counted.nodes, expected, "{document}");
        }
    }

    #[test]
    fn long_texts_count_with_their_maximum_length() {
        let mut registry = Registry::default();
        crate::graphql::schema::Query::create_type_info(&mut registry);
        registry.query_type = "Query".to_owned();
        for (of, name, _) in LONG_TEXTS {
            let found = registry.types.get(of).and_then(|of| of.field_by_name(name));
            assert!(found.is_some(), "{of}.{name}");
        }
        for (document, expected) in [
            ("{ procurement { title { text language } } }", 10_000),
            (
                "{ procurement { title { translations { text } } } }",
                30_000,
            ),
            (
                "{ procurement { lots(first: 5) { nodes { title { text } } } } }",
                50_000,
            ),
        ] {
            let parsed = parse_query(document).unwrap();
            let counted = estimate(&parsed, None, &Variables::default(), &registry);
            assert_eq!(counted.text_bytes, expected, "{document}");
        }
    }
}
