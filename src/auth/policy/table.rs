//! The table: of each field of the GraphQL schema, who may use it.
//!
//! [`FIELDS`] has each field of the types in which there is anything that not everyone may do or read, so that a new field
//! there needs a rule of its own. [`TYPES`] has all other types, whose fields are for whoever reads the thing; those with
//! a rule are reached by nothing but fields of the same rule. The tests compare both with the schema: what is missing
//! fails them. The descriptions of the schema say what stands here.
//!
//! Whatever enforces a rule takes it from here by the field's name, while it is compiled (`const { … }`), so that a name that
//! is not in the table does not build: [`of`], [`buyer`], [`supplier`]. Nowhere else is it decided which field needs which role.

mod fields;
mod types;

pub use fields::FIELDS;
pub use types::TYPES;

use super::{
    BuyerAction,
    Rule::{self, AnyBuyer, Buyer, JointBuyer, OwnWith, Supplier},
    SupplierAction,
};

/// Names by rule: the fields of one type, or types.
pub type Fields = &'static [(Rule, &'static [&'static str])];

/// The rule of a field of one of the [`FIELDS`], for `const { … }`: a name that is not in the table does not compile.
pub const fn of(kind: &str, field: &str) -> Rule {
    let fields = fields_of(kind);
    let mut rule = 0;
    while rule < fields.len() {
        if contains(fields[rule].1, field) {
            return fields[rule].0;
        }
        rule += 1;
    }
    missing()
}

/// What a mutation is to the buyer, for `const { … }`: one that is not for members of a buyer does not compile.
pub const fn buyer(mutation: &str) -> BuyerAction {
    match of("Mutation", mutation) {
        Buyer(action) | AnyBuyer(action) | JointBuyer(action) => action,
        _ => missing(),
    }
}

/// What a mutation is to a supplier, likewise.
pub const fn supplier(mutation: &str) -> SupplierAction {
    match of("Mutation", mutation) {
        Supplier(action) | OwnWith(action) => action,
        _ => missing(),
    }
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

/// While this crate is compiled, and never later.
#[expect(clippy::panic, reason = "it fails the build, which is the purpose")]
const fn missing() -> ! {
    panic!("the table has no such rule")
}
