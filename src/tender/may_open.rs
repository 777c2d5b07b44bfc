//! When the opener may open a procurement's tenders. It relies on signed entries of the chain and on
//! what is sealed in the tenders, so that changed or added rows of the database open nothing. Pure.

use chrono::{DateTime, Utc};

use super::opening_rules::{NotApproved, check_approved};
use crate::chain::{Entry, Event};

/// Why the opener must not open the tenders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotYet {
    /// The chain has no signed request, or too few persons have confirmed it.
    #[error("{0}; members of the buyer request and confirm it with `openTenders`")]
    NotApproved(#[from] NotApproved),
    /// The latest of all stated deadlines has not passed.
    #[error("the tenders stay sealed until {0} by the opener's own clock")]
    TooEarly(DateTime<Utc>),
}

/// Checks that the tenders may be opened at the time `now` of the opener's own clock: the opening is
/// approved, and each stated deadline has passed. `deadlines` are those that the chain does not
/// have: of the database and of the sealed tenders.
pub fn may_open(
    entries: &[Entry],
    deadlines: impl IntoIterator<Item = DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<(), NotYet> {
    check_approved(entries)?;
    let signed = entries.iter().filter_map(|entry| match entry.event {
        Event::TendersInvited { deadline, .. } | Event::DeadlineChanged { deadline, .. } => {
            Some(deadline)
        }
        _ => None,
    });
    match signed.chain(deadlines).max() {
        Some(deadline) if now < deadline => Err(NotYet::TooEarly(deadline)),
        _ => Ok(()),
    }
}

/// Returns whether a signed entry states that the tenders were opened.
pub fn is_opened(entries: &[Entry]) -> bool {
    let mut events = entries.iter().map(|entry| &entry.event);
    events.any(|event| matches!(event, Event::TendersOpened { .. }))
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::kernel::ids::{PersonId, ProcurementId};

    fn day(number: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(number)
    }

    #[test]
    fn tenders_are_opened_on_request_after_the_latest_deadline() {
        let invited = |number| Event::TendersInvited {
            notice: 1,
            deadline: day(number),
            recipient: "age1".into(),
        };
        let changed = |number| Event::DeadlineChanged {
            notice: 2,
            deadline: day(number),
        };
        let requested = Event::OpeningRequested {
            person: PersonId::new(),
            openers: 1,
        };
        let too_early = |number| Err(NotYet::TooEarly(day(number)));
        let not_requested = Err(NotYet::NotApproved(NotApproved::NotRequested));
        let cases = [
            (vec![], vec![], not_requested),
            (vec![invited(9)], vec![day(9)], not_requested),
            (vec![invited(10), requested.clone()], vec![day(10)], Ok(())),
            // The deadline in the database was lowered.
            (
                vec![invited(11), requested.clone()],
                vec![day(5)],
                too_early(11),
            ),
            // The chain has no invitation, as in earlier versions.
            (vec![requested.clone()], vec![day(5)], Ok(())),
            (
                vec![requested.clone()],
                vec![day(5), day(12)],
                too_early(12),
            ),
            (
                vec![invited(5), changed(13), requested.clone()],
                vec![day(5)],
                too_early(13),
            ),
            // A later entry with an earlier deadline opens nothing earlier.
            (
                vec![invited(14), changed(6), requested.clone()],
                vec![],
                too_early(14),
            ),
            (
                vec![invited(5), changed(10), requested],
                vec![day(10), day(9)],
                Ok(()),
            ),
        ];
        for (position, (events, deadlines, expected)) in cases.into_iter().enumerate() {
            let entries = (1..).zip(events).map(|(number, event)| Entry {
                procurement: ProcurementId::new(),
                number,
                previous: None,
                at: day(0),
                salt: None,
                event,
            });
            let entries: Vec<Entry> = entries.collect();
            assert_eq!(
                may_open(&entries, deadlines, day(10)),
                expected,
                "case {position}"
            );
        }
    }
}
