//! Reading request bodies: typed values out of JSON, with refusals that name the place, what was expected and what was found.

use serde_json::{Map, Value};

use super::error::{ApiError, Outcome};

/// One value of a request body: where it stands (`.filter[0]`), and the code under which it is refused.
#[derive(Clone)]
pub(super) struct Reader<'v> {
    value: &'v Value,
    path: String,
    code: &'static str,
}

impl<'v> Reader<'v> {
    /// The value that stands at `path` (empty: the body itself), refused under `code`.
    pub fn new(value: &'v Value, path: impl Into<String>, code: &'static str) -> Self {
        Self {
            value,
            path: path.into(),
            code,
        }
    }

    pub fn value(&self) -> &'v Value {
        self.value
    }

    /// The same value, refused under another code.
    pub fn with_code(&self, code: &'static str) -> Self {
        Self {
            code,
            ..self.clone()
        }
    }

    /// `None` when the value is null.
    pub fn present(self) -> Option<Self> {
        (!self.value.is_null()).then_some(self)
    }

    pub fn string(&self) -> Outcome<String> {
        self.value
            .as_str()
            .map(str::to_owned)
            .ok_or_else(|| self.wrong_type("a string"))
    }

    pub fn boolean(&self) -> Outcome<bool> {
        self.value
            .as_bool()
            .ok_or_else(|| self.wrong_type("a boolean"))
    }

    pub fn unsigned(&self) -> Outcome<usize> {
        let number = self
            .value
            .as_u64()
            .ok_or_else(|| self.wrong_type("a positive integer"))?;
        Ok(usize::try_from(number).unwrap_or(usize::MAX))
    }

    /// A number from 0 to 255.
    pub fn byte(&self) -> Outcome<u8> {
        u8::try_from(self.unsigned()?)
            .map_err(|_| self.invalid("a number from `0` to `255` was expected"))
    }

    pub fn non_zero(&self) -> Outcome<usize> {
        match self.unsigned()? {
            0 => Err(self.invalid("a non-zero integer value lower than `18446744073709551615` was expected, but found a zero")),
            number => Ok(number),
        }
    }

    /// A number between `0.0` and `1.0`, named `name` in the refusal.
    pub fn ratio(&self, name: &str) -> Outcome<f64> {
        let number = self.float()?;
        if (0.0..=1.0).contains(&number) {
            return Ok(number);
        }
        Err(self.invalid(format!(
            "the value of `{name}` is invalid, expected a float between `0.0` and `1.0`."
        )))
    }

    pub fn float(&self) -> Outcome<f64> {
        self.value
            .as_f64()
            .ok_or_else(|| self.wrong_type("a number"))
    }

    pub fn array(&self) -> Outcome<Vec<Reader<'v>>> {
        let values = self
            .value
            .as_array()
            .ok_or_else(|| self.wrong_type("an array"))?;
        let item = |(at, value)| Reader {
            value,
            path: format!("{}[{at}]", self.path),
            code: self.code,
        };
        Ok(values.iter().enumerate().map(item).collect())
    }

    pub fn strings(&self) -> Outcome<Vec<String>> {
        self.array()?.iter().map(Reader::string).collect()
    }

    /// The members of an object, whatever their names.
    pub fn members(&self) -> Outcome<Vec<(&'v str, Reader<'v>)>> {
        let members = self
            .value
            .as_object()
            .ok_or_else(|| self.wrong_type("an object"))?;
        let member = |(name, value): (&'v String, &'v Value)| (name.as_str(), self.at(name, value));
        Ok(members.iter().map(member).collect())
    }

    /// The members of an object that may have these names only.
    pub fn object(&self, accepted: &[&str]) -> Outcome<Vec<(&'v str, Reader<'v>)>> {
        let members = self.members()?;
        match members.iter().find(|(name, _)| !accepted.contains(name)) {
            Some((unknown, _)) => Err(self.unknown_field(unknown, accepted)),
            None => Ok(members),
        }
    }

    /// One of the accepted strings.
    pub fn one_of<'a>(&self, accepted: &[&'a str]) -> Outcome<&'a str> {
        let found = self
            .value
            .as_str()
            .ok_or_else(|| self.wrong_type("a string"))?;
        accepted
            .iter()
            .find(|value| **value == found)
            .copied()
            .ok_or_else(|| {
                let (at, hint) = (self.place("at"), did_you_mean(found, accepted));
                ApiError::new(
                    self.code,
                    format!(
                        "Unknown value `{found}`{at}: {hint}expected one of {}",
                        listed(accepted)
                    ),
                )
            })
    }

    /// A member of this object that must be there.
    pub fn required(&self, name: &str, missing_code: &'static str) -> Outcome<Reader<'v>> {
        match self.value.get(name) {
            Some(value) => Ok(self.at(name, value)),
            None => Err(ApiError::new(
                missing_code,
                format!("Missing field `{name}`{}", self.place("inside")),
            )),
        }
    }

    /// A refusal of this value for a reason of its own.
    pub fn invalid(&self, reason: impl std::fmt::Display) -> ApiError {
        ApiError::new(
            self.code,
            format!("Invalid value{}: {reason}", self.place("at")),
        )
    }

    pub fn wrong_type(&self, expected: &str) -> ApiError {
        let found = describe(self.value);
        ApiError::new(
            self.code,
            format!(
                "Invalid value type{}: expected {expected}, but found {found}",
                self.place("at")
            ),
        )
    }

    fn unknown_field(&self, field: &str, accepted: &[&str]) -> ApiError {
        let (inside, hint) = (self.place("inside"), did_you_mean(field, accepted));
        ApiError::new(
            self.code,
            format!(
                "Unknown field `{field}`{inside}: {hint}expected one of {}",
                listed(accepted)
            ),
        )
    }

    fn at(&self, name: &str, value: &'v Value) -> Reader<'v> {
        Reader {
            value,
            path: format!("{}.{name}", self.path),
            code: self.code,
        }
    }

    fn place(&self, preposition: &str) -> String {
        if self.path.is_empty() {
            String::new()
        } else {
            format!(" {preposition} `{}`", self.path)
        }
    }
}

/// `` `a`, `b` ``
pub(super) fn listed(names: &[&str]) -> String {
    names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// The accepted name that was probably meant, where one is near enough for the length of what was given.
pub(super) fn did_you_mean(given: &str, accepted: &[&str]) -> String {
    let allowed = match given.len() {
        0..=3 => return String::new(),
        4..=7 => 1,
        8..=12 => 2,
        13..=17 => 3,
        18..=24 => 4,
        _ => 5,
    };
    let nearest = accepted
        .iter()
        .map(|name| (typos_between(given, name), name))
        .min_by_key(|(typos, _)| *typos);
    nearest
        .filter(|(typos, _)| *typos <= allowed)
        .map_or_else(String::new, |(_, name)| format!("did you mean `{name}`? "))
}

/// Characters to add, remove, replace or exchange with their neighbour to get from one word to the other.
fn typos_between(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (row, left) in one.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, right) in other.iter().enumerate() {
            let mut least = (last[column] + usize::from(left != right))
                .min(last[column + 1] + 1)
                .min(current[column] + 1);
            if row > 0 && column > 0 && *left == other[column - 1] && one[row - 1] == *right {
                least = least.min(before_last[column - 1] + 1);
            }
            current.push(least);
        }
        before_last = std::mem::replace(&mut last, current);
    }
    last[other.len()]
}

fn describe(value: &Value) -> String {
    let kind = match value {
        Value::Null => return "null".to_owned(),
        Value::Bool(_) => "a boolean",
        Value::Number(number) if number.is_u64() => "a positive integer",
        Value::Number(number) if number.is_i64() => "a negative integer",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    };
    format!("{kind}: `{value}`")
}

/// The parts of `document` that the dotted `selectors` name, with their nesting; arrays of objects are looked through.
pub(super) fn select(document: &Map<String, Value>, selectors: &[&str]) -> Map<String, Value> {
    let mut selected = Map::new();
    for (name, value) in document {
        if selectors.contains(&name.as_str()) {
            selected.insert(name.clone(), value.clone());
            continue;
        }
        let inner: Vec<&str> = selectors
            .iter()
            .filter_map(|selector| selector.strip_prefix(name)?.strip_prefix('.'))
            .collect();
        if let Some(part) = (!inner.is_empty())
            .then(|| select_inside(value, &inner))
            .flatten()
        {
            selected.insert(name.clone(), part);
        }
    }
    selected
}

fn select_inside(value: &Value, selectors: &[&str]) -> Option<Value> {
    match value {
        Value::Object(object) => {
            let part = select(object, selectors);
            (!part.is_empty()).then_some(Value::Object(part))
        }
        Value::Array(items) => {
            let parts: Vec<Value> = items
                .iter()
                .filter_map(|item| select_inside(item, selectors))
                .collect();
            (!parts.is_empty()).then_some(Value::Array(parts))
        }
        _ => None,
    }
}

/// Calls `visit` with the dotted name, the array positions on the way and the value, for each value that is neither array nor object.
pub(super) fn visit_leaves(
    document: &mut Map<String, Value>,
    visit: &mut dyn FnMut(&str, &[usize], &mut Value),
) {
    for (name, value) in document.iter_mut() {
        visit_leaf(name, &mut Vec::new(), value, visit);
    }
}

fn visit_leaf(
    name: &str,
    positions: &mut Vec<usize>,
    value: &mut Value,
    visit: &mut dyn FnMut(&str, &[usize], &mut Value),
) {
    match value {
        Value::Object(members) => {
            for (inner, value) in members.iter_mut() {
                visit_leaf(&format!("{name}.{inner}"), positions, value, visit);
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter_mut().enumerate() {
                positions.push(at);
                visit_leaf(name, positions, item, visit);
                positions.pop();
            }
        }
        leaf => visit(name, positions, leaf),
    }
}
