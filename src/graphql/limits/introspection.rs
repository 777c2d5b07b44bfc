//! Estimated size of the response to an introspection query. The library counts each introspection
//! field once, regardless of the length of its lists.

use async_graphql::{
    parser::types::{ExecutableDocument, Selection, SelectionSet},
    registry::{MetaType, Registry},
};

/// Average and maximum length of each list of the introspection schema.
struct ListLengths([(&'static str, f64, f64); 8]);

/// Estimates the number of introspection fields in the response to a document. Returns infinity if
/// a list contains a list of the same kind, since nesting them grows the response exponentially and
/// no common tool does so.
pub fn estimate_fields(document: &ExecutableDocument, registry: &Registry) -> f64 {
    let walk = Walk {
        document,
        lengths: ListLengths::of(registry),
    };
    let operations = document.operations.iter();
    let sets = operations.map(|(_, operation)| &operation.node.selection_set.node);
    sets.map(|set| walk.roots(set)).sum()
}

impl ListLengths {
    fn of(registry: &Registry) -> Self {
        let types = registry.types.values();
        let number = |of: fn(&MetaType) -> usize| {
            let numbers = types.clone().map(of);
            let (sum, most) = numbers.fold((0, 0), |(sum, most), n| (sum + n, n.max(most)));
            (sum as f64 / registry.types.len().max(1) as f64, most as f64)
        };
        let fields = number(|one| one.fields().map_or(0, |fields| fields.len()));
        let arguments = number(|one| {
            let fields = one.fields().into_iter().flat_map(|fields| fields.values());
            fields.map(|field| field.args.len()).sum()
        });
        let inputs = number(|one| match one {
            MetaType::InputObject { input_fields, .. } => input_fields.len(),
            _ => 0,
        });
        let values = number(|one| match one {
            MetaType::Enum { enum_values, .. } => enum_values.len(),
            _ => 0,
        });
        let possible = number(|one| match one {
            MetaType::Interface { possible_types, .. } | MetaType::Union { possible_types, .. } => {
                possible_types.len()
            }
            _ => 0,
        });
        let types = registry.types.len() as f64;
        let directives = registry.directives.len() as f64;
        // Average number of arguments of a field.
        let per_field = arguments.0 / fields.0.max(1.0);
        Self([
            ("types", types, types),
            ("fields", fields.0, fields.1),
            ("args", per_field, arguments.1),
            ("inputFields", inputs.0, inputs.1),
            ("enumValues", values.0, values.1),
            ("possibleTypes", possible.0, possible.1),
            // A type implements few interfaces.
            ("interfaces", 1.0, 4.0),
            ("directives", directives, directives),
        ])
    }

    /// Returns the position of a list in the table, and its length.
    fn list(&self, field: &str, average: bool) -> Option<(usize, f64)> {
        let position = self.0.iter().position(|(name, ..)| *name == field)?;
        let (_, mean, most) = self.0[position];
        Some((position, if average { mean } else { most }))
    }
}

struct Walk<'d> {
    document: &'d ExecutableDocument,
    lengths: ListLengths,
}

impl<'d> Walk<'d> {
    /// Returns the fields of a selection set, including those of fragments.
    fn fields(&self, set: &'d SelectionSet) -> Vec<(&'d str, &'d SelectionSet)> {
        let mut found = Vec::new();
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => {
                    let field = &field.node;
                    found.push((field.name.node.as_str(), &field.selection_set.node));
                }
                Selection::InlineFragment(inline) => {
                    found.extend(self.fields(&inline.node.selection_set.node));
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    if let Some(fragment) = self.document.fragments.get(name) {
                        found.extend(self.fields(&fragment.node.selection_set.node));
                    }
                }
            }
        }
        found
    }

    fn roots(&self, set: &'d SelectionSet) -> f64 {
        let roots = self.fields(set).into_iter();
        let weights = roots.map(|(name, set)| match name {
            "__schema" => self.set(set, 1.0, true, 0),
            "__type" => self.set(set, 1.0, false, 0),
            _ => 0.0,
        });
        weights.sum()
    }

    /// Estimates the fields of a selection set that occurs `times` times. `lists` has a bit for
    /// each list on the path to it.
    fn set(&self, set: &'d SelectionSet, times: f64, average: bool, lists: u8) -> f64 {
        let fields = self.fields(set).into_iter();
        let weights = fields.map(|(name, set)| {
            let Some((position, length)) = self.lengths.list(name, average) else {
                return times + self.set(set, times, average, lists);
            };
            match lists & 1 << position {
                0 => times + self.set(set, times * length, average, lists | 1 << position),
                _ => f64::INFINITY,
            }
        });
        weights.sum()
    }
}

/// Returns whether a document selects `__schema` or `__type` at the root of an operation or of a
/// fragment.
pub fn selects_introspection(document: &ExecutableDocument) -> bool {
    let operations = document.operations.iter();
    let sets = operations.map(|(_, operation)| &operation.node.selection_set.node);
    let fragments = document.fragments.values();
    let mut sets = sets.chain(fragments.map(|fragment| &fragment.node.selection_set.node));
    sets.any(has_introspection_field)
}

fn has_introspection_field(set: &SelectionSet) -> bool {
    set.items.iter().any(|item| match &item.node {
        Selection::Field(field) => {
            matches!(field.node.name.node.as_str(), "__schema" | "__type")
        }
        Selection::InlineFragment(inline) => {
            has_introspection_field(&inline.node.selection_set.node)
        }
        Selection::FragmentSpread(_) => false,
    })
}

#[cfg(test)]
mod tests {
    use async_graphql::{OutputType, parser::parse_query};

    use super::{super::MAX_INTROSPECTION_FIELDS, *};
    use crate::graphql::schema::Query;

    /// GraphiQL's introspection query.
    const GRAPHIQL: &str = "query IntrospectionQuery {
        __schema { description queryType { name kind } mutationType { name kind } subscriptionType { name kind }
            types { ...FullType }
            directives { name description isRepeatable locations args(includeDeprecated: true) { ...InputValue } } } }
        fragment FullType on __Type { kind name description specifiedByURL isOneOf
            fields(includeDeprecated: true) { name description args(includeDeprecated: true) { ...InputValue }
                type { ...TypeRef } isDeprecated deprecationReason }
            inputFields(includeDeprecated: true) { ...InputValue } interfaces { ...TypeRef }
            enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
            possibleTypes { ...TypeRef } }
        fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue isDeprecated
            deprecationReason }
        fragment TypeRef on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name
            ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } } }";

    fn estimate(document: &str) -> f64 {
        let mut registry = Registry::default();
        Query::create_type_info(&mut registry);
        estimate_fields(&parse_query(document).unwrap(), &registry)
    }

    #[test]
    fn common_tools_are_within_the_limit_and_repetition_is_not() {
        let tool = estimate(GRAPHIQL);
        assert!(
            tool > 1_000.0 && tool < MAX_INTROSPECTION_FIELDS / 2.0,
            "{tool}"
        );
        let many: String = (0..50)
            .map(|n| format!("a{n}: __schema {{ types {{ fields {{ name args {{ name }} type {{ name }} }} }} }} "))
            .collect();
        let wide: String = (0..190)
            .map(|n| format!("a{n}: fields {{ name }} "))
            .collect();
        for document in [
            format!("{{ {many} }}"),
            format!("{{ __schema {{ types {{ {wide} }} }} }}"),
            "{ __schema { types { fields { type { fields { name } } } } } }".into(),
            "{ __type(name: \"Node\") { possibleTypes { interfaces { possibleTypes { name } } } } }".into(),
        ] {
            assert!(estimate(&document) > MAX_INTROSPECTION_FIELDS, "{document}");
        }
        for document in [
            "{ viewer { id } __typename }",
            "{ __type(name: \"Procurement\") { name fields { name type { name ofType { name } } } } }",
        ] {
            assert!(
                estimate(document) < MAX_INTROSPECTION_FIELDS / 10.0,
                "{document}"
            );
        }
    }

    #[test]
    fn introspection_is_found_at_the_root_and_in_fragments() {
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
            assert_eq!(selects_introspection(&parsed), expected, "{document}");
        }
    }
}
