//! Verifying a procurement's chain.

use std::fmt;

use crate::kernel::ids::ProcurementId;

use super::{
    entry::{Entry, Signed},
    key::PublicKeys,
};

/// What is wrong with a chain, and with which entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No trusted key signed the entry with this number, or the entry was edited.
    Signature(i32),
    /// An entry before this number is missing, or two have exchanged their places.
    Order(i32),
    /// The entry with this number does not continue the one before it.
    Previous(i32),
    /// The entry with this number belongs to another procurement or is no entry.
    Content(i32),
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signature(number) => {
                write!(
                    formatter,
                    "entry {number} is not signed by a trusted key, or was edited"
                )
            }
            Self::Order(number) => {
                write!(
                    formatter,
                    "an entry before entry {number} is missing or misplaced"
                )
            }
            Self::Previous(number) => {
                write!(
                    formatter,
                    "entry {number} does not continue the entry before it"
                )
            }
            Self::Content(number) => {
                write!(
                    formatter,
                    "entry {number} belongs to another procurement or is no entry"
                )
            }
        }
    }
}

/// The entries of a chain that a trusted key signed for its procurement, and all faults of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examined {
    /// The signed entries, in ascending order of numbers.
    pub entries: Vec<Entry>,
    /// The faults, in the same order; at most one for each entry.
    pub faults: Vec<Fault>,
}

/// Examines a procurement's whole chain, in ascending order of numbers. An entry with a fault of its
/// order stays an entry, because a trusted key signed it; a forged one is left out.
///
/// A chain whose last entries were removed has no fault: compare its last hash with one that was
/// published or is in a receipt.
#[must_use]
pub fn examine(procurement: ProcurementId, chain: &[Signed], keys: &PublicKeys) -> Examined {
    let mut examined = Examined {
        entries: Vec::with_capacity(chain.len()),
        faults: Vec::new(),
    };
    let (mut expected, mut previous) = (1, None);
    for signed in chain {
        let number = signed.number;
        let fault = match authentic(procurement, signed, keys) {
            Err(fault) => Some(fault),
            Ok(entry) => {
                let fault = match number == expected {
                    false => Some(Fault::Order(number)),
                    true if entry.previous != previous => Some(Fault::Previous(number)),
                    true => None,
                };
                examined.entries.push(entry);
                fault
            }
        };
        examined.faults.extend(fault);
        expected = number.saturating_add(1);
        previous = Some(signed.hash());
    }
    examined
}

/// Returns the entry if a trusted key signed it for this place in the chain of this procurement.
fn authentic(
    procurement: ProcurementId,
    signed: &Signed,
    keys: &PublicKeys,
) -> Result<Entry, Fault> {
    let number = signed.number;
    if !keys.have_signed(signed) {
        return Err(Fault::Signature(number));
    }
    let entry = signed.parse().map_err(|_| Fault::Content(number))?;
    if entry.procurement != procurement || signed.procurement != procurement {
        return Err(Fault::Content(number));
    }
    match entry.number == number {
        true => Ok(entry),
        false => Err(Fault::Order(number)),
    }
}

/// Verifies a procurement's whole chain, in ascending order of numbers. Returns the entries.
///
/// # Errors
/// Returns the first fault that [`examine`] finds.
pub fn verify(
    procurement: ProcurementId,
    chain: &[Signed],
    keys: &PublicKeys,
) -> Result<Vec<Entry>, Fault> {
    let examined = examine(procurement, chain, keys);
    match examined.faults.first() {
        Some(fault) => Err(*fault),
        None => Ok(examined.entries),
    }
}
