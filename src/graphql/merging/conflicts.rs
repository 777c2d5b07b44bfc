//! Rule "Field Selection Merging" (GraphQL §5.3.2).

use std::collections::HashSet;

use async_graphql::{
    Pos, Positioned, ServerError,
    indexmap::IndexMap,
    parser::types::{ExecutableDocument, Field, Selection, SelectionSet},
    registry::{MetaType, MetaTypeName, Registry},
};

use super::root;

/// Maximum number of selections that the rule visits. It visits a fragment once for each place that
/// spreads it, and once more for each possible type of an interface.
const MAX_VISITS: usize = 100_000;
/// Maximum number of conflicts that are reported at once.
const MAX_CONFLICTS: usize = 10;

/// Returns the fields that have a response key in common, but are different fields.
pub fn conflicts(document: &ExecutableDocument, registry: &Registry) -> Vec<ServerError> {
    let mut rule = Rule {
        document,
        registry,
        visits: 0,
        reported: HashSet::new(),
        found: Vec::new(),
    };
    for (_, operation) in document.operations.iter() {
        if let Some(root) = root(&operation.node, registry) {
            let set = [(root, &operation.node.selection_set.node)];
            rule.shapes(&set);
            rule.fields(&set);
        }
    }
    rule.found
}

type Selected<'d> = (&'d str, &'d SelectionSet);

/// A field with the type that it is selected from and its own type.
#[derive(Clone, Copy)]
struct Found<'d> {
    parent: &'d str,
    kind: &'d str,
    field: &'d Positioned<Field>,
}

struct Rule<'d> {
    document: &'d ExecutableDocument,
    registry: &'d Registry,
    visits: usize,
    reported: HashSet<Pos>,
    found: Vec<ServerError>,
}

impl<'d> Rule<'d> {
    /// Checks that fields with the same key have values of the same form (SameResponseShape).
    fn shapes(&mut self, sets: &[Selected<'d>]) {
        for (key, fields) in self.collect(sets) {
            let Some((first, others)) = fields.split_first() else {
                continue;
            };
            for other in others {
                if !self.same_shape(first.kind, other.kind) {
                    let (one, other_kind) = (first.kind, other.kind);
                    let message = format!(
                        "`{key}` would be of type `{one}` and of type `{other_kind}`; give one of \
                         the fields another alias"
                    );
                    self.report(first, other, message);
                }
            }
            self.shapes(&inside(&fields));
        }
    }

    /// Checks that fields of the same object with the same key are the same field with the same
    /// arguments (FieldsInSetCanMerge).
    fn fields(&mut self, sets: &[Selected<'d>]) {
        for (key, fields) in self.collect(sets) {
            let is_abstract = |found: &Found<'_>| {
                let parent = self.registry.types.get(found.parent);
                !matches!(parent, Some(MetaType::Object { .. }))
            };
            let (shared, own): (Vec<_>, Vec<_>) = fields.into_iter().partition(is_abstract);
            let mut by_parent: IndexMap<&str, Vec<Found<'d>>> = IndexMap::new();
            for found in own {
                by_parent
                    .entry(found.parent)
                    .or_insert_with(|| shared.clone())
                    .push(found);
            }
            if by_parent.is_empty() {
                by_parent.insert("", shared);
            }
            for same in by_parent.values() {
                if let Some((first, others)) = same.split_first() {
                    for other in others {
                        self.compare(key, first, other);
                    }
                }
                self.fields(&inside(same));
            }
        }
    }

    fn compare(&mut self, key: &str, first: &Found<'d>, other: &Found<'d>) {
        let (one, two) = (&first.field.node, &other.field.node);
        if one.name.node != two.name.node {
            let (one, two) = (&one.name.node, &two.name.node);
            let message = format!(
                "`{key}` would be `{one}` and `{two}`; give one of the fields another alias"
            );
            return self.report(first, other, message);
        }
        let same_arguments = one.arguments.len() == two.arguments.len()
            && one.arguments.iter().all(|(name, value)| {
                let other = two.get_argument(&name.node);
                other.is_some_and(|other| other.node == value.node)
            });
        if !same_arguments {
            let message = format!(
                "`{key}` is selected with different arguments; give one of the fields another alias"
            );
            self.report(first, other, message);
        }
    }

    fn report(&mut self, first: &Found<'d>, other: &Found<'d>, message: String) {
        if self.found.len() < MAX_CONFLICTS && self.reported.insert(other.field.pos) {
            let mut error = ServerError::new(message, Some(first.field.pos));
            error.locations.push(other.field.pos);
            self.found.push(error);
        }
    }

    fn same_shape(&self, one: &str, other: &str) -> bool {
        match (MetaTypeName::create(one), MetaTypeName::create(other)) {
            (MetaTypeName::NonNull(one), MetaTypeName::NonNull(other))
            | (MetaTypeName::List(one), MetaTypeName::List(other)) => self.same_shape(one, other),
            (MetaTypeName::Named(one), MetaTypeName::Named(other)) => {
                let is_leaf = |name| {
                    let kind = self.registry.types.get(name);
                    matches!(kind, Some(MetaType::Scalar { .. } | MetaType::Enum { .. }))
                };
                one == other || (!is_leaf(one) && !is_leaf(other))
            }
            _ => false,
        }
    }

    /// Returns the fields of selection sets by response key; none once the rule has visited its
    /// maximum of selections.
    fn collect(&mut self, sets: &[Selected<'d>]) -> IndexMap<&'d str, Vec<Found<'d>>> {
        let mut keys = IndexMap::new();
        for (parent, set) in sets {
            self.collect_set(parent, set, &mut keys);
        }
        keys
    }

    fn collect_set(
        &mut self,
        parent: &'d str,
        set: &'d SelectionSet,
        keys: &mut IndexMap<&'d str, Vec<Found<'d>>>,
    ) {
        self.visits += set.items.len();
        if self.visits > MAX_VISITS {
            if self.visits != usize::MAX / 2 {
                self.visits = usize::MAX / 2;
                let message = "the document repeats too many fields; send several requests";
                self.found.push(ServerError::new(message, None));
            }
            return;
        }
        let (document, registry) = (self.document, self.registry);
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => {
                    let of = registry.types.get(parent);
                    let known = of.and_then(|of| of.field_by_name(&field.node.name.node));
                    // `__typename` and unknown fields, which another rule reports.
                    let kind = known.map_or("String!", |known| known.ty.as_str());
                    let key = field.node.response_key().node.as_str();
                    keys.entry(key).or_default().push(Found {
                        parent,
                        kind,
                        field,
                    });
                }
                Selection::InlineFragment(inline) => {
                    let condition = inline.node.type_condition.as_ref();
                    let parent = condition.map_or(parent, |on| on.node.on.node.as_str());
                    self.collect_set(parent, &inline.node.selection_set.node, keys);
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    if let Some(fragment) = document.fragments.get(name) {
                        let parent = fragment.node.type_condition.node.on.node.as_str();
                        self.collect_set(parent, &fragment.node.selection_set.node, keys);
                    }
                }
            }
        }
    }
}

/// Returns the selection sets of fields.
fn inside<'d>(fields: &[Found<'d>]) -> Vec<Selected<'d>> {
    let sets = fields.iter().map(|found| {
        let kind = MetaTypeName::concrete_typename(found.kind);
        (kind, &found.field.node.selection_set.node)
    });
    sets.collect()
}
