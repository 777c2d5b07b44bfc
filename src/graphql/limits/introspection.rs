//! What asking for the schema itself may answer. The library counts one for each of its fields, whatever its lists hold.

use async_graphql::{
    parser::types::{ExecutableDocument, Selection, SelectionSet},
    registry::{MetaType, Registry},
};

/// How large the schema's lists are: on average, and at most.
struct Sizes([(&'static str, f64, f64); 8]);

/// The fields that an operation's introspection answers, about; infinite where a list stands within a list of the same
/// kind, since what leads in a circle grows without end. No tool asks so.
pub fn of(document: &ExecutableDocument, registry: &Registry) -> f64 {
    let walk = Walk {
        document,
        sizes: Sizes::of(registry),
    };
    let operations = document.operations.iter();
    let sets = operations.map(|(_, operation)| &operation.node.selection_set.node);
    sets.map(|set| walk.roots(set)).sum()
}

impl Sizes {
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
        // Of each field's arguments, on average of all fields.
        let per_field = arguments.0 / fields.0.max(1.0);
        Self([
            ("types", types, types),
            ("fields", fields.0, fields.1),
            ("args", per_field, arguments.1),
            ("inputFields", inputs.0, inputs.1),
            ("enumValues", values.0, values.1),
            ("possibleTypes", possible.0, possible.1),
            // Whatever implements something implements few.
            ("interfaces", 1.0, 4.0),
            ("directives", directives, directives),
        ])
    }

    /// The place of a list, and how long it is.
    fn list(&self, field: &str, average: bool) -> Option<(usize, f64)> {
        let place = self.0.iter().position(|(name, ..)| *name == field)?;
        let (_, mean, most) = self.0[place];
        Some((place, if average { mean } else { most }))
    }
}

struct Walk<'d> {
    document: &'d ExecutableDocument,
    sizes: Sizes,
}

impl<'d> Walk<'d> {
    /// The fields of a set, those of fragments too.
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

    /// `lists` has a bit for each list that leads here.
    fn set(&self, set: &'d SelectionSet, times: f64, average: bool, lists: u8) -> f64 {
        let fields = self.fields(set).into_iter();
        let weights = fields.map(|(name, set)| {
            let Some((place, length)) = self.sizes.list(name, average) else {
                return times + self.set(set, times, average, lists);
            };
            match lists & 1 << place {
                0 => times + self.set(set, times * length, average, lists | 1 << place),
                _ => f64::INFINITY,
            }
        });
        weights.sum()
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::{OutputType, parser::parse_query};

    use super::{super::INTROSPECTION, *};
    use crate::graphql::schema::Query;

    /// What GraphiQL asks for.
    const TOOL: &str = "query IntrospectionQuery {
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

    fn weight(document: &str) -> f64 {
        let mut registry = Registry::default();
        Query::create_type_info(&mut registry);
        of(&parse_query(document).unwrap(), &registry)
    }

    #[test]
    fn tools_may_ask_for_the_schema_and_nobody_for_it_many_times() {
        let tool = weight(TOOL);
        assert!(tool > 1_000.0 && tool < INTROSPECTION / 2.0, "{tool}");
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
            assert!(weight(&document) > INTROSPECTION, "{document}");
        }
        for document in [
            "{ viewer { id } __typename }",
            "{ __type(name: \"Procurement\") { name fields { name type { name ofType { name } } } } }",
        ] {
            assert!(weight(document) < INTROSPECTION / 10.0, "{document}");
        }
    }
}
