//! Fields with the same response key are one field: they must not conflict (GraphQL §5.3.2), and
//! are executed once (§6.3.2).
//!
//! The library executes each of them, so that a mutation that two fragments select would run twice,
//! and loses data where one of them fails. It compares fields of one selection set only.

mod conflicts;

use std::collections::HashMap;

use async_graphql::{
    Name, Positioned, Value as ConstValue, Variables,
    indexmap::IndexMap,
    parser::types::{
        Directive, ExecutableDocument, Field, FragmentDefinition, InlineFragment,
        OperationDefinition, OperationType, Selection, SelectionSet, TypeCondition,
    },
    registry::{MetaType, MetaTypeName, Registry},
};
use async_graphql_value::Value;

pub use conflicts::conflicts;

/// Returns the root type of an operation.
fn root<'r>(operation: &OperationDefinition, registry: &'r Registry) -> Option<&'r str> {
    match operation.ty {
        OperationType::Query => Some(registry.query_type.as_str()),
        OperationType::Mutation => registry.mutation_type.as_deref(),
        OperationType::Subscription => registry.subscription_type.as_deref(),
    }
}

/// Returns whether a selection set of the operation has fields with the same response key.
pub fn has_repeated_keys(document: &ExecutableDocument, operation: &OperationDefinition) -> bool {
    set_has_repeated_keys(document, &operation.selection_set.node)
}

fn set_has_repeated_keys(document: &ExecutableDocument, set: &SelectionSet) -> bool {
    fn collect<'d>(
        document: &'d ExecutableDocument,
        set: &'d SelectionSet,
        fields: &mut Vec<&'d Field>,
    ) {
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => fields.push(&field.node),
                Selection::InlineFragment(inline) => {
                    collect(document, &inline.node.selection_set.node, fields);
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    if let Some(fragment) = document.fragments.get(name) {
                        collect(document, &fragment.node.selection_set.node, fields);
                    }
                }
            }
        }
    }
    let mut fields = Vec::new();
    collect(document, set, &mut fields);
    let mut keys = std::collections::HashSet::new();
    fields.into_iter().any(|field| {
        !keys.insert(field.response_key().node.as_str())
            || set_has_repeated_keys(document, &field.selection_set.node)
    })
}

/// Merges the fields of an operation by their response keys. The document has this operation only,
/// and its variables are coerced.
pub fn merge(
    fragments: HashMap<Name, Positioned<FragmentDefinition>>,
    operation: &mut OperationDefinition,
    variables: &Variables,
    registry: &Registry,
) {
    let Some(root) = root(operation, registry) else {
        return;
    };
    let merging = Merging {
        fragments,
        variables,
        registry,
    };
    let set = &mut operation.selection_set.node;
    let items = std::mem::take(&mut set.items);
    set.items = merging.set(items, root);
}

struct Merging<'m> {
    fragments: HashMap<Name, Positioned<FragmentDefinition>>,
    variables: &'m Variables,
    registry: &'m Registry,
}

/// A selection set whose fields have different response keys.
#[derive(Default)]
struct Merged {
    fields: IndexMap<Name, Positioned<Field>>,
    /// Selections for some of the possible types of an interface, by type.
    conditional: IndexMap<Name, Positioned<InlineFragment>>,
}

impl Merging<'_> {
    fn set(&self, items: Vec<Positioned<Selection>>, parent: &str) -> Vec<Positioned<Selection>> {
        let mut merged = Merged::default();
        self.add(items, parent, &mut merged);
        let of = self.registry.types.get(parent);
        let fields = merged.fields.into_values().map(|mut field| {
            let known = of.and_then(|of| of.field_by_name(&field.node.name.node));
            if let Some(known) = known {
                let inside = MetaTypeName::concrete_typename(&known.ty);
                let set = &mut field.node.selection_set.node;
                set.items = self.set(std::mem::take(&mut set.items), inside);
            }
            let position = field.pos;
            Positioned::new(Selection::Field(field), position)
        });
        let conditional = merged.conditional.into_iter().map(|(on, mut inline)| {
            let set = &mut inline.node.selection_set.node;
            set.items = self.set(std::mem::take(&mut set.items), &on);
            let position = inline.pos;
            Positioned::new(Selection::InlineFragment(inline), position)
        });
        fields.chain(conditional).collect()
    }

    fn add(&self, items: Vec<Positioned<Selection>>, parent: &str, merged: &mut Merged) {
        for item in items {
            let position = item.pos;
            if self.is_skipped(item.node.directives()) {
                continue;
            }
            match item.node {
                Selection::Field(mut field) => {
                    // Only @skip and @include exist here, and both are applied.
                    field.node.directives.clear();
                    let key = field.node.response_key().node.clone();
                    match merged.fields.get_mut(&key) {
                        Some(first) => {
                            let set = &mut first.node.selection_set.node;
                            set.items.extend(field.node.selection_set.node.items);
                        }
                        None => {
                            merged.fields.insert(key, field);
                        }
                    }
                }
                Selection::InlineFragment(inline) => {
                    let InlineFragment {
                        type_condition,
                        selection_set,
                        ..
                    } = inline.node;
                    let on = type_condition.map(|condition| condition.node.on);
                    let on = on.filter(|on| !self.always_applies(&on.node, parent));
                    self.add_fragment(on, selection_set, parent, merged);
                }
                Selection::FragmentSpread(spread) => {
                    let found = self.fragments.get(&spread.node.fragment_name.node);
                    let Some(fragment) = found else { continue };
                    let mut on = fragment.node.type_condition.node.on.clone();
                    on.pos = position;
                    let on = Some(on).filter(|on| !self.always_applies(&on.node, parent));
                    let set = fragment.node.selection_set.clone();
                    self.add_fragment(on, set, parent, merged);
                }
            }
        }
    }

    /// Adds a fragment: its selections, or if it applies to some types only, itself.
    fn add_fragment(
        &self,
        on: Option<Positioned<Name>>,
        selection_set: Positioned<SelectionSet>,
        parent: &str,
        merged: &mut Merged,
    ) {
        let Some(on) = on else {
            return self.add(selection_set.node.items, parent, merged);
        };
        match merged.conditional.get_mut(&on.node) {
            Some(first) => {
                let set = &mut first.node.selection_set.node;
                set.items.extend(selection_set.node.items);
            }
            None => {
                let (position, name) = (on.pos, on.node.clone());
                let inline = InlineFragment {
                    type_condition: Some(Positioned::new(TypeCondition { on }, position)),
                    directives: Vec::new(),
                    selection_set,
                };
                let inline = Positioned::new(inline, position);
                merged.conditional.insert(name, inline);
            }
        }
    }

    /// Returns whether each value of the type `parent` is of the type `on`.
    fn always_applies(&self, on: &str, parent: &str) -> bool {
        if on == parent {
            return true;
        }
        let is_object = matches!(
            self.registry.types.get(parent),
            Some(MetaType::Object { .. })
        );
        is_object
            && self.registry.types.get(on).is_some_and(|on| match on {
                MetaType::Interface { possible_types, .. }
                | MetaType::Union { possible_types, .. } => possible_types.contains(parent),
                _ => false,
            })
    }

    fn is_skipped(&self, directives: &[Positioned<Directive>]) -> bool {
        directives.iter().any(|directive| {
            let includes = match directive.node.name.node.as_str() {
                "skip" => false,
                "include" => true,
                _ => return false,
            };
            let condition = directive.node.get_argument("if").map(|value| &value.node);
            let condition = match condition {
                Some(Value::Boolean(value)) => *value,
                Some(Value::Variable(name)) => {
                    matches!(self.variables.get(name), Some(ConstValue::Boolean(true)))
                }
                _ => includes,
            };
            condition != includes
        })
    }
}

#[cfg(test)]
mod tests;
