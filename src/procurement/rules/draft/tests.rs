//! Tests of the form of drafts: tables and properties.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::kernel::text::LocalizedText;

fn draft() -> Draft {
    with(json!({}))
}

/// Returns a valid draft of two lots with these fields of its content replaced.
fn with(fields: Value) -> Draft {
    let mut content = json!({
        "language": "sv",
        "title": { "sv": "Städning" },
        "cpv": ["90919300"],
        "nuts": ["SE110"],
        "tender_deadline": "2030-01-01T00:00:00Z",
    });
    for (field, value) in fields.as_object().unwrap() {
        content[field] = value.clone();
    }
    let lots = json!([{ "id": "LOT-0001" }, { "id": "LOT-0002" }]);
    serde_json::from_value(json!({ "content": content, "lots": lots })).unwrap()
}

fn codes(result: Result<(), Vec<Refusal>>) -> Vec<(Code, String)> {
    let refusals = result.err().unwrap_or_default();
    refusals
        .into_iter()
        .map(|refusal| (refusal.code, refusal.field.join(".")))
        .collect()
}

fn criterion(id: &str, weight: Value, lots: Value) -> Value {
    json!({ "id": id, "kind": "quality", "name": { "sv": "Kvalitet" }, "weight": weight, "lots": lots })
}

fn requirement(fields: Value) -> Value {
    let mut requirement = json!({ "id": "REQ-1", "kind": "selection", "code": "slc-stand-to-gen" });
    for (field, value) in fields.as_object().unwrap() {
        requirement[field] = value.clone();
    }
    json!({ "requirements": [requirement] })
}

#[test]
fn complete_draft_is_accepted() {
    let full = with(json!({
        "framework": "fa-wo-rc",
        "dynamic_purchasing": "none",
        "aims": {
            "strategic": ["env-imp", "soc-obj"], "environmental": ["circ-econ"], "social": ["opp"],
            "innovation": ["proc-innov"], "sdg": [3, 12]
        },
        "submission_languages": ["sv", "en"],
        "award_criteria": [
            criterion("AWC-1", json!("60"), json!([])),
            criterion("AWC-2", json!("40"), json!(["LOT-0001"])),
            criterion("AWC-3", json!("40"), json!(["LOT-0002"])),
        ],
        "requirements": requirement(json!({ "minimum": { "value": "2", "unit": "years" }, "lots": ["LOT-0002"] }))["requirements"],
        "min_turnover": { "amount": "100000", "currency": "SEK" },
        "references": 2, "effort_hours": 12, "max_lots_per_tenderer": 2, "max_lots_awarded": 1,
        "expected_publication": "2029-10-01", "contract_start": "2030-03-01", "contract_months": 24, "renewals": 2,
        "contact": { "name": "Upphandling", "email": "upphandling@ekby.example" },
    }));
    assert_eq!(check_draft(&full), Ok(()));
}

#[test]
fn starts_are_compared_with_the_day_of_the_deadline_in_its_zone() {
    // Half past midnight on 1 March in Stockholm is still 28 February in UTC.
    let draft = |zone: &str, start: &str, lot_start: &str| {
        let mut draft = with(json!({
            "tender_deadline": "2031-02-28T23:30:00Z", "tender_deadline_zone": zone, "contract_start": start,
        }));
        draft.lots[1].contract_start = lot_start.parse().ok();
        draft
    };
    let (before, on) = ("2031-02-28", "2031-03-01");
    for (zone, start, lot_start, refused) in [
        ("Europe/Stockholm", on, on, &[][..]),
        ("Europe/Stockholm", before, on, &["contractStart"]),
        ("Europe/Stockholm", on, before, &["lots.1.contractStart"]),
        ("Atlantic/Reykjavik", before, before, &[]),
        ("Stockholm", on, on, &["tenderDeadlineZone"]),
    ] {
        let found = codes(check_draft(&draft(zone, start, lot_start)));
        let fields: Vec<&str> = found.iter().map(|(_, field)| field.as_str()).collect();
        assert_eq!(fields, refused, "{zone} {start} {lot_start}");
    }
}

/// Asserts that a draft with these fields is refused with the code and field next to them.
fn assert_flaws(flaws: Vec<(Value, Code, &str)>) {
    for (fields, code, field) in flaws {
        let refused = codes(check_draft(&with(fields.clone())));
        assert!(
            refused.contains(&(code, field.to_owned())),
            "{fields} {code:?} {field}: {refused:?}"
        );
    }
}

#[test]
fn invalid_content_fields_are_refused() {
    use Code::{Invalid, OutOfRange, Required, UnknownCode};
    assert_flaws(vec![
        (
            json!({ "title": { "sv": "\u{200b}\u{2060} – " } }),
            Required,
            "title",
        ),
        (json!({ "cpv": ["90919300", "90919300"] }), Invalid, "cpv.1"),
        (
            json!({ "reserved": ["shelteredWorkshop", "shelteredWorkshop"] }),
            Invalid,
            "reservedParticipation.1",
        ),
        (
            json!({ "reservation_rule": "directive-art-77" }),
            Invalid,
            "reservationRule",
        ),
        (
            json!({ "aims": { "sdg": [18] } }),
            UnknownCode,
            "aims.sustainableDevelopmentGoals.0",
        ),
        (
            json!({ "aims": { "sdg": [0] } }),
            UnknownCode,
            "aims.sustainableDevelopmentGoals.0",
        ),
        (
            json!({ "aims": { "social": ["opp", "opp"] } }),
            Invalid,
            "aims.socialObjectives.1",
        ),
        (
            json!({ "submission_languages": ["sv", "svenska"] }),
            Invalid,
            "submissionLanguages.1",
        ),
        (
            json!({ "submission_languages": ["sv", "sv"] }),
            Invalid,
            "submissionLanguages.1",
        ),
        (
            json!({ "min_turnover": { "amount": "-1", "currency": "SEK" } }),
            OutOfRange,
            "minTurnover",
        ),
        (
            json!({ "min_turnover": { "amount": "1", "currency": "kr" } }),
            Invalid,
            "minTurnover",
        ),
        (
            json!({ "references": 10_001 }),
            OutOfRange,
            "referencesAsked",
        ),
        (json!({ "effort_hours": 10_001 }), OutOfRange, "effortHours"),
        (
            json!({ "contract_months": 0 }),
            OutOfRange,
            "contractMonths",
        ),
        (
            json!({ "contract_months": 601 }),
            OutOfRange,
            "contractMonths",
        ),
        (
            json!({ "max_lots_per_tenderer": 3 }),
            OutOfRange,
            "maxLotsPerTenderer",
        ),
        (
            json!({ "max_lots_per_tenderer": 0 }),
            OutOfRange,
            "maxLotsPerTenderer",
        ),
        (
            json!({ "max_lots_per_tenderer": 1, "max_lots_awarded": 2 }),
            OutOfRange,
            "maxLotsAwarded",
        ),
        (
            json!({ "expected_dialogue": "0029-01-01" }),
            OutOfRange,
            "expectedDialogue",
        ),
        (
            json!({ "contract_start": "2029-12-31" }),
            OutOfRange,
            "contractStart",
        ),
        (
            json!({ "contact": { "email": "upphandling" } }),
            Invalid,
            "contact.email",
        ),
        (
            json!({ "contact": { "name": "a\nb" } }),
            Invalid,
            "contact.name",
        ),
    ]);
}

#[test]
fn invalid_criteria_are_refused() {
    use Code::{Invalid, NotFound, OutOfRange, Required, TooLong};
    let of_criteria = |criteria: Value| json!({ "award_criteria": criteria });
    assert_flaws(vec![
        (
            of_criteria(json!([criterion("a b", json!(null), json!([]))])),
            Invalid,
            "awardCriteria.0.criterionId",
        ),
        (
            of_criteria(json!([
                criterion("A", json!(null), json!([])),
                criterion("A", json!(null), json!([]))
            ])),
            Invalid,
            "awardCriteria.1.criterionId",
        ),
        (
            of_criteria(json!([{ "id": "A", "kind": "price", "name": {} }])),
            Required,
            "awardCriteria.0.name",
        ),
        (
            of_criteria(json!([criterion("A", json!("0"), json!([]))])),
            OutOfRange,
            "awardCriteria.0.weight",
        ),
        (
            of_criteria(json!([criterion("A", json!("101"), json!([]))])),
            OutOfRange,
            "awardCriteria.0.weight",
        ),
        (
            of_criteria(json!([criterion("A", json!("99.9"), json!([]))])),
            OutOfRange,
            "awardCriteria",
        ),
        (
            of_criteria(json!([
                criterion("A", json!("100"), json!([])),
                criterion("B", json!(null), json!([]))
            ])),
            Required,
            "awardCriteria",
        ),
        (
            of_criteria(json!([
                criterion("A", json!("100"), json!([])),
                criterion("B", json!("10"), json!(["LOT-0002"]))
            ])),
            OutOfRange,
            "awardCriteria",
        ),
        (
            of_criteria(json!([criterion("A", json!(null), json!(["LOT-9"]))])),
            NotFound,
            "awardCriteria.0.lotIds.0",
        ),
        (
            of_criteria(json!(vec![criterion("A", json!(null), json!([])); 101])),
            TooLong,
            "awardCriteria",
        ),
    ]);
}

#[test]
fn invalid_requirements_are_refused() {
    use Code::{Invalid, OutOfRange, Required, UnknownCode};
    assert_flaws(vec![
        (
            requirement(json!({ "code": "exg-crim" })),
            UnknownCode,
            "requirements.0.code",
        ),
        (
            requirement(json!({ "kind": "exclusion" })),
            UnknownCode,
            "requirements.0.code",
        ),
        (
            requirement(json!({ "minimum": { "value": "1", "unit": " " } })),
            Invalid,
            "requirements.0.minimum.unit",
        ),
        (
            requirement(json!({ "minimum": { "value": "-1", "unit": "%" } })),
            OutOfRange,
            "requirements.0.minimum.value",
        ),
        (
            requirement(json!({ "lots": ["LOT-0001", "LOT-0001"] })),
            Invalid,
            "requirements.0.lotIds.1",
        ),
        (
            requirement(json!({ "evidence": { "sv": " " } })),
            Required,
            "requirements.0.evidence",
        ),
    ]);
}

#[test]
fn lots_without_own_criteria_are_checked_once() {
    let criteria = json!([criterion("A", json!("50"), json!([]))]);
    let refused = codes(check_draft(&with(json!({ "award_criteria": criteria }))));
    assert_eq!(refused, [(Code::OutOfRange, "awardCriteria".into())]);
}

#[test]
fn invalid_drafts_are_refused_at_the_field() {
    type Case = (fn(&mut Draft), Code, &'static str);
    let cases: [Case; 12] = [
        (
            |d| d.content.language = "dk".into(),
            Code::UnknownCode,
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
            "lots.2.lotId",
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
fn unknown_code_is_refused_with_nearest_codes() {
    let mut draft = draft();
    draft.content.cpv = vec!["90919301".into()];
    let refusals = check_draft(&draft).err().unwrap_or_default();
    assert!(
        refusals
            .iter()
            .any(|refusal| refusal.message.to_string().contains("90919300")),
        "{refusals:?}"
    );
}

proptest! {
    #[test]
    fn check_never_panics_and_has_messages(title in ".{0,50}", language in ".{0,3}", code in ".{0,10}", lot in ".{0,60}") {
        let mut draft = draft();
        draft.content.title = LocalizedText::of(&language, title);
        draft.content.language = language;
        draft.content.cpv = vec![code.clone()];
        draft.lots[0].nuts = vec![code];
        draft.lots[0].id = lot;
        for refusal in check_draft(&draft).err().unwrap_or_default() {
            prop_assert!(!refusal.message.to_string().is_empty() && !refusal.field.is_empty());
        }
    }
}
