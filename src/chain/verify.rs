//! Verifying a procurement's chain.

use crate::kernel::ids::ProcurementId;

use super::{
    entry::{Entry, Hash, Signed},
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

/// Verifies a procurement's whole chain, in ascending order of numbers. Returns the entries.
///
/// A chain whose last entries were removed verifies as well: compare its last hash with one that was
/// published or is in a receipt.
///
/// # Errors
/// Returns the first fault.
pub fn verify(
    procurement: ProcurementId,
    chain: &[Signed],
    keys: &PublicKeys,
) -> Result<Vec<Entry>, Fault> {
    let mut previous: Option<Hash> = None;
    let mut entries = Vec::with_capacity(chain.len());
    for (expected, signed) in (1..).zip(chain) {
        let number = signed.number;
        if !keys.have_signed(signed) {
            return Err(Fault::Signature(number));
        }
        let entry = signed.parse().map_err(|_| Fault::Content(number))?;
        if entry.procurement != procurement || signed.procurement != procurement {
            return Err(Fault::Content(number));
        }
        if entry.number != expected || number != expected {
            return Err(Fault::Order(number));
        }
        if entry.previous != previous {
            return Err(Fault::Previous(number));
        }
        previous = Some(signed.hash());
        entries.push(entry);
    }
    Ok(entries)
}
