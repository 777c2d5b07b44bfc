//! One release, with what tells it from all others; everything else in it may be missing or wrong.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::dates::{Edge, read_moment};
use super::node::{Node, Notes, quoted};
use super::problem::{Refusal, Warning, WarningKind};
use super::split::json_reason;

/// The longest `ocid` and `id` that are taken, in bytes. They are keys, and an index entry has to hold them.
const MAX_KEY: usize = 500;

/// An OCDS release (1.0 or 1.1): what identifies it, and its content as it came.
#[derive(Debug, Clone)]
pub struct Release {
    /// The contracting process that it is about.
    pub ocid: String,
    /// Its id, unique within the process. A release without one gets one from its date and content, so that importing
    /// it again finds it again.
    pub id: String,
    /// When it was published.
    pub date: DateTime<Utc>,
    /// What was read otherwise than it was written, in what is above.
    pub(super) warnings: Vec<Warning>,
    pub(super) body: Value,
}

impl Release {
    /// Reads a release from its JSON text.
    ///
    /// # Errors
    /// Refused are text that is not a JSON object, and releases without an `ocid` or a readable `date`, which nothing
    /// could stand in for.
    pub fn parse(json: &[u8]) -> Result<Self, Refusal> {
        // An object with this key is read as JSON within JSON, without an end to how deep.
        const RAW: &[u8] = b"serde_json::private::";
        let mut after = json.split(|byte| *byte == b'$').skip(1);
        if after.any(|rest| rest.starts_with(RAW)) {
            return Err(Refusal::new(
                "it has keys that no publisher writes (`$serde_json::private::…`)",
                "take them out",
            ));
        }
        let body: Value = serde_json::from_slice(json).map_err(|error| {
            let reason = format!("malformed JSON: {}", json_reason(&error));
            Refusal::new(
                reason,
                "correct the JSON there, or export the file again as UTF-8",
            )
        })?;
        Self::read(body)
    }

    fn read(mut body: Value) -> Result<Self, Refusal> {
        let notes = Notes::default();
        tidy_keys(&mut body, &mut String::new(), &notes);
        let root = Node::root(&body, &notes);
        let ocid = required(&root, "ocid", "the id of the contracting process")?;
        let written = required(&root, "date", "when the release was published")?;
        let Some(date) = read_moment(&written, Edge::Start).map(|moment| moment.at) else {
            let reason = format!("`date` is {}, which is not a date", quoted(&written));
            return Err(Refusal::new(
                reason,
                "write it as RFC 3339, for example 2026-03-01T12:00:00Z",
            ));
        };
        let id = match root.text("id") {
            Some(id) => id,
            None => derived_id(&body, &written, &notes),
        };
        for (key, value) in [("ocid", &ocid), ("id", &id)] {
            if value.len() > MAX_KEY {
                let reason = format!("`{key}` is {} bytes long, more than {MAX_KEY}", value.len());
                return Err(Refusal::new(
                    reason,
                    "use the id of the publisher's register",
                ));
            }
        }
        Ok(Self {
            ocid,
            id,
            date,
            warnings: notes.take(),
            body,
        })
    }
}

fn required(root: &Node<'_>, key: &str, what: &str) -> Result<String, Refusal> {
    root.text(key).ok_or_else(|| {
        Refusal::new(
            format!("`{key}` is missing"),
            format!("add `{key}`, {what}, to the release"),
        )
    })
}

fn derived_id(body: &Value, date: &str, notes: &Notes) -> String {
    let mut ordered = body.clone();
    ordered.sort_all_objects();
    let digest = Sha256::digest(ordered.to_string().as_bytes());
    let short: String = digest
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let day: String = date.chars().take(10).collect();
    let id = format!("{day}-{short}");
    notes.add(
        WarningKind::Missing,
        "id",
        format!("is missing; {id} is made from date and content"),
    );
    id
}

/// Takes white space out of keys (`"contactP    oint"`), which broken exports have and no OCDS field does.
///
/// A key that is there without white space as well keeps its value. JSON is never read deeper than 128 levels, so
/// this goes no deeper either.
fn tidy_keys(value: &mut Value, path: &mut String, notes: &Notes) {
    match value {
        Value::Array(values) => {
            for (index, value) in values.iter_mut().enumerate() {
                below(path, &index.to_string(), |path| {
                    tidy_keys(value, path, notes)
                });
            }
        }
        Value::Object(members) => {
            if members.keys().any(|key| key.contains(char::is_whitespace)) {
                tidy_members(members, path, notes);
            }
            for (key, value) in members.iter_mut() {
                below(path, key, |path| tidy_keys(value, path, notes));
            }
        }
        _ => {}
    }
}

fn tidy_members(members: &mut Map<String, Value>, path: &str, notes: &Notes) {
    let untidy: Vec<String> = members
        .keys()
        .filter(|key| key.contains(char::is_whitespace))
        .cloned()
        .collect();
    for key in untidy {
        let Some(value) = members.remove(&key) else {
            continue;
        };
        let tidy: String = key.split_whitespace().collect();
        let field = if path.is_empty() {
            tidy.clone()
        } else {
            format!("{path}/{tidy}")
        };
        notes.add(
            WarningKind::UntidyKey,
            field,
            format!("is written {} in the release", quoted(&key)),
        );
        members.entry(tidy).or_insert(value);
    }
}

fn below(path: &mut String, step: &str, visit: impl FnOnce(&mut String)) {
    let length = path.len();
    if length > 0 {
        path.push('/');
    }
    path.push_str(step);
    visit(path);
    path.truncate(length);
}
