//! Release with its identity; everything else in it may be missing or wrong.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::dates::{DayEdge, parse_date};
use super::node::{Node, Warnings, quoted};
use super::problem::{Refusal, Warning, WarningKind};
use super::split::json_reason;

/// Maximum length of `ocid` and `id` in bytes. They are keys and must fit into an index entry.
const MAX_KEY: usize = 500;

/// OCDS release (1.0 or 1.1) with its identity and its original content.
#[derive(Debug, Clone)]
pub struct Release {
    /// ID of the contracting process.
    pub ocid: String,
    /// ID, unique within the process. A release without an ID gets one derived from its date and
    /// content, so a repeated import recognises it.
    pub id: String,
    /// Time of publication.
    pub date: DateTime<Utc>,
    /// Warnings about the identity.
    pub(super) warnings: Vec<Warning>,
    pub(super) body: Value,
}

impl Release {
    /// Parses a release from its JSON text.
    ///
    /// # Errors
    /// Refuses text that is not a JSON object, and releases without `ocid` or a valid `date`.
    pub fn parse(json: &[u8]) -> Result<Self, Refusal> {
        // serde_json parses an object with this key as nested JSON, without a depth limit.
        const RAW: &[u8] = b"serde_json::private::";
        let mut after = json.split(|byte| *byte == b'$').skip(1);
        if after.any(|rest| rest.starts_with(RAW)) {
            return Err(Refusal::new(
                "it has keys that no publisher writes (`$serde_json::private::…`)",
                "remove them",
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
        let warnings = Warnings::default();
        tidy_keys(&mut body, &mut String::new(), &warnings);
        let root = Node::root(&body, &warnings);
        let ocid = required(&root, "ocid", "the id of the contracting process")?;
        let written = required(&root, "date", "when the release was published")?;
        let Some(date) = parse_date(&written, DayEdge::Start).map(|moment| moment.at) else {
            let reason = format!("`date` is {}, which is not a date", quoted(&written));
            return Err(Refusal::new(
                reason,
                "write it as RFC 3339, for example 2026-03-01T12:00:00Z",
            ));
        };
        let id = match root.text("id") {
            Some(id) => id,
            None => derived_id(&body, &written, &warnings),
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
            warnings: warnings.take(),
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

fn derived_id(body: &Value, date: &str, warnings: &Warnings) -> String {
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
    warnings.add(
        WarningKind::Missing,
        "id",
        format!("is missing; {id} is made from date and content"),
    );
    id
}

/// Removes white space from keys (`"contactP    oint"`): broken exports contain it, OCDS fields
/// never do.
///
/// If the key also exists without white space, that one keeps its value. The parser accepts at most
/// 128 levels, which bounds the recursion.
fn tidy_keys(value: &mut Value, path: &mut String, warnings: &Warnings) {
    match value {
        Value::Array(values) => {
            for (index, value) in values.iter_mut().enumerate() {
                below(path, &index.to_string(), |path| {
                    tidy_keys(value, path, warnings)
                });
            }
        }
        Value::Object(members) => {
            if members.keys().any(|key| key.contains(char::is_whitespace)) {
                tidy_members(members, path, warnings);
            }
            for (key, value) in members.iter_mut() {
                below(path, key, |path| tidy_keys(value, path, warnings));
            }
        }
        _ => {}
    }
}

fn tidy_members(members: &mut Map<String, Value>, path: &str, warnings: &Warnings) {
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
        warnings.add(
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
