//! The table of who may read which field of the GraphQL schema.
//!
//! [`FIELDS`] lists each field of the types that have a field which not everyone may read, so that
//! a new field there needs a rule of its own. [`TYPES`] lists all other types. A type with a rule
//! is reached only by fields with the same rule; the fields of types without one are for any reader
//! of the object. The tests compare both lists with the schema, and the descriptions of the schema
//! state the rules.
//!
//! Code that enforces a rule takes it from here by the field's name in a `const` block ([`of`]), so
//! that a name which is not in the table does not compile. The rule of a mutation is part of its
//! declaration instead: [`super::mutation`].

mod fields;
mod types;

pub use fields::FIELDS;
pub use types::TYPES;

use super::Rule;

/// Names of fields or types, by rule.
pub type Fields = &'static [(Rule, &'static [&'static str])];

/// Returns the rule of a field of one of the [`FIELDS`], for `const { … }`: a name that is not in
/// the table does not compile.
pub const fn of(kind: &str, field: &str) -> Rule {
    rule_in(fields_of(kind), field)
}

const fn rule_in(fields: Fields, field: &str) -> Rule {
    let mut rule = 0;
    while rule < fields.len() {
        if contains(fields[rule].1, field) {
            return fields[rule].0;
        }
        rule += 1;
    }
    missing()
}

const fn fields_of(kind: &str) -> Fields {
    let mut at = 0;
    while at < FIELDS.len() {
        if same(FIELDS[at].0, kind) {
            return FIELDS[at].1;
        }
        at += 1;
    }
    missing()
}

const fn contains(names: &[&str], name: &str) -> bool {
    let mut at = 0;
    while at < names.len() {
        if same(names[at], name) {
            return true;
        }
        at += 1;
    }
    false
}

const fn same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    if one.len() != other.len() {
        return false;
    }
    let mut at = 0;
    while at < one.len() {
        if one[at] != other[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// Fails the compilation of a name that is not in the table.
#[expect(
    clippy::panic,
    reason = "it is evaluated at compile time only, to fail the build"
)]
const fn missing() -> ! {
    panic!("the table has no such rule")
}
