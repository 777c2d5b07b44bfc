//! Tests of the rules on publication.

use chrono::TimeDelta;

use super::*;

/// Checks a publication with the standard rules on reservations.
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
fn deadline_only_moves_later_while_tendering() {
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
fn tendering_requires_future_deadline_lot_and_cpv_code() {
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
