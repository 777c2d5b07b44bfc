//! The rules' tables and properties.

use chrono::TimeDelta;
use proptest::prelude::*;

use super::*;

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
        let result = check_publication(open, Phase::Tendering, &moved, now());
        assert_eq!(result.is_ok(), allowed, "{days}");
        let early = (Phase::Upcoming, None);
        assert!(check_publication(early, Phase::Tendering, &moved, now()).is_ok());
    }
}

#[test]
fn tendering_needs_a_future_deadline_a_lot_and_a_code() {
    let early = (Phase::Draft, None);
    let refused = |change: fn(&mut Draft)| {
        let mut draft = draft();
        change(&mut draft);
        codes(check_publication(early, Phase::Tendering, &draft, now()))
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

#[test]
fn each_flaw_of_a_draft_is_named_with_its_field() {
    type Case = (fn(&mut Draft), Code, &'static str);
    let cases: [Case; 12] = [
        (
            |d| d.content.language = "swe".into(),
            Code::Invalid,
            "language",
        ),
        (
            |d| d.content.title = LocalizedText::default(),
            Code::Required,
            "title",
        ),
        (
            |d| d.content.title = LocalizedText::of("sv", "å".repeat(TITLE_LIMIT + 1)),
            Code::TooLong,
            "title",
        ),
        (
            |d| d.content.summary = LocalizedText::of("sv", " "),
            Code::Required,
            "summary",
        ),
        (
            |d| d.content.description = LocalizedText::of("Sv", "x"),
            Code::Invalid,
            "description",
        ),
        (
            |d| d.content.cpv = vec!["90919999".into()],
            Code::UnknownCode,
            "cpv",
        ),
        (
            |d| d.lots[0].nuts = vec!["XX".into()],
            Code::UnknownCode,
            "lots.0.nuts",
        ),
        (
            |d| d.content.cpv = vec!["90919300".into(); CODE_LIMIT + 1],
            Code::TooLong,
            "cpv",
        ),
        (
            |d| d.lots[0].id = "a b".into(),
            Code::Invalid,
            "lots.0.lotId",
        ),
        (
            |d| d.lots.push(d.lots[0].clone()),
            Code::Invalid,
            "lots.1.lotId",
        ),
        (
            |d| d.content.value = value(Some(2), Some(1), "SEK"),
            Code::OutOfRange,
            "value",
        ),
        (
            |d| d.lots[0].value = value(Some(1), None, "kr"),
            Code::Invalid,
            "lots.0.value",
        ),
    ];
    for (flaw, code, field) in cases {
        let mut draft = draft();
        flaw(&mut draft);
        let refused = codes(check_draft(&draft));
        assert!(
            refused.contains(&(code, field.to_owned())),
            "{code:?} {field}: {refused:?}"
        );
    }
}

fn value(min: Option<i64>, max: Option<i64>, currency: &str) -> Option<ValueRange> {
    Some(ValueRange {
        min: min.map(Into::into),
        max: max.map(Into::into),
        currency: currency.into(),
    })
}

#[test]
fn a_wrong_code_is_refused_with_the_nearest() {
    let mut draft = draft();
    draft.content.cpv = vec!["90919301".into()];
    let refusals = check_draft(&draft).err().unwrap_or_default();
    assert!(
        refusals
            .iter()
            .any(|refusal| refusal.message.contains("90919300")),
        "{refusals:?}"
    );
}

proptest! {
    #[test]
    fn checking_never_panics_and_always_explains(title in ".{0,50}", language in ".{0,3}", code in ".{0,10}", lot in ".{0,60}") {
        let mut draft = draft();
        draft.content.title = LocalizedText::of(&language, title);
        draft.content.language = language;
        draft.content.cpv = vec![code.clone()];
        draft.lots[0].nuts = vec![code];
        draft.lots[0].id = lot;
        for refusal in check_draft(&draft).err().unwrap_or_default() {
            prop_assert!(!refusal.message.is_empty() && !refusal.field.is_empty());
        }
    }
}
