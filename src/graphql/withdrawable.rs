//! Content that its buyer can withdraw or redact. A cache must not serve a response with such
//! content without asking the server.
//!
//! The types are listed here once, and the execution of requests looks at the type of each resolved
//! field, so that a new field of such a type needs no code.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// Object types whose fields are content that the buyer can withdraw or redact, or are part of such
/// content.
const TYPES: [&str; 11] = [
    "Answer",
    "Contribution",
    "ContributionAnswer",
    "DialogueSummary",
    "Document",
    "Highlight",
    "HighlightPart",
    "Minutes",
    "Question",
    "QuestionAnchor",
    "SummaryChange",
];

/// Fields of these types that never change, so that any cache may keep them.
const PERMANENT: [&str; 2] = ["id", "__typename"];

/// Whether the response to a request has content that the buyer can withdraw. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct HasWithdrawable(Arc<AtomicBool>);

impl HasWithdrawable {
    /// Records that the response has this field of an object.
    pub(super) fn note(&self, parent: &str, field: &str) {
        if TYPES.contains(&parent) && !PERMANENT.contains(&field) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    /// Returns whether the response has content that the buyer can withdraw.
    #[must_use]
    pub fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashMap};

    use async_graphql::parser::{
        parse_schema,
        types::{TypeKind, TypeSystemDefinition},
    };

    use super::*;

    /// Types of values that other objects have as well.
    const VALUES: [&str; 4] = ["Asker", "LocalizedText", "Money", "ReasonGiven"];
    /// Types that only a signed-in person reads; no cache stores their responses.
    const PRIVATE: [&str; 2] = ["AnswerDraft", "OwnContribution"];

    /// Returns the object types of a schema that a list of types must have: those with the field
    /// `withdrawal` or `redaction`, and the types without `id` that they consist of.
    fn required(sdl: &str) -> BTreeSet<String> {
        let document = parse_schema(sdl).unwrap();
        let definitions = document.definitions.into_iter();
        let objects: HashMap<String, Vec<(String, String)>> = definitions
            .filter_map(|definition| match definition {
                TypeSystemDefinition::Type(definition) => match definition.node.kind {
                    TypeKind::Object(object) => {
                        let fields = object.fields.into_iter().map(|field| {
                            let kind = field.node.ty.node.to_string();
                            let kind = kind.trim_matches(['[', ']', '!']).to_owned();
                            (field.node.name.node.to_string(), kind)
                        });
                        Some((definition.node.name.node.to_string(), fields.collect()))
                    }
                    _ => None,
                },
                _ => None,
            })
            .collect();
        let has = |kind: &str, wanted: &[&str]| {
            let fields = objects.get(kind);
            fields.is_some_and(|all| all.iter().any(|(name, _)| wanted.contains(&name.as_str())))
        };
        let is_content = |kind: &&String| has(kind, &["withdrawal", "redaction"]);
        let mut pending: Vec<String> = objects.keys().filter(is_content).cloned().collect();
        let mut found = BTreeSet::new();
        while let Some(kind) = pending.pop() {
            for (_, part) in &objects[&kind] {
                let is_part = objects.contains_key(part) && !has(part, &["id", "pageInfo"]);
                if is_part && !VALUES.contains(&part.as_str()) {
                    pending.push(part.clone());
                }
            }
            found.insert(kind);
            pending.retain(|kind| !found.contains(kind));
        }
        found
    }

    #[test]
    fn every_type_of_withdrawable_content_is_listed() {
        let sdl = crate::graphql::sdl();
        let required = required(&sdl);
        assert!(required.len() > 8, "{required:?}");
        let listed = |kind: &&String| TYPES.contains(&kind.as_str());
        let public = |kind: &&String| !PRIVATE.contains(&kind.as_str());
        let missing: Vec<_> = required
            .iter()
            .filter(public)
            .filter(|kind| !listed(kind))
            .collect();
        assert!(missing.is_empty(), "not listed: {missing:?}");
        for kind in TYPES {
            assert!(sdl.contains(&format!("\ntype {kind} ")), "no type {kind}");
        }
    }

    #[test]
    fn identifiers_are_no_content() {
        let response = HasWithdrawable::default();
        for (parent, field) in [("Answer", "id"), ("Answer", "__typename"), ("Lot", "title")] {
            response.note(parent, field);
        }
        assert!(!response.get());
        response.note("Document", "url");
        assert!(response.get());
    }
}
