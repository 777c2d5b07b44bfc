//! Merges the releases of a process into its compiled release, by the rules of OCDS 1.1
//! (<https://standard.open-contracting.org/1.1/en/schema/merging/>).
//!
//! | value in the release | effect on the compiled release |
//! |---|---|
//! | absent, `{}` or `[]` | none (`[]` empties a list of [`WHOLE_LISTS`]) |
//! | `null` | the field is removed |
//! | object | its fields are merged |
//! | list of objects | objects with the same `id` are merged, others are added |
//! | other list, or a list of [`WHOLE_LISTS`] | replaces the list |
//! | other | replaces the value |
//!
//! The reference implementation (`ocdsmerge` 0.8) differs in three cases: it ignores `null` for an
//! object or list of objects, although the standard removes it; it refuses a value that changes
//! between object and other types, which replaces the value here; and it distinguishes the `id`s
//! `1` and `"1"`, which are one lot here.

use std::collections::HashMap;
use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};

use super::json::{Json, Object, write_object};
use super::problem::{Refusal, Warnings};
use super::release::Release;

/// Fields of a release that are not merged (`omitWhenMerged` in the schema). `tag` is collected.
const OMITTED: [&str; 3] = ["date", "id", "tag"];

/// Lists that are replaced as a whole, by their path without positions (`wholeListMerge` in the
/// schema of OCDS 1.1, and its lists of texts). Lists of other values than objects are always
/// replaced; here an empty list empties them.
const WHOLE_LISTS: [&str; 21] = [
    "awards/amendment/changes",
    "awards/amendments/changes",
    "awards/items/additionalClassifications",
    "awards/suppliers/additionalIdentifiers",
    "buyer/additionalIdentifiers",
    "contracts/amendment/changes",
    "contracts/amendments/changes",
    "contracts/implementation/transactions/payee/additionalIdentifiers",
    "contracts/implementation/transactions/payer/additionalIdentifiers",
    "contracts/items/additionalClassifications",
    "contracts/relatedProcesses/relationship",
    "parties/additionalIdentifiers",
    "parties/roles",
    "relatedProcesses/relationship",
    "tender/additionalProcurementCategories",
    "tender/amendment/changes",
    "tender/amendments/changes",
    "tender/items/additionalClassifications",
    "tender/procuringEntity/additionalIdentifiers",
    "tender/submissionMethod",
    "tender/tenderers/additionalIdentifiers",
];

/// Maximum size of a compiled release in bytes.
const MAX_COMPILED: usize = 64 << 20;

/// Compiled release of a process: its state after some of its releases.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CompiledRelease {
    body: Object,
}

impl CompiledRelease {
    /// Parses a compiled release that was written; `None` if the text is not one.
    #[must_use]
    pub fn parse(json: &str) -> Option<Self> {
        match Json::parse(json.as_bytes(), &Warnings::default()) {
            Ok(Json::Object(body)) => Some(Self { body }),
            _ => None,
        }
    }

    /// Checks the size of the state.
    ///
    /// # Errors
    /// Refuses a process whose releases have become too large together.
    pub fn check_size(&self) -> Result<(), Refusal> {
        if self.to_string().len() <= MAX_COMPILED {
            return Ok(());
        }
        let limit = MAX_COMPILED >> 20;
        Err(Refusal::new(
            format!("with it, the releases of the process have more than {limit} MB together"),
            "split the process, or give its repeated objects an `id`",
        ))
    }

    /// Merges a release into the state. A compiled release replaces it.
    pub fn merge(&mut self, release: &Release) {
        if release.is_compiled {
            self.body.clear();
        }
        let Some(members) = release.body.as_object() else {
            return;
        };
        merge_object(&mut self.body, members, &mut String::new());
        self.collect_tags(members.get("tag"));
    }

    /// Adds the tags of a release to those of the earlier ones: without a status, the phase follows
    /// from what was published.
    fn collect_tags(&mut self, tags: Option<&Json>) {
        let new: &[Json] = match tags {
            None | Some(Json::Null) => return,
            Some(Json::Array(tags)) => tags,
            Some(tag) => std::slice::from_ref(tag),
        };
        let known = self.body.entry("tag".to_owned());
        if let Json::Array(known) = known.or_insert_with(|| Json::Array(Vec::new())) {
            for tag in new {
                if !known.contains(tag) {
                    known.push(tag.clone());
                }
            }
        }
    }

    /// Returns the state as a release with the identity of the last release, for
    /// [`map`](super::map()).
    #[must_use]
    pub fn as_of(&self, ocid: &str, id: &str, date: DateTime<Utc>) -> Release {
        let mut body = self.body.clone();
        let written = date.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        for (key, value) in [("ocid", ocid), ("id", id), ("date", &written)] {
            body.insert(key.to_owned(), Json::String(value.to_owned()));
        }
        Release {
            ocid: ocid.to_owned(),
            id: id.to_owned(),
            date,
            is_compiled: true,
            digest: [0; 32],
            warnings: Vec::new(),
            body: Json::Object(body),
        }
    }
}

/// Writes the compiled release as JSON in one line.
impl fmt::Display for CompiledRelease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_object(&self.body, f)
    }
}

/// Merges the members of an object; `path` is the path of the object without positions.
fn merge_object(state: &mut Object, members: &Object, path: &mut String) {
    for (key, value) in members {
        if path.is_empty() && OMITTED.contains(&key.as_str()) {
            continue;
        }
        let length = path.len();
        if length > 0 {
            path.push('/');
        }
        path.push_str(key);
        merge_member(state, key, value, path);
        path.truncate(length);
    }
}

fn merge_member(state: &mut Object, key: &str, value: &Json, path: &mut String) {
    match value {
        Json::Null => {
            state.remove(key);
        }
        Json::Object(members) if members.is_empty() => {}
        Json::Object(members) => {
            let known = state.entry(key.to_owned()).or_insert(Json::Null);
            if !matches!(known, Json::Object(_)) {
                *known = Json::Object(Object::new());
            }
            if let Json::Object(known) = known {
                merge_object(known, members, path);
            }
        }
        Json::Array(values) if values.is_empty() && !is_whole_list(path) => {}
        Json::Array(values) if !values.is_empty() && is_merged_list(values, path) => {
            let known = state.entry(key.to_owned()).or_insert(Json::Null);
            if !matches!(known, Json::Array(known) if known.iter().all(Json::is_object)) {
                *known = Json::Array(Vec::new());
            }
            if let Json::Array(known) = known {
                merge_list(known, values, path);
            }
        }
        other => {
            state.insert(key.to_owned(), other.clone());
        }
    }
}

/// Merges objects by their `id`. An object without `id` is always another one.
fn merge_list(known: &mut Vec<Json>, values: &[Json], path: &mut String) {
    let mut positions: HashMap<String, usize> = HashMap::new();
    for (position, value) in known.iter().enumerate() {
        if let Some(id) = id(value) {
            positions.entry(id).or_insert(position);
        }
    }
    for value in values {
        let Json::Object(members) = value else {
            continue;
        };
        let position = match id(value) {
            Some(id) => *positions.entry(id).or_insert(known.len()),
            None => known.len(),
        };
        if position == known.len() {
            known.push(Json::Object(Object::new()));
        }
        if let Some(Json::Object(known)) = known.get_mut(position) {
            merge_object(known, members, path);
        }
    }
}

/// Returns the `id` of an object in a form in which `1` and `"1"` are equal.
fn id(value: &Json) -> Option<String> {
    match value.as_object()?.get("id")? {
        Json::Null => None,
        Json::String(id) => Some(id.clone()),
        Json::Number(id) => Some(id.as_str().to_owned()),
        other => Some(other.to_string()),
    }
}

fn is_merged_list(values: &[Json], path: &str) -> bool {
    values.iter().all(Json::is_object) && !is_whole_list(path)
}

fn is_whole_list(path: &str) -> bool {
    WHOLE_LISTS.contains(&path)
}
