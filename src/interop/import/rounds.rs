//! Rounds of dialogue of the notices of a batch.

use std::{
    borrow::Cow,
    collections::{HashMap, hash_map::Entry},
};

use chrono::{DateTime, Utc};

use crate::{interop::ocds::Engagement, kernel::ids::ProcurementId};

/// Merges the rounds of successive notices: the last notice that has a round decides its content,
/// and the first one its opening. The result is that of importing each notice in a batch of its own.
pub(super) fn merged<'a>(
    rounds: impl Iterator<Item = (ProcurementId, &'a Engagement)>,
) -> Vec<(ProcurementId, Cow<'a, Engagement>)> {
    let mut positions: HashMap<(ProcurementId, &str), usize> = HashMap::new();
    let mut merged: Vec<(ProcurementId, Cow<'a, Engagement>)> = Vec::new();
    for (procurement, round) in rounds {
        match positions.entry((procurement, round.milestone.as_str())) {
            Entry::Vacant(vacant) => {
                vacant.insert(merged.len());
                merged.push((procurement, Cow::Borrowed(round)));
            }
            Entry::Occupied(position) => {
                if let Some((_, known)) = merged.get_mut(*position.get()) {
                    *known = later(known.opens_at, round);
                }
            }
        }
    }
    merged
}

/// Returns a round that opens at `first` if that is earlier than its own opening.
fn later(first: DateTime<Utc>, round: &Engagement) -> Cow<'_, Engagement> {
    if first >= round.opens_at {
        return Cow::Borrowed(round);
    }
    Cow::Owned(Engagement {
        opens_at: first,
        ..round.clone()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{text::LocalizedText, zone::Zone};

    fn round(milestone: &str, opens: &str, closes: &str) -> Engagement {
        Engagement {
            milestone: milestone.to_owned(),
            title: LocalizedText::default(),
            description: LocalizedText::default(),
            opens_at: opens.parse().unwrap(),
            closes_at: closes.parse().unwrap(),
            zone: Zone::UTC,
        }
    }

    const MAY: [&str; 3] = [
        "2026-05-01T10:00:00Z",
        "2026-05-03T10:00:00Z",
        "2027-05-10T10:00:00Z",
    ];

    #[test]
    fn the_first_notice_decides_the_opening_of_a_round() {
        let procurement = ProcurementId::new();
        let early = round("m", MAY[0], "2027-05-09T10:00:00Z");
        let late = round("m", MAY[1], MAY[2]);
        let expected = round("m", MAY[0], MAY[2]);
        let rounds = [(procurement, &early), (procurement, &late)];
        let found = merged(rounds.into_iter());
        assert_eq!(found.len(), 1);
        assert_eq!(*found[0].1, expected);
        // A notice of an unknown date can follow one with a later opening.
        let found = merged([(procurement, &late), (procurement, &early)].into_iter());
        assert_eq!(*found[0].1, early);
    }

    #[test]
    fn rounds_of_earlier_notices_stay_in_their_order() {
        let (one, other) = (ProcurementId::new(), ProcurementId::new());
        let rounds = [
            round("a", MAY[0], MAY[2]),
            round("b", MAY[0], MAY[2]),
            round("c", MAY[1], MAY[2]),
        ];
        let notices = [
            (one, &rounds[0]),
            (one, &rounds[1]),
            (other, &rounds[0]),
            (one, &rounds[1]),
            (one, &rounds[2]),
        ];
        let found = merged(notices.into_iter());
        let found: Vec<_> = found
            .iter()
            .map(|(procurement, round)| (*procurement, round.milestone.as_str()))
            .collect();
        assert_eq!(found, [(one, "a"), (one, "b"), (other, "a"), (one, "c")]);
        assert!(merged(std::iter::empty()).is_empty());
    }
}
