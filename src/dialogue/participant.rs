//! Who takes part in a round, as all others see it: by a number of that round alone.

use super::store::participants;
use crate::{
    database::UnitOfWork,
    kernel::{
        ids::{DialogueId, OrganisationId},
        refusal::Fallible,
    },
};

/// The organisation's number in the round: 1 for the first that took part. It tells nothing about other rounds. The
/// procurement's row is locked, so that no two organisations are given the same.
pub async fn number(
    work: &mut UnitOfWork,
    dialogue: DialogueId,
    organisation: OrganisationId,
) -> Fallible<i32> {
    Ok(participants::take_part(work.connection(), dialogue, organisation).await?)
}
