//! Compares two versions of a procurement: a pure comparison of two JSON documents.
//!
//! Objects are compared by key. Lists whose items each have a distinct ID are compared item by
//! item, other lists as a whole. Null, an empty list and an empty object count as no value.
//! [`document()`] creates the documents, with the field names of the API.

mod document;

pub use document::{document, in_words, lots, stub};

use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::{Map, Value};

/// Fields that identify the items of lists.
const ID_FIELDS: [&str; 6] = [
    "lotId",
    "criterionId",
    "requirementId",
    "attachmentId",
    "key",
    "id",
];

/// A changed field.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Path of the field: names of fields and IDs of list items, such as `lots`, `LOT-0001`,
    /// `title`, `sv`.
    pub path: Vec<String>,
    /// Earlier value. `None`: no value.
    pub before: Option<Value>,
    /// New value. `None`: no value.
    pub after: Option<Value>,
}

/// Returns the changes from `before` to `after`: fields in the order of their names, list items in
/// the order of `after`, then removed items. If kept items have a new order, or new items are not
/// at the end, the list itself is a change, from the IDs in the old order to those in the new
/// order.
pub fn changes(before: &Value, after: &Value) -> Vec<Change> {
    let mut comparison = Comparison::default();
    match (before, after) {
        // An empty document is compared like any other.
        (Value::Object(before), Value::Object(after)) => comparison.compare_fields(before, after),
        _ => comparison.compare(Some(before), Some(after)),
    }
    comparison.found
}

#[derive(Default)]
struct Comparison {
    /// Path of the values that are being compared.
    path: Vec<String>,
    found: Vec<Change>,
}

impl Comparison {
    fn compare(&mut self, before: Option<&Value>, after: Option<&Value>) {
        let before = before.filter(|value| has_value(value));
        let after = after.filter(|value| has_value(value));
        if before == after {
            return;
        }
        if let (Some(Value::Object(before)), Some(Value::Object(after))) = (before, after) {
            self.compare_fields(before, after);
            return;
        }
        match (identified_items(before), identified_items(after)) {
            (Some(before), Some(after)) => self.compare_identified_items(&before, &after),
            _ => self.push(before.cloned(), after.cloned()),
        }
    }

    fn compare_fields(&mut self, before: &Map<String, Value>, after: &Map<String, Value>) {
        let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        for key in keys {
            self.compare_at(key, before.get(key), after.get(key));
        }
    }

    fn compare_identified_items(&mut self, before: &[(&str, &Value)], after: &[(&str, &Value)]) {
        let old: HashMap<&str, &Value> = before.iter().copied().collect();
        let new: HashSet<&str> = after.iter().map(|(name, _)| *name).collect();
        for (name, thing) in after {
            self.compare_at(name, old.get(name).copied(), Some(thing));
        }
        let (kept, removed): (Vec<_>, Vec<_>) =
            before.iter().partition(|(name, _)| new.contains(name));
        for (name, thing) in removed {
            self.compare_at(name, Some(thing), None);
        }
        let added = after.iter().filter(|(name, _)| !old.contains_key(name));
        let simply = kept.iter().chain(added).map(|(name, _)| name);
        if !simply.eq(after.iter().map(|(name, _)| name)) {
            self.push(Some(names(before)), Some(names(after)));
        }
    }

    fn compare_at(&mut self, name: &str, before: Option<&Value>, after: Option<&Value>) {
        self.path.push(name.to_owned());
        self.compare(before, after);
        self.path.pop();
    }

    fn push(&mut self, before: Option<Value>, after: Option<Value>) {
        self.found.push(Change {
            path: self.path.clone(),
            before,
            after,
        });
    }
}

fn has_value(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}

/// Returns the items of a list with their IDs, if each has a distinct one. A missing list is an
/// empty one.
fn identified_items(list: Option<&Value>) -> Option<Vec<(&str, &Value)>> {
    let items = match list {
        None => return Some(Vec::new()),
        Some(Value::Array(items)) => items,
        Some(_) => return None,
    };
    let named = items.iter().map(|item| Some((id_of(item)?, item)));
    let things = named.collect::<Option<Vec<_>>>()?;
    let distinct: HashSet<&str> = things.iter().map(|(name, _)| *name).collect();
    (distinct.len() == things.len()).then_some(things)
}

fn id_of(thing: &Value) -> Option<&str> {
    let mut names = ID_FIELDS
        .iter()
        .filter_map(|name| thing.get(name)?.as_str());
    names.next()
}

fn names(things: &[(&str, &Value)]) -> Value {
    things.iter().map(|(name, _)| *name).collect()
}

#[cfg(test)]
mod tests;
