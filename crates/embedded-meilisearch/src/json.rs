//! Reads typed values from the JSON of request bodies, with Meilisearch's refusals: they name the
//! place, the expected type and the value found.
//!
//! Meilisearch itself derives its readers with `deserr`. That library does not fit here: most
//! requests have one error code for each parameter, which needs a type for each code, and the names
//! of the settings, their codes and their changes belong in one table.

use serde_json::{Map, Value};

use super::error::{ApiError, ApiResult};

/// A value of a request body with its path (`.filter[0]`) and the error code of its refusals.
#[derive(Clone)]
pub(super) struct JsonReader<'v> {
    value: &'v Value,
    path: String,
    code: &'static str,
}

impl<'v> JsonReader<'v> {
    /// Returns a reader for the value at `path` (empty: the whole body), refused under `code`.
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

    /// Returns a reader for the same value, refused under another code.
    pub fn with_code(&self, code: &'static str) -> Self {
        Self {
            code,
            ..self.clone()
        }
    }

    /// Returns `None` when the value is null.
    pub fn present(self) -> Option<Self> {
        (!self.value.is_null()).then_some(self)
    }

    pub fn string(&self) -> ApiResult<String> {
        self.value
            .as_str()
            .map(str::to_owned)
            .ok_or_else(|| self.wrong_type("a string"))
    }

    pub fn boolean(&self) -> ApiResult<bool> {
        self.value
            .as_bool()
            .ok_or_else(|| self.wrong_type("a boolean"))
    }

    pub fn unsigned(&self) -> ApiResult<usize> {
        let number = self
            .value
            .as_u64()
            .ok_or_else(|| self.wrong_type("a positive integer"))?;
        Ok(usize::try_from(number).unwrap_or(usize::MAX))
    }

    /// Returns a number from 0 to 255.
    pub fn byte(&self) -> ApiResult<u8> {
        u8::try_from(self.unsigned()?)
            .map_err(|_| self.invalid("a number from `0` to `255` was expected"))
    }

    pub fn non_zero(&self) -> ApiResult<usize> {
        match self.unsigned()? {
            0 => Err(self.invalid("a non-zero integer value lower than `18446744073709551615` was expected, but found a zero")),
            number => Ok(number),
        }
    }

    /// Returns a number from 0.0 to 1.0, called `name` in the refusal.
    pub fn ratio(&self, name: &str) -> ApiResult<f64> {
        let number = self.float()?;
        if (0.0..=1.0).contains(&number) {
            return Ok(number);
        }
        Err(self.invalid(format!(
            "the value of `{name}` is invalid, expected a float between `0.0` and `1.0`."
        )))
    }

    pub fn float(&self) -> ApiResult<f64> {
        self.value
            .as_f64()
            .ok_or_else(|| self.wrong_type("a number"))
    }

    pub fn array(&self) -> ApiResult<Vec<JsonReader<'v>>> {
        let values = self
            .value
            .as_array()
            .ok_or_else(|| self.wrong_type("an array"))?;
        let item = |(at, value)| JsonReader {
            value,
            path: format!("{}[{at}]", self.path),
            code: self.code,
        };
        Ok(values.iter().enumerate().map(item).collect())
    }

    pub fn strings(&self) -> ApiResult<Vec<String>> {
        self.array()?.iter().map(JsonReader::string).collect()
    }

    /// Returns the members of an object, with any names.
    pub fn members(&self) -> ApiResult<Vec<(&'v str, JsonReader<'v>)>> {
        let members = self
            .value
            .as_object()
            .ok_or_else(|| self.wrong_type("an object"))?;
        let member = |(name, value): (&'v String, &'v Value)| (name.as_str(), self.at(name, value));
        Ok(members.iter().map(member).collect())
    }

    /// Returns the members of an object, and refuses names other than the `accepted` ones.
    pub fn object(&self, accepted: &[&str]) -> ApiResult<Vec<(&'v str, JsonReader<'v>)>> {
        let members = self.members()?;
        match members.iter().find(|(name, _)| !accepted.contains(name)) {
            Some((unknown, _)) => Err(self.unknown_field(unknown, accepted)),
            None => Ok(members),
        }
    }

    /// Returns the one of the `accepted` strings that the value equals.
    pub fn one_of<'a>(&self, accepted: &[&'a str]) -> ApiResult<&'a str> {
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

    /// Returns a required member of this object.
    pub fn required(&self, name: &str, missing_code: &'static str) -> ApiResult<JsonReader<'v>> {
        match self.value.get(name) {
            Some(value) => Ok(self.at(name, value)),
            None => Err(ApiError::new(
                missing_code,
                format!("Missing field `{name}`{}", self.place("inside")),
            )),
        }
    }

    /// Returns the refusal of this value for `reason`.
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

    fn at(&self, name: &str, value: &'v Value) -> JsonReader<'v> {
        JsonReader {
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

/// Formats names as `` `a`, `b` ``.
pub(super) fn listed(names: &[&str]) -> String {
    names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Returns a hint with the accepted name nearest to `given`, or an empty string when none is near
/// enough for its length.
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
        .map(|name| (strsim::damerau_levenshtein(given, name), name))
        .min_by_key(|(typos, _)| *typos);
    nearest
        .filter(|(typos, _)| *typos <= allowed)
        .map_or_else(String::new, |(_, name)| format!("did you mean `{name}`? "))
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

/// Returns the parts of `document` that the dotted `selectors` name, in their nesting. Selectors
/// reach into the objects of arrays.
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

/// Calls `visit` for each value that is neither an array nor an object, with its dotted name, the
/// positions in the arrays around it, and the value.
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
