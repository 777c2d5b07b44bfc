//! What a buyer requires of its own members before tenders are published, opened or awarded.

use serde::{Deserialize, Serialize};

use crate::kernel::{
    ids::PersonId,
    refusal::{Code, Refusal},
};

/// Steps for which a buyer requires another person than the one who wrote the draft.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FourEyes {
    /// Publishing a notice in phase TENDERING.
    pub publishing: bool,
    /// Opening the tenders.
    pub opening: bool,
    /// Awarding a lot.
    pub awarding: bool,
}

/// A buyer's rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpeningRules {
    /// Number of persons who must approve an opening: 1 or 2. One is enough only where the
    /// procedure allows it.
    pub required_openers: i32,
    /// Steps that need another person.
    pub four_eyes: FourEyes,
}

impl Default for OpeningRules {
    fn default() -> Self {
        Self {
            required_openers: 2,
            four_eyes: FourEyes::default(),
        }
    }
}

/// Refuses a step of the person who wrote what it decides on, if the buyer requires another.
/// `actor` are all rows of the person who acts: erased ones, and the API keys that they created.
/// `author` is `None` where it is not known who wrote it.
pub fn check_four_eyes(
    required: bool,
    author: Option<PersonId>,
    actor: &[PersonId],
) -> Result<(), Refusal> {
    match author {
        Some(author) if required && actor.contains(&author) => Err(Refusal::new(
            Code::FourEyes,
            "you wrote the draft, and the buyer's rules require another person for this step; ask another member",
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_author_is_refused_where_the_buyer_requires_another() {
        let (author, other) = (PersonId::new(), PersonId::new());
        for (required, wrote, actor, allowed) in [
            (false, Some(author), vec![author], true),
            (true, Some(author), vec![author], false),
            (true, Some(author), vec![other, author], false),
            (true, Some(author), vec![other], true),
            (true, None, vec![author], true),
        ] {
            let found = check_four_eyes(required, wrote, &actor);
            assert_eq!(found.is_ok(), allowed, "{required} {wrote:?} {actor:?}");
        }
    }
}
