//! What changed from one version of a procurement to the next: a pure comparison of two JSON documents.
//!
//! Objects are compared by key. Lists of things that name themselves (each by an ID of its own) are
//! compared thing by thing, other lists as a whole. Null, an empty list and an empty object count as nothing said.
//! [`document`] makes the documents, in the words of the API.

mod document;

pub use document::{document, in_words, lots, stub};

use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::{Map, Value};

/// The fields by which things in lists name themselves.
const NAMES: [&str; 6] = [
    "lotId",
    "criterionId",
    "requirementId",
    "attachmentId",
    "key",
    "id",
];

/// One changed field.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// From the whole to the field: names of fields and of things in lists (`lots`, `LOT-0001`, `title`, `sv`).
    pub path: Vec<String>,
    /// What it said; `None`: nothing.
    pub before: Option<Value>,
    /// What it says; `None`: nothing.
    pub after: Option<Value>,
}

/// What has to change in `before` to make `after`: fields in the order of their names, things in the order of `after`,
/// then what was removed. Where things that stayed were put in another order, or new ones not at the end, the list is a
/// change too: from the names in their old order to those in the new one.
pub fn changes(before: &Value, after: &Value) -> Vec<Change> {
    let mut comparison = Comparison::default();
    match (before, after) {
        // A document that says nothing at all is one all the same.
        (Value::Object(before), Value::Object(after)) => comparison.compare_fields(before, after),
        _ => comparison.compare(Some(before), Some(after)),
    }
    comparison.found
}

#[derive(Default)]
struct Comparison {
    /// Where it is.
    path: Vec<String>,
    found: Vec<Change>,
}

impl Comparison {
    fn compare(&mut self, before: Option<&Value>, after: Option<&Value>) {
        let before = before.filter(|value| says_something(value));
        let after = after.filter(|value| says_something(value));
        if before == after {
            return;
        }
        if let (Some(Value::Object(before)), Some(Value::Object(after))) = (before, after) {
            self.compare_fields(before, after);
            return;
        }
        match (things(before), things(after)) {
            (Some(before), Some(after)) => self.compare_things(&before, &after),
            _ => self.note(before.cloned(), after.cloned()),
        }
    }

    fn compare_fields(&mut self, before: &Map<String, Value>, after: &Map<String, Value>) {
        let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        for key in keys {
            self.step(key, before.get(key), after.get(key));
        }
    }

    fn compare_things(&mut self, before: &[(&str, &Value)], after: &[(&str, &Value)]) {
        let old: HashMap<&str, &Value> = before.iter().copied().collect();
        let new: HashSet<&str> = after.iter().map(|(name, _)| *name).collect();
        for (name, thing) in after {
            self.step(name, old.get(name).copied(), Some(thing));
        }
        let (kept, removed): (Vec<_>, Vec<_>) =
            before.iter().partition(|(name, _)| new.contains(name));
        for (name, thing) in removed {
            self.step(name, Some(thing), None);
        }
        let added = after.iter().filter(|(name, _)| !old.contains_key(name));
        let simply = kept.iter().chain(added).map(|(name, _)| name);
        if !simply.eq(after.iter().map(|(name, _)| name)) {
            self.note(Some(names(before)), Some(names(after)));
        }
    }

    fn step(&mut self, name: &str, before: Option<&Value>, after: Option<&Value>) {
        self.path.push(name.to_owned());
        self.compare(before, after);
        self.path.pop();
    }

    fn note(&mut self, before: Option<Value>, after: Option<Value>) {
        self.found.push(Change {
            path: self.path.clone(),
            before,
            after,
        });
    }
}

fn says_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}

/// The things of a list with their names, if each has one of its own. No list is an empty one.
fn things(list: Option<&Value>) -> Option<Vec<(&str, &Value)>> {
    let items = match list {
        None => return Some(Vec::new()),
        Some(Value::Array(items)) => items,
        Some(_) => return None,
    };
    let named = items.iter().map(|item| Some((name_of(item)?, item)));
    let things = named.collect::<Option<Vec<_>>>()?;
    let distinct: HashSet<&str> = things.iter().map(|(name, _)| *name).collect();
    (distinct.len() == things.len()).then_some(things)
}

fn name_of(thing: &Value) -> Option<&str> {
    let mut names = NAMES.iter().filter_map(|name| thing.get(name)?.as_str());
    names.next()
}

fn names(things: &[(&str, &Value)]) -> Value {
    things.iter().map(|(name, _)| *name).collect()
}

#[cfg(test)]
mod tests;
