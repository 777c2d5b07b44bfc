//! What a person and the organisation they act for store now, compared with their quotas.

use super::{
    Database,
    quota::{Limits, Usage},
    store,
};
use crate::{auth::Person, kernel::refusal::Fallible};

/// Returns the counters of each kind of object with their limits: those of the organisation that the
/// person acts for, then those of the person. The counters of an hour that ended are 0.
pub async fn usage(database: &Database, person: &Person) -> Fallible<Vec<(Usage, Limits)>> {
    let now = database.clock.now();
    let acting_for = person.acting_for;
    let found = store::quota::usage(&database.pool, person.id, acting_for, now).await?;
    let is_unverified_buyer = person.acts_for_unverified_buyer();
    let quotas = &database.quotas;
    let with_limits = found.into_iter().map(|usage| {
        let limits = *quotas.limits(&usage, is_unverified_buyer);
        (usage, limits)
    });
    Ok(with_limits.collect())
}
