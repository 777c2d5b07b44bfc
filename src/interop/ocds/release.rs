//! Release with its identity; everything else in it may be missing or wrong.

use std::collections::btree_map::Entry;

use chrono::{DateTime, SubsecRound, Utc};

use super::dates::{DayEdge, NoDate, parse_date_in};
use super::json::{Json, Object};
use super::node::{Node, Warnings, quoted};
use super::problem::{Refusal, Warning, WarningKind};
use super::versioned::newest_values;
use crate::kernel::zone::Zone;

/// Maximum length of `ocid` and `id` in bytes. They are keys and must fit into an index entry.
const MAX_KEY: usize = 500;

/// Date of releases whose date is a placeholder for an unknown one: they are merged before all
/// others.
pub const UNDATED: DateTime<Utc> = DateTime::UNIX_EPOCH;

/// What a release states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What changed at its date.
    Change,
    /// The whole state at its date: the compiled release of a record, or a release that is tagged
    /// as compiled.
    Compiled,
    /// All values of each field; the newest ones are the whole state.
    Versioned,
}

/// OCDS release (1.0 or 1.1) with its identity and its original content.
#[derive(Debug, Clone)]
pub struct Release {
    /// ID of the contracting process.
    pub ocid: String,
    /// ID. A release without an ID gets one derived from its date and content, so a repeated import
    /// recognises it.
    pub id: String,
    /// Time of publication, in microseconds as the database stores it; [`UNDATED`] if the release
    /// states a placeholder.
    pub date: DateTime<Utc>,
    /// Whether the release states the whole state at its date, or else what changed.
    pub is_compiled: bool,
    /// SHA-256 of the content in canonical form.
    pub digest: [u8; 32],
    /// Warnings about the identity.
    pub(super) warnings: Vec<Warning>,
    pub(super) body: Json,
}

impl Release {
    /// Parses a release from its JSON text.
    ///
    /// # Errors
    /// Refuses text that is not a JSON object, and releases without `ocid` or a valid `date`.
    pub fn parse(json: &[u8], kind: Kind) -> Result<Self, Refusal> {
        let warnings = Warnings::default();
        let body = Json::parse(json, &warnings).map_err(|error| {
            let reason = format!("malformed JSON at byte {}: {}", error.at, error.reason);
            Refusal::new(reason, "correct the JSON there, or export the file again")
        })?;
        let body = match kind {
            Kind::Versioned => newest_values(body),
            Kind::Change | Kind::Compiled => body,
        };
        Self::read(body, kind != Kind::Change, warnings)
    }

    fn read(mut body: Json, is_compiled: bool, warnings: Warnings) -> Result<Self, Refusal> {
        tidy_keys(&mut body, &mut String::new(), &warnings);
        let root = Node::root(&body, &warnings);
        let ocid = required(&root, "ocid", "the id of the contracting process")?;
        let written = required(&root, "date", "when the release was published")?;
        let date = match parse_date_in(Zone::UTC, &written, DayEdge::Start) {
            Ok(date) => Some(date.at),
            Err(NoDate::Implausible) => {
                let message = format!(
                    "{} is a date that systems write for an unknown one; it is treated as missing, and \
                     the notice is published at the time of the import",
                    quoted(&written)
                );
                root.warn(WarningKind::Placeholder, "date", message);
                Some(UNDATED)
            }
            Err(NoDate::Unreadable) => None,
        };
        let Some(date) = date else {
            let reason = format!("`date` is {}, which is not a date", quoted(&written));
            return Err(Refusal::new(
                reason,
                "write it as RFC 3339, for example 2026-03-01T12:00:00Z",
            ));
        };
        let digest = body.digest();
        let id = match root.text("id") {
            Some(id) => id,
            None => derived_id(&digest, &written, &warnings),
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
        let is_tagged = root.texts("tag").iter().any(|tag| tag == "compiled");
        Ok(Self {
            ocid,
            id,
            date: date.trunc_subsecs(6),
            is_compiled: is_compiled || is_tagged,
            digest,
            warnings: warnings.take(),
            body,
        })
    }

    /// Returns the content as JSON in one line.
    #[must_use]
    pub fn json(&self) -> String {
        self.body.to_string()
    }

    /// Takes the warnings about the identity.
    pub fn take_warnings(&mut self) -> Vec<Warning> {
        std::mem::take(&mut self.warnings)
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

fn derived_id(digest: &[u8; 32], date: &str, warnings: &Warnings) -> String {
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
/// If the key also exists without white space, that one keeps its value. The parser bounds the
/// recursion.
fn tidy_keys(value: &mut Json, path: &mut String, warnings: &Warnings) {
    match value {
        Json::Array(values) => {
            for (index, value) in values.iter_mut().enumerate() {
                below(path, &index.to_string(), |path| {
                    tidy_keys(value, path, warnings)
                });
            }
        }
        Json::Object(members) => {
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

fn tidy_members(members: &mut Object, path: &str, warnings: &Warnings) {
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
        if let Entry::Vacant(vacant) = members.entry(tidy) {
            vacant.insert(value);
        }
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
