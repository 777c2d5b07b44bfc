use chrono::TimeDelta;
use proptest::prelude::*;

use super::*;

fn at(hour: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::hours(hour)
}

fn terms(hour: i64, several: bool) -> Terms {
    Terms {
        deadline: Some(at(10)),
        several,
        now: at(hour),
    }
}

fn answered(organisation: OrganisationId, answer: Option<Answer>, exclusive: bool) -> Answered {
    Answered {
        organisation,
        answer,
        exclusive,
        at: None,
    }
}

/// Returns a group of a lead that consents and another member.
fn group(answer: Option<Answer>, exclusive: bool, until: Option<DateTime<Utc>>) -> Group {
    let (lead, member) = (OrganisationId::new(), OrganisationId::new());
    Group {
        id: TenderGroupId::new(),
        procurement: ProcurementId::new(),
        lead,
        version: 1,
        name: "Together".into(),
        lots: vec!["LOT-0001".into()],
        members: vec![lead, member],
        answers: vec![
            answered(lead, Some(Answer::Consented), true),
            answered(member, answer, exclusive),
        ],
        consent_until: until,
        formed_at: at(0),
        dissolved_at: None,
        submitted_at: None,
    }
}

#[test]
fn a_group_tenders_once_every_member_consents() {
    use Answer::{Consented, Declined, Left};
    for (answer, exclusive, several, until, hour, expected) in [
        (None, true, false, None, 1, Some(Code::ConsentMissing)),
        (
            Some(Declined),
            true,
            false,
            None,
            1,
            Some(Code::ConsentMissing),
        ),
        (Some(Left), true, false, None, 1, Some(Code::ConsentMissing)),
        (Some(Consented), true, false, None, 1, None),
        // The consent was given while several tenders were allowed, and they no longer are.
        (
            Some(Consented),
            false,
            false,
            None,
            1,
            Some(Code::ConsentMissing),
        ),
        (Some(Consented), false, true, None, 1, None),
        (Some(Consented), true, true, None, 1, None),
        // The deadline, or the time that the lead chose.
        (Some(Consented), true, false, None, 10, Some(Code::Expired)),
        (Some(Consented), true, false, Some(at(5)), 4, None),
        (
            Some(Consented),
            true,
            false,
            Some(at(5)),
            5,
            Some(Code::Expired),
        ),
    ] {
        let group = group(answer, exclusive, until);
        let refused = check_complete(&group, terms(hour, several)).err();
        let case = format!("{answer:?}, exclusive {exclusive}, several {several}, hour {hour}");
        assert_eq!(refused.map(|refusal| refusal.code), expected, "{case}");
    }
    let mut dissolved = group(Some(Consented), true, None);
    dissolved.dissolved_at = Some(at(1));
    let refused = check_complete(&dissolved, terms(1, false)).map_err(|refusal| refusal.code);
    assert_eq!(refused, Err(Code::Expired));
    assert!(!dissolved.consents(dissolved.members[1], terms(1, false)));
}

#[test]
fn nobody_stands_twice_on_a_lot() {
    let (this, other) = (Some(TenderGroupId::new()), Some(TenderGroupId::new()));
    let lots =
        |names: &[&str]| -> Vec<String> { names.iter().map(|name| (*name).to_owned()).collect() };
    for (new, bound, twice) in [
        // Several tenders of one organisation alone are combinations, or replace each other.
        (None, None, false),
        (None, this, true),
        (this, None, true),
        (this, this, false),
        (this, other, true),
    ] {
        let bond = Bond {
            group: bound,
            lots: lots(&["A", "B"]),
        };
        let bonds = std::slice::from_ref(&bond);
        let check = |named: &[&str], several| {
            let checked = check_once(bonds, new, &lots(named), several);
            checked.map_err(|refusal| refusal.code)
        };
        let refused = if twice {
            Err(Code::StandsTwice)
        } else {
            Ok(())
        };
        assert_eq!(check(&["B", "C"], false), refused, "{new:?} and {bound:?}");
        assert_eq!(check(&["C"], false), Ok(()), "{new:?} and {bound:?}");
        assert_eq!(check(&["A"], true), Ok(()), "{new:?} and {bound:?}");
    }
    assert_eq!(check_once(&[], this, &lots(&["A"]), false), Ok(()));
}

/// What an organisation tries: to tender alone (`None`) or to take part in a group, for some lots.
fn attempts() -> impl Strategy<Value = Vec<(Option<usize>, Vec<String>)>> {
    let lots = proptest::sample::subsequence(vec!["A", "B", "C"], 1..=3);
    let lots = lots.prop_map(|lots| lots.into_iter().map(str::to_owned).collect());
    proptest::collection::vec((proptest::option::of(0..3_usize), lots), 1..12)
}

proptest! {
    /// However an organisation goes about it: what is allowed never has it on a lot both alone and
    /// in a group, or in two groups.
    #[test]
    fn no_order_of_attempts_stands_twice(attempts in attempts()) {
        let groups: Vec<TenderGroupId> = (0..3).map(|_| TenderGroupId::new()).collect();
        let mut bonds: Vec<Bond> = Vec::new();
        for (group, lots) in attempts {
            let group = group.map(|position| groups[position]);
            if check_once(&bonds, group, &lots, false).is_ok() {
                bonds.push(Bond { group, lots });
            }
        }
        for lot in ["A", "B", "C"] {
            let on = bonds.iter().filter(|bond| bond.lots.iter().any(|one| one == lot));
            let mut standing: Vec<_> = on.map(|bond| bond.group).collect();
            standing.sort_unstable();
            standing.dedup();
            prop_assert!(standing.len() <= 1, "{lot}: {standing:?}");
        }
    }
}

#[test]
fn members_are_other_suppliers_each_once() {
    let (lead, one, buyer, unknown) = (
        OrganisationId::new(),
        OrganisationId::new(),
        OrganisationId::new(),
        OrganisationId::new(),
    );
    let kind = |id: OrganisationId| match id {
        id if id == unknown => None,
        id if id == buyer => Some(OrganisationKind::Buyer),
        _ => Some(OrganisationKind::Company),
    };
    let many: Vec<OrganisationId> = (0..MEMBER_LIMIT).map(|_| OrganisationId::new()).collect();
    for (named, expected) in [
        (vec![one], None),
        (many[1..].to_vec(), None),
        (many.clone(), Some((Code::TooLong, "memberIds"))),
        (vec![], Some((Code::Required, "memberIds"))),
        (vec![one, lead], Some((Code::Invalid, "memberIds.1"))),
        (vec![one, one], Some((Code::Invalid, "memberIds.1"))),
        (vec![buyer], Some((Code::Invalid, "memberIds.0"))),
        (vec![unknown], Some((Code::NotFound, "memberIds.0"))),
    ] {
        let refused = check_members(lead, &named, kind).err();
        let first = refused.map(|refusals| (refusals[0].code, refusals[0].field.join(".")));
        let expected = expected.map(|(code, field)| (code, field.to_owned()));
        assert_eq!(first, expected, "{} members", named.len());
    }
}

#[test]
fn consents_end_after_now_and_at_the_deadline_at_the_latest() {
    for (until, allowed) in [
        (None, true),
        (Some(at(1)), false),
        (Some(at(2)), true),
        (Some(at(10)), true),
        (Some(at(11)), false),
    ] {
        let checked = check_consent_until(until, Some(at(10)), Zone::DEFAULT, at(1));
        assert_eq!(checked.is_ok(), allowed, "{until:?}");
    }
}
