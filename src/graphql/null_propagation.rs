//! Null propagation (GraphQL §6.4.4): an error in a non-null position makes the nearest nullable
//! parent null.
//!
//! The library leaves out the key of a field that failed, and makes an object null when all its
//! fields failed. Each of these places is on the path of an error, so only the paths of errors are
//! walked; a response without errors costs nothing.

use async_graphql::{
    Name, PathSegment, QueryPathNode, QueryPathSegment, Response, ServerError, Value,
    indexmap::IndexMap,
    parser::types::{
        ExecutableDocument, Field, OperationDefinition, OperationType, Selection, SelectionSet,
    },
    registry::{MetaTypeName, Registry},
};

/// Completes the data of a response with errors.
pub fn propagate(
    response: &mut Response,
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    registry: &Registry,
) {
    let errors = response.errors.iter().map(|error| error.path.as_slice());
    let errors: Vec<&[PathSegment]> = errors.filter(|path| !path.is_empty()).collect();
    if errors.is_empty() {
        return;
    }
    let root = match operation.ty {
        OperationType::Query => Some(registry.query_type.as_str()),
        OperationType::Mutation => registry.mutation_type.as_deref(),
        OperationType::Subscription => registry.subscription_type.as_deref(),
    };
    let Some(root) = root else { return };
    let completion = Completion { document, registry };
    let data = std::mem::take(&mut response.data);
    let selected = [(root, &operation.selection_set.node)];
    // The root is nullable, so there is no violation left.
    let completed = completion.value(data, root, &selected, &errors);
    response.data = completed.unwrap_or_default();
}

/// Sets the path of a field's error. The library does not set it in fields of an interface.
pub fn with_path(mut error: ServerError, field: &QueryPathNode<'_>) -> ServerError {
    if error.path.is_empty() {
        let parents = field.parents().map(|node| &node.segment);
        let segments = std::iter::once(&field.segment).chain(parents);
        let segments = segments.map(|segment| match segment {
            QueryPathSegment::Name(name) => PathSegment::Field((*name).to_owned()),
            QueryPathSegment::Index(index) => PathSegment::Index(*index),
        });
        error.path = segments.collect();
        error.path.reverse();
    }
    error
}

/// A null in a non-null position.
#[derive(Debug, PartialEq, Eq)]
struct NonNullViolation;

/// A selection set with the name of the type that it selects from.
type Selected<'d> = (&'d str, &'d SelectionSet);

struct Completion<'d> {
    document: &'d ExecutableDocument,
    registry: &'d Registry,
}

impl<'d> Completion<'d> {
    /// Completes a value of a type. `errors` are the paths of the errors at or inside the value,
    /// relative to it.
    fn value(
        &self,
        value: Value,
        kind: &str,
        selected: &[Selected<'d>],
        errors: &[&[PathSegment]],
    ) -> Result<Value, NonNullViolation> {
        let (kind, non_null) = match MetaTypeName::create(kind) {
            MetaTypeName::NonNull(kind) => (kind, true),
            _ => (kind, false),
        };
        let completed = match MetaTypeName::create(kind) {
            MetaTypeName::List(item) => self.list(value, item, selected, errors),
            _ => self.object(value, selected, errors),
        };
        // A violation inside makes this value null; if it is not nullable, its parent.
        match completed.unwrap_or_default() {
            Value::Null if non_null => Err(NonNullViolation),
            value => Ok(value),
        }
    }

    fn list(
        &self,
        value: Value,
        item: &str,
        selected: &[Selected<'d>],
        errors: &[&[PathSegment]],
    ) -> Result<Value, NonNullViolation> {
        let Value::List(mut items) = value else {
            return Ok(value);
        };
        let by_index = grouped(errors, |segment| match segment {
            PathSegment::Index(index) => Some(*index),
            PathSegment::Field(_) => None,
        });
        for (index, inside) in by_index {
            if let Some(slot) = items.get_mut(index) {
                *slot = self.value(std::mem::take(slot), item, selected, &inside)?;
            }
        }
        Ok(Value::List(items))
    }

    fn object(
        &self,
        value: Value,
        selected: &[Selected<'d>],
        errors: &[&[PathSegment]],
    ) -> Result<Value, NonNullViolation> {
        let by_key = grouped(errors, |segment| match segment {
            PathSegment::Field(key) => Some(key.as_str()),
            PathSegment::Index(_) => None,
        });
        let mut fields = match value {
            Value::Object(fields) => fields,
            // All fields failed.
            Value::Null if !by_key.is_empty() => IndexMap::new(),
            other => return Ok(other),
        };
        if by_key.is_empty() {
            return Ok(Value::Object(fields));
        }
        let keys = self.keys(selected);
        for (key, inside) in by_key {
            let Some(of_key) = keys.get(key) else {
                continue;
            };
            let inner: Vec<Selected<'d>> = of_key.iter().map(|field| field.selected()).collect();
            // Of two fields with one key in different types, the stricter one decides.
            let strict = of_key.iter().find(|field| field.kind.ends_with('!'));
            let Some(field) = strict.or(of_key.first()) else {
                continue;
            };
            match fields.get_mut(key) {
                Some(slot) => {
                    *slot = self.value(std::mem::take(slot), field.kind, &inner, &inside)?;
                }
                None => {
                    let null = self.value(Value::Null, field.kind, &[], &[])?;
                    fields.insert(Name::new(key), null);
                }
            }
        }
        let rank = |key: &Name| keys.get_index_of(key.as_str());
        fields.sort_by(|one, _, other, _| rank(one).cmp(&rank(other)));
        Ok(Value::Object(fields))
    }

    /// Returns the selected fields by response key, in the order of the document.
    fn keys(&self, selected: &[Selected<'d>]) -> IndexMap<&'d str, Vec<SelectedField<'d>>> {
        let mut keys = IndexMap::new();
        for (parent, set) in selected {
            self.collect(parent, set, &mut keys);
        }
        keys
    }

    fn collect(
        &self,
        parent: &'d str,
        set: &'d SelectionSet,
        keys: &mut IndexMap<&'d str, Vec<SelectedField<'d>>>,
    ) {
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => {
                    let key = field.node.response_key().node.as_str();
                    let found = keys.entry(key).or_default();
                    found.extend(self.field(parent, &field.node));
                }
                Selection::InlineFragment(inline) => {
                    let condition = inline.node.type_condition.as_ref();
                    let parent = condition.map_or(parent, |on| on.node.on.node.as_str());
                    self.collect(parent, &inline.node.selection_set.node, keys);
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    if let Some(fragment) = self.document.fragments.get(name) {
                        let parent = fragment.node.type_condition.node.on.node.as_str();
                        self.collect(parent, &fragment.node.selection_set.node, keys);
                    }
                }
            }
        }
    }

    /// Returns a field with its type; `None` for `__typename`, which never fails.
    fn field(&self, parent: &str, field: &'d Field) -> Option<SelectedField<'d>> {
        let parent = self.registry.types.get(parent)?;
        let found = parent.field_by_name(field.name.node.as_str())?;
        Some(SelectedField {
            kind: found.ty.as_str(),
            set: &field.selection_set.node,
        })
    }
}

/// A field of a selection set, with its type.
struct SelectedField<'d> {
    kind: &'d str,
    set: &'d SelectionSet,
}

impl<'d> SelectedField<'d> {
    fn selected(&self) -> Selected<'d> {
        (MetaTypeName::concrete_typename(self.kind), self.set)
    }
}

/// Groups paths by their first segment, without it.
fn grouped<'p, K: std::hash::Hash + Eq>(
    paths: &[&'p [PathSegment]],
    key: impl Fn(&'p PathSegment) -> Option<K>,
) -> IndexMap<K, Vec<&'p [PathSegment]>> {
    let mut groups: IndexMap<K, Vec<&[PathSegment]>> = IndexMap::new();
    for path in paths {
        if let Some((first, rest)) = path.split_first()
            && let Some(key) = key(first)
        {
            groups.entry(key).or_default().push(rest);
        }
    }
    groups
}

#[cfg(test)]
mod tests;
