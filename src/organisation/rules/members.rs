//! The rule that an organisation with members always has an owner.

use crate::kernel::{
    ids::PersonId,
    refusal::{Code, Refusal},
};

/// Refuses to take the role OWNER, or the membership, from the last of the `owners`.
pub fn check_owner_stays(owners: &[PersonId], leaving: PersonId) -> Result<(), Refusal> {
    if owners == [leaving] {
        let message = "the organisation would have no owner; make another member an owner first";
        return Err(Refusal::new(Code::LastOwner, message));
    }
    Ok(())
}

/// What happens to an organisation when a member's account is erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Departure {
    /// The organisation continues.
    Continues,
    /// The organisation is closed: it has no other member.
    Closes,
    /// The erasure is refused: the other members would have no owner.
    LeavesNoOwner,
}

/// Returns what happens to an organisation with these members and owners when one of them leaves
/// for ever.
pub fn departure(members: &[PersonId], owners: &[PersonId], leaving: PersonId) -> Departure {
    if members.iter().all(|member| *member == leaving) {
        return Departure::Closes;
    }
    match owners == [leaving] {
        true => Departure::LeavesNoOwner,
        false => Departure::Continues,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_owner_stays() {
        let [ada, bo, cy] = [0; 3].map(|_| PersonId::new());
        for (owners, leaving, stays) in [
            (vec![ada], ada, true),
            (vec![ada], bo, false),
            (vec![ada, bo], ada, false),
            (vec![ada, bo], cy, false),
            (vec![], ada, false),
        ] {
            let refused = check_owner_stays(&owners, leaving).err();
            let code = refused.map(|refusal| refusal.code);
            assert_eq!(code, stays.then_some(Code::LastOwner), "{owners:?}");
        }
    }

    #[test]
    fn an_organisation_closes_with_its_last_member() {
        use Departure::{Closes, Continues, LeavesNoOwner};
        let [ada, bo, cy] = [0; 3].map(|_| PersonId::new());
        for (members, owners, expected) in [
            (vec![ada], vec![ada], Closes),
            (vec![ada], vec![], Closes),
            (vec![ada, bo], vec![ada], LeavesNoOwner),
            (vec![ada, bo], vec![ada, bo], Continues),
            (vec![ada, bo], vec![bo], Continues),
            (vec![ada, bo, cy], vec![ada], LeavesNoOwner),
        ] {
            let found = departure(&members, &owners, ada);
            assert_eq!(
                found,
                expected,
                "{} members, {} owners",
                members.len(),
                owners.len()
            );
        }
    }
}
