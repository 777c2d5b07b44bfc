//! The rules of statistics, pure: what may be told of who took part without telling who did what.

use chrono::{DateTime, Utc};

use super::{Group, Participants};
use crate::dialogue::{State, Window};

/// Among so many that are not named one is not found again.
pub const CROWD: i64 = 3;

/// What may be told of who took part; `None` until the round has ended. A number that changes while the round runs would
/// tell of what kind whoever asked just now is. After the end, which is not put off any more, it changes no more.
///
/// Everyone sees how many asked (each under a number) and how many contributed. How many organisations that are together
/// tells how many of them did both: where one asked unnamed and one contributed under its name, "one in all" says whose
/// the question is. So the total is told where there is nothing to be learnt from it: all did the same, or everyone is
/// named for all they did, or enough are not named at all. Kinds and sizes are told of three participants at least, and
/// where the total is told for one of the latter reasons.
pub fn participants(window: &Window, groups: &[Group], now: DateTime<Utc>) -> Option<Participants> {
    if window.state(now) != State::Closed {
        return None;
    }
    let sum = |of: fn(&Group) -> i64| groups.iter().map(of).sum::<i64>();
    let ways = [
        sum(|group| group.asked),
        sum(|group| group.supported),
        sum(|group| group.contributed),
        sum(|group| group.registered),
    ];
    let total = sum(|group| group.count);
    let hidden = sum(|group| group.in_secret) == 0 || sum(|group| group.unnamed) >= CROWD;
    let one_way = ways.iter().filter(|number| **number > 0).count() <= 1;
    let apart = hidden && total >= CROWD;
    Some(Participants {
        total: (hidden || one_way).then_some(total),
        by_kind: apart.then(|| counted(groups, |group| group.kind)),
        by_size: apart.then(|| counted(groups, |group| group.size)),
    })
}

/// How many there are by something, the most first; of equal numbers, in the order of the groups.
fn counted<T: PartialEq>(groups: &[Group], by: fn(&Group) -> T) -> Vec<(T, i64)> {
    let mut counts: Vec<(T, i64)> = Vec::new();
    for group in groups {
        let what = by(group);
        match counts.iter_mut().find(|(known, _)| *known == what) {
            Some((_, count)) => *count += group.count,
            None => counts.push((what, group.count)),
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

    const NOBODY: Group = Group {
        kind: Company,
        size: None,
        count: 0,
        unnamed: 0,
        in_secret: 0,
        asked: 0,
        supported: 0,
        contributed: 0,
        registered: 0,
    };

    /// So many that asked without being named.
    fn askers(count: i64) -> Group {
        Group {
            kind: Nonprofit,
            count,
            unnamed: count,
            in_secret: count,
            asked: count,
            ..NOBODY
        }
    }

    /// So many that contributed under their names, and asked nothing.
    fn named(count: i64) -> Group {
        Group {
            size: Some(Size::Small),
            count,
            contributed: count,
            ..NOBODY
        }
    }

    /// So many that registered for a meeting, which the buyer sees, and asked without being named.
    fn at_a_meeting(count: i64) -> Group {
        Group {
            count,
            in_secret: count,
            asked: count,
            registered: count,
            ..NOBODY
        }
    }

    /// So many that contributed under their names, and asked without.
    fn both(count: i64) -> Group {
        Group {
            in_secret: count,
            asked: count,
            ..named(count)
        }
    }

    fn told(groups: &[Group], now: i64) -> Option<Participants> {
        let window = Window {
            opens_at: at(0),
            questions_until: at(10),
            answers_until: at(20),
            closes_at: at(20),
        };
        participants(&window, groups, at(now))
    }

    #[test]
    fn nothing_is_told_until_the_round_has_ended_to_the_second() {
        let groups = [askers(5)];
        for now in [-1, 0, 10, 19] {
            assert_eq!(told(&groups, now), None);
        }
        assert_eq!(told(&groups, 20).unwrap().total, Some(5));
        let empty = told(&[], 20).unwrap();
        assert_eq!((empty.total, empty.by_kind), (Some(0), None));
    }

    #[test]
    fn kinds_and_sizes_are_told_of_three_at_least() {
        for (count, apart) in [(1, false), (2, false), (3, true), (40, true)] {
            for group in [askers(count), named(count)] {
                let told = told(&[group], 20).unwrap();
                assert_eq!(told.total, Some(count));
                assert_eq!(told.by_kind.is_some(), apart, "{group:?}");
                assert_eq!(told.by_size.is_some(), apart, "{group:?}");
            }
        }
        let told = told(&[askers(2), named(1), askers(2)], 20).unwrap();
        assert_eq!(told.total, Some(5));
        assert_eq!(told.by_kind.unwrap(), [(Nonprofit, 4), (Company, 1)]);
        assert_eq!(told.by_size.unwrap(), [(None, 4), (Some(Size::Small), 1)]);
    }

    /// One asked, and some are named: whether the asker is one of them would be seen in each of these numbers.
    #[test]
    fn no_number_tells_whether_somebody_named_asked() {
        for count in [1, 2, 3, 10] {
            let nothing = Some(Participants::default());
            assert_eq!(told(&[both(1), named(count)], 20), nothing);
            assert_eq!(told(&[at_a_meeting(1), named(count)], 20), nothing);
            assert_eq!(told(&[askers(1), named(count)], 20), nothing);
            assert_eq!(told(&[askers(2), named(count)], 20), nothing);
        }
        // Among three that are not named it is one of four at most.
        assert_eq!(told(&[askers(3), both(1)], 20).unwrap().total, Some(4));
    }

    #[test]
    fn no_number_tells_which_contribution_is_an_askers() {
        let unnamed = Group {
            contributed: 1,
            ..askers(1)
        };
        assert_eq!(told(&[unnamed], 20), Some(Participants::default()));
        assert_eq!(told(&[unnamed; 3], 20).unwrap().total, Some(3));
    }
}
