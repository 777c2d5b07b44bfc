//! Input coercion (GraphQL §3.5 to §3.12, §6.1.2): values of variables and literals in the document
//! are checked completely before any field runs.
//!
//! The library coerces each argument when its field runs, reads numbers as floating point, and
//! ignores unknown fields of nested input objects. Everything that it receives from here is already
//! valid.

mod document;
mod names;
mod scalars;
mod variables;

use async_graphql::{
    Name, Pos, Value as ConstValue,
    indexmap::IndexMap,
    registry::{MetaInputValue, MetaType, MetaTypeName, Registry},
};
use async_graphql_value::Value;

use crate::kernel::language::canonical;

pub use document::{CheckedDocument, CheckedOperation, DocumentText, check_document};
pub use variables::{coerce_variables, read_variables, remove_absent};

/// Maximum number of problems that are reported at once.
const MAX_PROBLEMS: usize = 10;
/// Input type whose lists have each language once.
const TRANSLATION: &str = "TranslationInput";

/// A value that does not fit its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Reason and fix, with the place of the value.
    pub message: String,
    /// Position in the document.
    pub position: Option<Pos>,
    /// Name of the variable or argument, then the path inside its value.
    pub field: Vec<String>,
}

/// Where a value comes from. Literals and JSON write integers and enum values differently.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    Literal,
    Variable,
}

/// Use of a variable inside a literal or as an argument.
pub struct VariableUse {
    pub variable: Name,
    /// Type of the argument or input field.
    pub expected: String,
    /// Whether the argument or input field has a default.
    pub has_default: bool,
    pub place: String,
    pub position: Option<Pos>,
}

/// Segment of a path inside a value.
#[derive(Clone)]
enum Segment {
    Field(Name),
    Index(usize),
}

/// Coerces values and collects their problems.
pub struct Coercion<'c> {
    registry: &'c Registry,
    /// Whether messages may name fields and values of the schema.
    suggestions: bool,
    origin: Origin,
    /// Long numbers of the document by their placeholder; see [`super::limits`].
    numbers: &'c [(String, String)],
    root: String,
    argument: String,
    position: Option<Pos>,
    path: Vec<Segment>,
    pub problems: Vec<Problem>,
    pub uses: Vec<VariableUse>,
}

impl<'c> Coercion<'c> {
    /// Creates a coercion of values of one origin.
    pub fn new(registry: &'c Registry, origin: Origin, suggestions: bool) -> Self {
        Self {
            registry,
            suggestions,
            origin,
            numbers: &[],
            root: String::new(),
            argument: String::new(),
            position: None,
            path: Vec::new(),
            problems: Vec::new(),
            uses: Vec::new(),
        }
    }

    /// Coerces a whole value: `root` is its name in messages, `argument` in `extensions.field`.
    pub fn coerce(
        &mut self,
        value: Value,
        kind: &str,
        has_default: bool,
        (root, argument, position): (String, &str, Option<Pos>),
    ) -> Value {
        self.root = root;
        self.argument = argument.to_owned();
        self.position = position;
        self.value(value, kind, has_default)
    }

    /// Adds a problem of the current value.
    fn refuse(&mut self, message: &str) {
        if self.problems.len() < MAX_PROBLEMS {
            let path = self.path.iter().map(|segment| match segment {
                Segment::Field(name) => name.to_string(),
                Segment::Index(index) => index.to_string(),
            });
            let field = std::iter::once(self.argument.clone()).chain(path).collect();
            self.problems.push(Problem {
                message: format!("`{}`: {message}", self.place()),
                position: self.position,
                field,
            });
        }
    }

    /// Returns the place of the current value: `$input.lots[2].title`.
    fn place(&self) -> String {
        let mut place = self.root.clone();
        for segment in &self.path {
            match segment {
                Segment::Field(name) => place.extend([".", name.as_str()]),
                Segment::Index(index) => place += &format!("[{index}]"),
            }
        }
        place
    }

    fn at<T>(&mut self, segment: Segment, inside: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(segment);
        let result = inside(self);
        self.path.pop();
        result
    }

    fn value(&mut self, value: Value, kind: &str, has_default: bool) -> Value {
        if self.problems.len() >= MAX_PROBLEMS {
            return value;
        }
        let value = self.with_long_number(value);
        if let Value::Variable(variable) = &value {
            self.uses.push(VariableUse {
                variable: variable.clone(),
                expected: kind.to_owned(),
                has_default,
                place: self.place(),
                position: self.position,
            });
            return value;
        }
        match (MetaTypeName::create(kind), value) {
            (MetaTypeName::NonNull(kind), Value::Null) => {
                let fix = match has_default {
                    true => "leave it out for the default, or send",
                    false => "send",
                };
                let wanted = self.wanted(kind);
                self.refuse(&format!("null is not allowed; {fix} {wanted}"));
                Value::Null
            }
            (MetaTypeName::NonNull(kind), value) => self.value(value, kind, has_default),
            (_, Value::Null) => Value::Null,
            (MetaTypeName::List(item), value) => self.list(value, item),
            (MetaTypeName::Named(name), value) => self.named(value, name),
        }
    }

    /// Returns the long number of which the value is a placeholder, else the value.
    fn with_long_number(&self, value: Value) -> Value {
        if let Value::Enum(name) = &value
            && let Some((_, number)) = self
                .numbers
                .iter()
                .find(|(known, _)| known == name.as_str())
        {
            return Value::Binary(number.clone().into_bytes().into());
        }
        value
    }

    /// Coerces a list. Another value is a list with one item (§3.11).
    fn list(&mut self, value: Value, item: &str) -> Value {
        let Value::List(items) = value else {
            return Value::List(vec![self.value(value, item, false)]);
        };
        // Strings fit; long lists of them need no look at each.
        let takes_strings = matches!(item.trim_end_matches('!'), "String" | "ID");
        let each = items.into_iter().enumerate();
        let items = each.map(|(index, value)| {
            if takes_strings && matches!(value, Value::String(_)) {
                return value;
            }
            self.at(Segment::Index(index), |inside| {
                inside.value(value, item, false)
            })
        });
        let items: Vec<Value> = items.collect();
        if MetaTypeName::concrete_typename(item) == TRANSLATION
            && let Some(language) = repeated_language(&items)
        {
            self.refuse(&format!(
                "the text has two translations into `{language}`; send one for each language"
            ));
        }
        Value::List(items)
    }

    fn named(&mut self, value: Value, name: &str) -> Value {
        let registry = self.registry;
        match registry.types.get(name) {
            Some(MetaType::Scalar { .. }) => match scalars::coerce(name, value, self.origin) {
                Ok(value) => value,
                Err(message) => {
                    self.refuse(&message);
                    Value::Null
                }
            },
            Some(MetaType::Enum { enum_values, .. }) => {
                let values = enum_values.keys().map(String::as_str);
                self.enumeration(value, name, &values.collect::<Vec<_>>())
            }
            Some(MetaType::InputObject {
                input_fields,
                oneof,
                ..
            }) => match value {
                Value::Object(fields) => {
                    if *oneof {
                        self.check_one_of(&fields);
                    }
                    self.input_object(fields, name, (input_fields, *oneof))
                }
                value => {
                    let given = scalars::describe(&value);
                    self.refuse(&format!("{given} is not an object; send an object"));
                    Value::Null
                }
            },
            // Validation reports a type that does not exist or is not an input type.
            _ => value,
        }
    }

    fn enumeration(&mut self, value: Value, name: &str, known: &[&str]) -> Value {
        let given = match (&value, self.origin) {
            (Value::Enum(given), Origin::Literal) => given.as_str(),
            (Value::String(given), Origin::Variable) => given.as_str(),
            (Value::String(given), Origin::Literal) if known.contains(&given.as_str()) => {
                let message = format!("{given} is written without quotes in a document");
                self.refuse(&message);
                return Value::Null;
            }
            _ => "",
        };
        if known.contains(&given) {
            return Value::Enum(Name::new(given));
        }
        let hint = self.hint(given, known);
        let given = scalars::describe(&value);
        self.refuse(&format!("{given} is not a value of `{name}`{hint}"));
        Value::Null
    }

    fn input_object(
        &mut self,
        mut fields: IndexMap<Name, Value>,
        name: &str,
        (known, oneof): (&IndexMap<String, MetaInputValue>, bool),
    ) -> Value {
        let mut coerced = IndexMap::with_capacity(fields.len());
        for field in known.values() {
            let key = Name::new(&field.name);
            let has_default = field.default_value.is_some();
            // The only field of a oneof object must have a value (§3.10.1).
            let kind = match oneof {
                true if !field.ty.ends_with('!') => &format!("{}!", field.ty),
                _ => &field.ty,
            };
            match fields.shift_remove(&key) {
                Some(value) => {
                    let segment = Segment::Field(key.clone());
                    let value = self.at(segment, |inside| inside.value(value, kind, has_default));
                    coerced.insert(key, value);
                }
                None if field.ty.ends_with('!') && !has_default => {
                    let wanted = self.wanted(&field.ty);
                    self.at(Segment::Field(key), |inside| {
                        inside.refuse(&format!("a required value is missing; send {wanted}"));
                    });
                }
                None => {}
            }
        }
        let known: Vec<&str> = known.keys().map(String::as_str).collect();
        for unknown in fields.keys() {
            let hint = self.hint(unknown, &known);
            self.at(Segment::Field(unknown.clone()), |inside| {
                inside.refuse(&format!("`{name}` has no such field{hint}"));
            });
        }
        Value::Object(coerced)
    }

    /// Checks that exactly one field of a oneof object is given.
    fn check_one_of(&mut self, fields: &IndexMap<Name, Value>) {
        if fields.len() != 1 {
            let given = fields.len();
            self.refuse(&format!(
                "exactly one field is allowed, {given} are given; send one"
            ));
        }
    }

    /// Returns the end of a message that names what was probably meant.
    fn hint(&self, given: &str, known: &[&str]) -> String {
        if !self.suggestions {
            return "; see the schema".to_owned();
        }
        let quoted = |names: &[&str]| {
            let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            quoted.join(", ")
        };
        match names::nearest(given, known) {
            nearest if !nearest.is_empty() => format!("; the nearest is {}", quoted(&nearest)),
            _ if known.len() <= 12 => format!("; known are {}", quoted(known)),
            _ => "; see the schema".to_owned(),
        }
    }

    /// Returns what a message asks for.
    fn wanted(&self, kind: &str) -> String {
        match MetaTypeName::create(kind) {
            MetaTypeName::NonNull(kind) => self.wanted(kind),
            MetaTypeName::List(_) => "a list".to_owned(),
            MetaTypeName::Named(name) => match self.registry.types.get(name) {
                Some(MetaType::Scalar { .. }) => scalars::wanted(name).to_owned(),
                Some(MetaType::Enum { .. }) => format!("a value of `{name}`"),
                _ => format!("an object of type `{name}`"),
            },
        }
    }
}

/// Returns the first language, in normal form, that occurs twice in a list of translations.
fn repeated_language(items: &[Value]) -> Option<&str> {
    let mut languages = std::collections::HashSet::new();
    let given = items.iter().filter_map(|item| match item {
        Value::Object(fields) => match fields.get("language") {
            Some(Value::String(tag)) => Some(canonical(tag).unwrap_or(tag)),
            _ => None,
        },
        _ => None,
    });
    given
        .into_iter()
        .find(|language| !languages.insert(*language))
}

/// Converts a value without variables.
fn into_const(value: Value) -> ConstValue {
    let variable = |_| Ok::<_, std::convert::Infallible>(ConstValue::Null);
    match value.into_const_with(variable) {
        Ok(value) => value,
    }
}

#[cfg(test)]
mod tests;
