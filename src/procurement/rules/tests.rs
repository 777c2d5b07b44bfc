//! The rules' tables and properties.

use chrono::TimeDelta;

use super::*;

/// By the rules on reservations that are compiled in.
fn publication(
    current: (Phase, Option<DateTime<Utc>>),
    next: Phase,
    draft: &Draft,
    now: DateTime<Utc>,
) -> Result<(), Vec<Refusal>> {
    check_publication(
        current,
        next,
        draft,
        &ReservationRules::standard().unwrap(),
        now,
    )
}

fn draft() -> Draft {
    let content = serde_json::json!({
        "language": "sv",
        "title": { "sv": "Städning" },
        "cpv": ["90919300"],
        "nuts": ["SE110"],
        "tender_deadline": "2030-01-01T00:00:00Z",
    });
    Draft {
        content: serde_json::from_value(content).unwrap(),
        lots: vec![serde_json::from_value(serde_json::json!({ "id": "LOT-0001" })).unwrap()],
    }
}

fn now() -> DateTime<Utc> {
    "2029-12-01T00:00:00Z".parse().unwrap()
}

fn codes(result: Result<(), Vec<Refusal>>) -> Vec<(Code, String)> {
    let refusals = result.err().unwrap_or_default();
    refusals
        .into_iter()
        .map(|refusal| (refusal.code, refusal.field.join(".")))
        .collect()
}

#[test]
fn only_these_publications_and_ends_are_allowed() {
    use Phase::*;
    let publications = [
        (Draft, Upcoming),
        (Draft, Tendering),
        (Upcoming, Upcoming),
        (Upcoming, Tendering),
        (Tendering, Tendering),
    ];
    let ends = [
        (Upcoming, Withdrawn),
        (Upcoming, Cancelled),
        (Tendering, Cancelled),
        (Evaluation, Cancelled),
        (Evaluation, Unsuccessful),
        (Awarded, Complete),
    ];
    for from in Phase::ALL {
        for to in Phase::ALL {
            assert_eq!(
                from.may_publish(to),
                publications.contains(&(from, to)),
                "{from:?} {to:?}"
            );
            assert_eq!(
                from.may_end(to),
                ends.contains(&(from, to)),
                "{from:?} {to:?}"
            );
        }
    }
}

#[test]
fn at_its_deadline_tendering_becomes_evaluation_and_nothing_else_changes() {
    let deadline = now();
    for phase in Phase::ALL {
        let before = deadline - TimeDelta::milliseconds(1);
        assert_eq!(phase.at(Some(deadline), before), phase);
        assert_eq!(phase.at(None, deadline), phase);
        let then = if phase == Phase::Tendering {
            Phase::Evaluation
        } else {
            phase
        };
        assert_eq!(phase.at(Some(deadline), deadline), then);
    }
}

#[test]
fn a_deadline_moves_only_later_once_tendering_is_open() {
    let in_force = draft().content.tender_deadline;
    for (days, allowed) in [(-1, false), (0, true), (1, true)] {
        let mut moved = draft();
        moved.content.tender_deadline = in_force.map(|at| at + TimeDelta::days(days));
        let open = (Phase::Tendering, in_force);
        let result = publication(open, Phase::Tendering, &moved, now());
        assert_eq!(result.is_ok(), allowed, "{days}");
        let early = (Phase::Upcoming, None);
        assert!(publication(early, Phase::Tendering, &moved, now()).is_ok());
    }
}

#[test]
fn tendering_needs_a_future_deadline_a_lot_and_a_code() {
    let early = (Phase::Draft, None);
    let refused = |change: fn(&mut Draft)| {
        let mut draft = draft();
        change(&mut draft);
        codes(publication(early, Phase::Tendering, &draft, now()))
    };
    let path = |path: &str| path.to_owned();
    assert_eq!(refused(|_| {}), []);
    assert_eq!(
        refused(|d| d.lots.clear()),
        [(Code::Required, path("lots"))]
    );
    assert_eq!(
        refused(|d| d.content.cpv.clear()),
        [(Code::Required, path("cpv"))]
    );
    let deadline = path("tenderDeadline");
    assert_eq!(
        refused(|d| d.content.tender_deadline = None),
        [(Code::Required, deadline.clone())]
    );
    assert_eq!(
        refused(|d| d.content.tender_deadline = Some(now())),
        [(Code::OutOfRange, deadline)]
    );
}
