//! Checks of a document that do not depend on the values of variables: its literals (GraphQL
//! §5.6), and whether each variable fits where it is used (§5.8.5).

use std::collections::{BTreeMap, HashMap, HashSet};

use async_graphql::{
    Name, Pos, Positioned, Value as ConstValue,
    indexmap::IndexMap,
    parser::types::{
        Directive, DocumentOperations, ExecutableDocument, Field, OperationDefinition,
        OperationType, Selection, SelectionSet, VariableDefinition,
    },
    registry::{MetaInputValue, MetaType, MetaTypeName, Registry},
};
use async_graphql_value::Value;

use super::{Coercion, MAX_PROBLEMS, Origin, Problem, VariableUse, into_const};
use crate::graphql::{merging::has_repeated_keys, response_order::ResponseOrder};

/// A document whose literals and variables fit the schema.
pub struct CheckedDocument {
    /// The document with long numbers in the form that the library reads exactly; `None` if it
    /// needs no change.
    pub rewritten: Option<ExecutableDocument>,
    /// Operations by name.
    operations: HashMap<Option<Name>, CheckedOperation>,
}

impl CheckedDocument {
    /// Returns the operation with this name; `None` is the name of the anonymous one.
    pub fn operation(&self, name: Option<&str>) -> Option<&CheckedOperation> {
        self.operations.get(&name.map(Name::new))
    }
}

/// An operation with what its execution needs besides the document.
pub struct CheckedOperation {
    pub variables: Vec<CheckedVariable>,
    /// Whether fields have to be merged; see [`crate::graphql::merging`].
    pub has_repeated_keys: bool,
    pub order: ResponseOrder,
}

/// The definition of a variable.
pub struct CheckedVariable {
    pub name: Name,
    pub kind: String,
    pub default: Option<ConstValue>,
    pub position: Pos,
    /// Place that takes no null although the variable is nullable: one of the two has a default
    /// (§5.8.5).
    pub non_null_use: Option<String>,
}

/// Literals of a document that its parsed form does not show.
#[derive(Default)]
pub struct DocumentText {
    /// Numbers that floating point would change, by the placeholder in the parsed document.
    pub long_numbers: Vec<(String, String)>,
    /// First field that an input object gives twice.
    pub repeated_field: Option<(String, Pos)>,
}

/// Checks the literals and the uses of variables of all operations and fragments.
///
/// # Errors
///
/// At most 10 problems, in the order of the document.
pub fn check_document(
    document: &ExecutableDocument,
    text: &DocumentText,
    registry: &Registry,
    suggestions: bool,
) -> Result<CheckedDocument, Vec<Problem>> {
    let mut coercion = Coercion::new(registry, Origin::Literal, suggestions);
    coercion.numbers = &text.long_numbers;
    if let Some((name, position)) = &text.repeated_field {
        coercion.problems.push(Problem {
            message: format!("an input object gives the field `{name}` twice; give it once"),
            position: Some(*position),
            field: Vec::new(),
        });
    }
    let mut walk = Walk {
        coercion,
        registry,
        rewrites: !text.long_numbers.is_empty(),
    };
    let mut rewritten = document.clone();
    let mut fragments = BTreeMap::new();
    let mut parts: Vec<_> = rewritten.fragments.iter_mut().collect();
    parts.sort_by_key(|(_, fragment)| fragment.pos);
    for (name, fragment) in parts {
        let on = fragment.node.type_condition.node.on.node.as_str();
        let parent = registry.types.get(on);
        let scope = walk.scope(&mut fragment.node.selection_set.node, parent);
        fragments.insert(name.clone(), scope);
    }
    let mut operations = HashMap::new();
    for (name, operation) in sorted(&mut rewritten.operations) {
        let variables = walk.operation(operation, &fragments);
        let checked = CheckedOperation {
            variables,
            has_repeated_keys: has_repeated_keys(document, &operation.node),
            order: ResponseOrder::of(document, &operation.node),
        };
        operations.insert(name, checked);
    }
    let mut problems = walk.coercion.problems;
    if problems.is_empty() {
        return Ok(CheckedDocument {
            rewritten: walk.rewrites.then_some(rewritten),
            operations,
        });
    }
    problems.sort_by_key(|problem| problem.position);
    Err(problems)
}

fn sorted(
    operations: &mut DocumentOperations,
) -> Vec<(Option<Name>, &mut Positioned<OperationDefinition>)> {
    let mut sorted = match operations {
        DocumentOperations::Single(operation) => vec![(None, operation)],
        DocumentOperations::Multiple(operations) => {
            let named = operations.iter_mut();
            named.map(|(name, one)| (Some(name.clone()), one)).collect()
        }
    };
    sorted.sort_by_key(|(_, operation)| operation.pos);
    sorted
}

/// Uses of variables in an operation or fragment, and the fragments that it spreads.
#[derive(Default)]
struct Scope {
    uses: Vec<VariableUse>,
    spreads: Vec<Name>,
}

struct Walk<'c> {
    coercion: Coercion<'c>,
    registry: &'c Registry,
    /// Whether a literal has another form than the library reads exactly.
    rewrites: bool,
}

impl<'c> Walk<'c> {
    fn operation(
        &mut self,
        operation: &mut Positioned<OperationDefinition>,
        fragments: &BTreeMap<Name, Scope>,
    ) -> Vec<CheckedVariable> {
        let operation = &mut operation.node;
        let root = match operation.ty {
            OperationType::Query => Some(&self.registry.query_type),
            OperationType::Mutation => self.registry.mutation_type.as_ref(),
            OperationType::Subscription => self.registry.subscription_type.as_ref(),
        };
        let definitions = operation.variable_definitions.iter_mut();
        let mut variables: Vec<_> = definitions.map(|one| self.variable(one)).collect();
        self.directives(&mut operation.directives);
        let root = root.and_then(|root| self.registry.types.get(root));
        let own = self.scope(&mut operation.selection_set.node, root);
        let mut spread = HashSet::new();
        let mut pending = vec![&own];
        while let Some(scope) = pending.pop() {
            for one in &scope.uses {
                self.check_use(one, &mut variables);
            }
            for name in &scope.spreads {
                if spread.insert(name)
                    && let Some(fragment) = fragments.get(name)
                {
                    pending.push(fragment);
                }
            }
        }
        variables
    }

    fn variable(&mut self, definition: &mut Positioned<VariableDefinition>) -> CheckedVariable {
        let position = definition.pos;
        let definition = &mut definition.node;
        let name = definition.name.node.clone();
        let kind = definition.var_type.node.to_string();
        let default = definition.default_value.as_mut().map(|default| {
            let given = std::mem::take(&mut default.node).into_value();
            let place = (format!("${name}"), name.as_str(), Some(default.pos));
            default.node = into_const(self.coercion.coerce(given, &kind, false, place));
            default.node.clone()
        });
        CheckedVariable {
            name,
            kind,
            default,
            position,
            non_null_use: None,
        }
    }

    /// Checks that a variable fits where it is used. Another rule reports unknown variables.
    fn check_use(&mut self, found: &VariableUse, variables: &mut [CheckedVariable]) {
        let mut variables = variables.iter_mut();
        let Some(variable) = variables.find(|one| one.name == found.variable) else {
            return;
        };
        let has_default = variable
            .default
            .as_ref()
            .is_some_and(|value| *value != ConstValue::Null)
            || found.has_default;
        let is_nullable = !variable.kind.ends_with('!');
        let expected = match found.expected.strip_suffix('!') {
            Some(nullable) if is_nullable && has_default => {
                variable
                    .non_null_use
                    .get_or_insert_with(|| found.place.clone());
                nullable
            }
            _ => &found.expected,
        };
        if !fits(&variable.kind, expected) && self.coercion.problems.len() < MAX_PROBLEMS {
            let (place, kind, name) = (&found.place, &variable.kind, &variable.name);
            self.coercion.problems.push(Problem {
                message: format!(
                    "`{place}`: `${name}` of type `{kind}` does not fit `{0}`; declare it as \
                     `${name}: {0}`",
                    found.expected
                ),
                position: found.position,
                field: vec![name.to_string()],
            });
        }
    }

    fn scope(&mut self, set: &mut SelectionSet, parent: Option<&'c MetaType>) -> Scope {
        let mut spreads = Vec::new();
        self.set(set, parent, &mut spreads);
        Scope {
            uses: std::mem::take(&mut self.coercion.uses),
            spreads,
        }
    }

    fn set(
        &mut self,
        set: &mut SelectionSet,
        parent: Option<&'c MetaType>,
        spreads: &mut Vec<Name>,
    ) {
        for item in &mut set.items {
            match &mut item.node {
                Selection::Field(field) => self.field(&mut field.node, parent, spreads),
                Selection::InlineFragment(inline) => {
                    self.directives(&mut inline.node.directives);
                    let condition = inline.node.type_condition.as_ref();
                    let parent = match condition {
                        Some(on) => self.registry.types.get(on.node.on.node.as_str()),
                        None => parent,
                    };
                    self.set(&mut inline.node.selection_set.node, parent, spreads);
                }
                Selection::FragmentSpread(spread) => {
                    self.directives(&mut spread.node.directives);
                    spreads.push(spread.node.fragment_name.node.clone());
                }
            }
        }
    }

    fn field(&mut self, field: &mut Field, parent: Option<&'c MetaType>, spreads: &mut Vec<Name>) {
        self.directives(&mut field.directives);
        let name = field.name.node.clone();
        let known = parent.and_then(|parent| parent.field_by_name(&name));
        let Some(known) = known else { return };
        self.arguments(&name, &mut field.arguments, &known.args);
        let kind = MetaTypeName::concrete_typename(&known.ty);
        let parent = self.registry.types.get(kind);
        self.set(&mut field.selection_set.node, parent, spreads);
    }

    fn directives(&mut self, directives: &mut [Positioned<Directive>]) {
        for directive in directives {
            let directive = &mut directive.node;
            let name = directive.name.node.as_str();
            if let Some(known) = self.registry.directives.get(name) {
                let place = format!("@{name}");
                self.arguments(&place, &mut directive.arguments, &known.args);
            }
        }
    }

    fn arguments(
        &mut self,
        place: &str,
        arguments: &mut [(Positioned<Name>, Positioned<Value>)],
        known: &IndexMap<String, MetaInputValue>,
    ) {
        for (name, value) in arguments {
            let Some(argument) = known.get(name.node.as_str()) else {
                continue;
            };
            let given = std::mem::take(&mut value.node);
            let root = (
                format!("{place}({}:)", name.node),
                name.node.as_str(),
                Some(name.pos),
            );
            let has_default = argument.default_value.is_some();
            value.node = self.coercion.coerce(given, &argument.ty, has_default, root);
        }
    }
}

/// Returns whether values of a variable's type fit the expected type (§5.8.5,
/// AreTypesCompatible).
fn fits(variable: &str, expected: &str) -> bool {
    if let Some(expected) = expected.strip_suffix('!') {
        return variable
            .strip_suffix('!')
            .is_some_and(|variable| fits(variable, expected));
    }
    let variable = variable.strip_suffix('!').unwrap_or(variable);
    match (
        MetaTypeName::create(variable),
        MetaTypeName::create(expected),
    ) {
        (MetaTypeName::List(variable), MetaTypeName::List(expected)) => fits(variable, expected),
        (MetaTypeName::Named(variable), MetaTypeName::Named(expected)) => variable == expected,
        _ => false,
    }
}
