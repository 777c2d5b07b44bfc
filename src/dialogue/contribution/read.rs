//! Which readers may read contributions, and how much of them.

use chrono::{DateTime, Utc};

use crate::{
    auth::{
        Actor,
        policy::{Subject, table},
    },
    kernel::ids::OrganisationId,
};

/// Part of the contributions that a reader may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ContributionView {
    /// Everything, with business secrets; the organisation only if it chose to be named.
    Buyer,
    /// Published answers that are not business secrets.
    Public,
}

/// Returns the part of the contributions to a round of this buyer that the actor may read; `None`
/// when it may read none yet. Members who run the buyer's dialogues read contributions at once,
/// since an early dialogue is not a sealed tender; its other members read what the public reads.
pub fn view(actor: &Actor, buyer: OrganisationId, published: bool) -> Option<ContributionView> {
    let unpublished = Subject {
        buyer: Some(buyer),
        ..Subject::default()
    };
    if const { table::of("Dialogue", "contributions") }.admits(actor, &unpublished) {
        return Some(ContributionView::Buyer);
    }
    published.then_some(ContributionView::Public)
}

/// Whether a reader with this view may read a contribution. `in_force` states whether it was
/// neither replaced nor withdrawn; `published_at` is the time at which the buyer published the
/// contributions, which does not cover later ones. The database views `standing_contribution` and
/// `published_contribution` have the same rule.
pub fn is_readable(
    view: ContributionView,
    in_force: bool,
    submitted_at: DateTime<Utc>,
    published_at: Option<DateTime<Utc>>,
) -> bool {
    match view {
        ContributionView::Buyer => in_force,
        ContributionView::Public => in_force && published_at.is_some_and(|at| submitted_at <= at),
    }
}

/// Whether the actor may know the number of contributions to a round of this buyer.
pub fn may_count(actor: &Actor, buyer: OrganisationId, ended: bool) -> bool {
    let subject = Subject {
        buyer: Some(buyer),
        out: ended,
        ..Subject::default()
    };
    const { table::of("DialogueStatistics", "contributions") }.admits(actor, &subject)
}
