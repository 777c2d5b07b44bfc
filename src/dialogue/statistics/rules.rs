//! The rules of statistics: which numbers of participants can be published without revealing who
//! did what.

use chrono::{DateTime, Utc};

use super::{ParticipantFigures, ParticipantGroup};
use crate::dialogue::Window;

/// Fewest participants for which the numbers by kind and size are published.
pub const MIN_PARTICIPANTS: i64 = 5;

/// Returns the numbers of participants that can be published; `None` until the round has ended. A
/// number that changed during the round would reveal the kind of the organisation that just asked.
///
/// Everyone sees the questions, the number of supporters of each and the number of contributions.
/// The total reveals who did several of these: with three anonymous questions, a total of one means
/// one asker; when one organisation asked anonymously and one contributed under its name, a total
/// of one reveals the asker. A minimum number of participants does not help, since anyone can
/// create organisations: an attacker that controls all participants but two learns about those two.
/// The total is therefore published only when it reveals nothing: every organisation is named for
/// everything it did, or all only contributed.
pub fn participants(
    window: &Window,
    groups: &[ParticipantGroup],
    now: DateTime<Utc>,
) -> Option<ParticipantFigures> {
    if !window.state(now).is_over() {
        return None;
    }
    let sum = |count: fn(&ParticipantGroup) -> i64| groups.iter().map(count).sum::<i64>();
    let total = sum(|group| group.count);
    let in_secret = sum(|group| group.in_secret);
    let asked_or_supported = sum(|group| group.asked + group.supported);
    let safe = asked_or_supported == 0 || in_secret == 0;
    let split = safe && total >= MIN_PARTICIPANTS;
    Some(ParticipantFigures {
        total: safe.then_some(total),
        by_kind: split.then(|| counted(groups, |group| group.kind)),
        by_size: split.then(|| counted(groups, |group| group.size)),
    })
}

/// Counts the organisations by a property, the greatest count first; equal counts keep the order of
/// the groups.
fn counted<T: PartialEq>(
    groups: &[ParticipantGroup],
    by: fn(&ParticipantGroup) -> T,
) -> Vec<(T, i64)> {
    let mut counts: Vec<(T, i64)> = Vec::new();
    for group in groups {
        let value = by(group);
        match counts.iter_mut().find(|(known, _)| *known == value) {
            Some((_, count)) => *count += group.count,
            None => counts.push((value, group.count)),
        }
    }
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::{
        auth::OrganisationKind::{Company, Nonprofit},
        organisation::profile::Size,
    };

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::seconds(second)
    }

    const EMPTY: ParticipantGroup = ParticipantGroup {
        kind: Company,
        size: None,
        count: 0,
        in_secret: 0,
        asked: 0,
        supported: 0,
        contributed: 0,
    };

    /// Returns a group of organisations that asked anonymously.
    fn askers(count: i64) -> ParticipantGroup {
        ParticipantGroup {
            kind: Nonprofit,
            count,
            in_secret: count,
            asked: count,
            ..EMPTY
        }
    }

    /// Returns a group of organisations that contributed under their names and did not ask.
    fn named(count: i64) -> ParticipantGroup {
        ParticipantGroup {
            size: Some(Size::Small),
            count,
            contributed: count,
            ..EMPTY
        }
    }

    /// Returns a group of organisations that contributed under their names and asked anonymously.
    fn both(count: i64) -> ParticipantGroup {
        ParticipantGroup {
            in_secret: count,
            asked: count,
            ..named(count)
        }
    }

    fn published(groups: &[ParticipantGroup], now: i64) -> Option<ParticipantFigures> {
        let window = Window {
            opens_at: at(0),
            questions_until: at(10),
            answers_until: at(20),
            closes_at: at(20),
            zone: crate::kernel::zone::Zone::DEFAULT,
            cancelled: false,
        };
        participants(&window, groups, at(now))
    }

    /// Returns a group of organisations that asked and are named for all that they did.
    fn disclosed(count: i64) -> ParticipantGroup {
        ParticipantGroup {
            asked: count,
            ..named(count)
        }
    }

    #[test]
    fn nothing_is_published_until_the_round_has_ended() {
        let groups = [named(5)];
        for now in [-1, 0, 10, 19] {
            assert_eq!(published(&groups, now), None);
        }
        assert_eq!(published(&groups, 20).unwrap().total, Some(5));
        let empty = published(&[], 20).unwrap();
        assert_eq!((empty.total, empty.by_kind), (Some(0), None));
    }

    #[test]
    fn kinds_and_sizes_need_five_participants() {
        for (count, split) in [(1, false), (4, false), (5, true), (40, true)] {
            for group in [disclosed(count), named(count)] {
                let found = published(&[group], 20).unwrap();
                assert_eq!(found.total, Some(count));
                assert_eq!(found.by_kind.is_some(), split, "{group:?}");
                assert_eq!(found.by_size.is_some(), split, "{group:?}");
            }
        }
        let nonprofits = |count| ParticipantGroup {
            kind: Nonprofit,
            size: None,
            ..named(count)
        };
        let found = published(&[nonprofits(2), named(1), nonprofits(2)], 20).unwrap();
        assert_eq!(found.total, Some(5));
        assert_eq!(found.by_kind.unwrap(), [(Nonprofit, 4), (Company, 1)]);
        assert_eq!(found.by_size.unwrap(), [(None, 4), (Some(Size::Small), 1)]);
    }

    /// Three anonymous questions and one asker: all are its questions. Three askers: each asked
    /// one.
    #[test]
    fn no_number_links_anonymous_questions() {
        let nothing = Some(ParticipantFigures::default());
        for count in [1, 2, 3, 40] {
            assert_eq!(published(&[askers(count)], 20), nothing);
            assert_eq!(published(&[disclosed(10), askers(count)], 20), nothing);
        }
    }

    /// One organisation asked, and some are named: each of these numbers would reveal whether the
    /// asker is one of them.
    #[test]
    fn no_number_reveals_whether_a_named_one_asked() {
        for count in [1, 2, 3, 10] {
            let nothing = Some(ParticipantFigures::default());
            assert_eq!(published(&[both(1), named(count)], 20), nothing);
            assert_eq!(published(&[askers(1), named(count)], 20), nothing);
            // Also with many organisations that an attacker created.
            assert_eq!(published(&[askers(30), both(1)], 20), nothing);
            assert_eq!(published(&[askers(30), named(count)], 20), nothing);
        }
    }

    /// An organisation that is named for a question may have supported another one.
    #[test]
    fn no_number_reveals_a_supporter() {
        let supporter = ParticipantGroup {
            count: 1,
            in_secret: 1,
            supported: 1,
            ..EMPTY
        };
        let nothing = Some(ParticipantFigures::default());
        assert_eq!(published(&[supporter], 20), nothing);
        assert_eq!(published(&[supporter, disclosed(1)], 20), nothing);
        assert_eq!(published(&[supporter, named(6)], 20), nothing);
    }

    /// Each contribution is counted in public, so their number reveals nothing new.
    #[test]
    fn unnamed_contributors_are_counted() {
        let unnamed = ParticipantGroup {
            in_secret: 6,
            ..named(6)
        };
        assert_eq!(published(&[unnamed], 20).unwrap().total, Some(6));
        let nothing = Some(ParticipantFigures::default());
        assert_eq!(published(&[unnamed, askers(1)], 20), nothing);
        assert_eq!(published(&[unnamed, disclosed(1)], 20), nothing);
    }
}
