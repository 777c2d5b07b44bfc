//! The rules of statistics, pure: what may be told of who took part without telling who did what.

use chrono::{DateTime, Utc};

use super::{Group, Participants};
use crate::dialogue::{State, Window};

/// Kinds and sizes are told of so many at least.
pub const CROWD: i64 = 5;

/// What may be told of who took part; `None` until the round has ended. A number that changes while the round runs would
/// tell of what kind whoever asked just now is.
///
/// Everyone sees how many asked (each under a number) and how many contributed. How many organisations that are together
/// tells how many of them did both: where one asked unnamed and one contributed under its name, "one in all" says whose
/// the question is. A crowd is no help, since organisations are made for nothing: whoever makes all of it but two knows
/// the rest. So the total is told where there is nothing to be learnt from it: everyone is named for all they did, or all
/// contributed, or all asked and said "mine too" and either nobody is named or nobody said so.
pub fn participants(window: &Window, groups: &[Group], now: DateTime<Utc>) -> Option<Participants> {
    if window.state(now) != State::Closed {
        return None;
    }
    let sum = |of: fn(&Group) -> i64| groups.iter().map(of).sum::<i64>();
    let total = sum(|group| group.count);
    let in_secret = sum(|group| group.in_secret);
    let named = total - sum(|group| group.unnamed);
    let supported = sum(|group| group.supported);
    let talked = sum(|group| group.asked) + supported;
    let contributed = sum(|group| group.contributed);
    let plain =
        talked == 0 || in_secret == 0 || (contributed == 0 && (supported == 0 || named == 0));
    let apart = plain && total >= CROWD;
    Some(Participants {
        total: plain.then_some(total),
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
    fn kinds_and_sizes_are_told_of_five_at_least() {
        for (count, apart) in [(1, false), (4, false), (5, true), (40, true)] {
            for group in [askers(count), named(count)] {
                let told = told(&[group], 20).unwrap();
                assert_eq!(told.total, Some(count));
                assert_eq!(told.by_kind.is_some(), apart, "{group:?}");
                assert_eq!(told.by_size.is_some(), apart, "{group:?}");
            }
        }
        let small = Group {
            kind: Company,
            size: Some(Size::Small),
            ..askers(1)
        };
        let told = told(&[askers(2), small, askers(2)], 20).unwrap();
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
            assert_eq!(told(&[askers(1), named(count)], 20), nothing);
            // However many there are that somebody made for this.
            assert_eq!(told(&[askers(30), both(1)], 20), nothing);
            assert_eq!(told(&[askers(30), named(count)], 20), nothing);
        }
    }

    /// Whoever is named for a question may have said "mine too" to another's.
    #[test]
    fn no_number_tells_who_said_mine_too() {
        let supporter = Group {
            supported: 1,
            ..askers(1)
        };
        let disclosed = Group {
            asked: 1,
            contributed: 0,
            ..named(1)
        };
        let nothing = Some(Participants::default());
        assert_eq!(told(&[supporter, disclosed], 20), nothing);
        assert_eq!(told(&[supporter, askers(1)], 20).unwrap().total, Some(2));
        assert_eq!(told(&[disclosed, askers(1)], 20).unwrap().total, Some(2));
    }

    #[test]
    fn no_number_tells_which_contribution_is_an_askers() {
        let unnamed = Group {
            contributed: 1,
            ..askers(1)
        };
        assert_eq!(told(&[unnamed], 20), Some(Participants::default()));
        assert_eq!(told(&[unnamed; 30], 20), Some(Participants::default()));
    }
}
