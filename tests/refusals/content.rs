//! Invalid contents: criteria, requirements, aims, accessibility, reservation.

use serde_json::{Value, json};

use super::{check, with};
use crate::support::{
    app::TestApp,
    cast::Person::{Admin, Chair, Editor, Publisher, Signatory},
    stage::{
        LOT, OTHER_LOT, content_with, english, lot_tender_input, organisation_revision, published,
        tender_input,
    },
};

/// Returns changes of a valid content, each with the code and field of its refusal.
fn bad_contents() -> Vec<(&'static str, Value, &'static str, &'static str)> {
    let criterion = |fields: Value| {
        let whole = json!({ "criterionId": "AWC-1", "kind": "PRICE", "name": english("Price") });
        json!({ "awardCriteria": [with(whole, fields)] })
    };
    let requirement = |fields: Value| {
        let whole =
            json!({ "requirementId": "REQ-1", "kind": "SELECTION", "code": "slc-stand-to-gen" });
        json!({ "requirements": [with(whole, fields)] })
    };
    vec![
        (
            "a code twice",
            json!({ "nuts": ["SE110", "SE110"] }),
            "INVALID",
            "nuts.1",
        ),
        (
            "no such goal",
            json!({ "aims": { "sustainableDevelopmentGoals": [18] } }),
            "UNKNOWN_CODE",
            "aims.sustainableDevelopmentGoals.0",
        ),
        (
            "an aim twice",
            json!({ "aims": { "strategicAims": ["SOCIAL", "SOCIAL"] } }),
            "INVALID",
            "aims.strategicAims.1",
        ),
        (
            "a rule, and nothing reserved",
            json!({ "reservationRule": "directive-art-77" }),
            "INVALID",
            "reservationRule",
        ),
        (
            "an odd submission language",
            json!({ "submissionLanguages": ["Swedish"] }),
            "INVALID",
            "submissionLanguages.0",
        ),
        (
            "a negative turnover",
            json!({ "minTurnover": { "amount": "-1", "currency": "SEK" } }),
            "OUT_OF_RANGE",
            "minTurnover",
        ),
        (
            "too many references",
            json!({ "referencesAsked": 10_001 }),
            "OUT_OF_RANGE",
            "referencesAsked",
        ),
        (
            "more lots than there are",
            json!({ "maxLotsPerTenderer": 3 }),
            "OUT_OF_RANGE",
            "maxLotsPerTenderer",
        ),
        (
            "a long contract",
            json!({ "contractMonths": 601 }),
            "OUT_OF_RANGE",
            "contractMonths",
        ),
        (
            "a zone that is none",
            json!({ "tenderDeadlineZone": "Stockholm" }),
            "UNKNOWN_CODE",
            "tenderDeadlineZone",
        ),
        (
            "a start before the deadline",
            json!({ "contractStart": "2001-01-01" }),
            "OUT_OF_RANGE",
            "contractStart",
        ),
        (
            "a year that is none",
            json!({ "expectedTendering": "0202-01-01" }),
            "OUT_OF_RANGE",
            "expectedTendering",
        ),
        (
            "an address that is none",
            json!({ "contact": { "email": "upphandling" } }),
            "INVALID",
            "contact.email",
        ),
        (
            "a weight that leaves something over",
            criterion(json!({ "weight": "60" })),
            "OUT_OF_RANGE",
            "awardCriteria",
        ),
        (
            "a criterion of no lot",
            criterion(json!({ "lotIds": ["LOT-9"] })),
            "NOT_FOUND",
            "awardCriteria.0.lotIds.0",
        ),
        (
            "a criterion without a name",
            criterion(json!({ "name": [] })),
            "REQUIRED",
            "awardCriteria.0.name",
        ),
        (
            "a ground of the other list",
            requirement(json!({ "code": "exg-crim" })),
            "UNKNOWN_CODE",
            "requirements.0.code",
        ),
        (
            "a minimum of nothing",
            requirement(json!({ "minimum": { "value": "1", "unit": "" } })),
            "INVALID",
            "requirements.0.minimum.unit",
        ),
        (
            "an odd ID",
            requirement(json!({ "requirementId": "" })),
            "INVALID",
            "requirements.0.requirementId",
        ),
        (
            "a lot's option without words",
            json!({ "lots": [{ "lotId": "A", "options": english("—") }] }),
            "REQUIRED",
            "lots.0.options",
        ),
        (
            "a lot's rule, and nothing reserved",
            json!({ "lots": [{ "lotId": "A", "reservationRule": "x" }] }),
            "INVALID",
            "lots.0.reservationRule",
        ),
    ]
}

#[tokio::test]
async fn what_is_said_is_sound() {
    let app = TestApp::without_search().await;
    let cases = bad_contents()
        .into_iter()
        .map(|(what, changes, code, field)| {
            let input = json!({ "content": content_with(&app, changes) });
            // Leaked once per run, because cases are static.
            let field: &'static str = format!("content.{field}").leak();
            (what, Some(Editor), input, code, field)
        });
    check(&app, "createProcurement", cases.collect()).await;
}

/// Creates a draft with these changes; returns its ID.
async fn drafted(app: &TestApp, changes: Value) -> String {
    let input = json!({ "content": content_with(app, changes) });
    let answer = app.as_(Editor).mutate("createProcurement", input).await;
    answer.id()
}

const CARE: &str = "85312000";

#[tokio::test]
async fn a_reservation_is_published_by_a_rule_that_allows_it() {
    let app = TestApp::without_search().await;
    let group = ["PUBLIC_SERVICE_MISSION_ORGANIZATION"];
    let of = |fields: Value| {
        let lots = json!([{ "lotId": LOT, "cpv": [CARE] }]);
        let whole = json!({ "reservedParticipation": group, "cpv": [CARE], "lots": lots });
        with(whole, fields)
    };
    let mut cases = Vec::new();
    for (what, changes, code, field) in [
        ("no rule", of(json!({})), "REQUIRED", "reservationRule"),
        (
            "no such rule",
            of(json!({ "reservationRule": "custom" })),
            "UNKNOWN_CODE",
            "reservationRule",
        ),
        (
            "another country's rule",
            of(json!({ "reservationRule": "lou-19-25", "nuts": ["FI1B1"] })),
            "INVALID",
            "reservationRule",
        ),
        (
            "a service that no rule lists",
            of(json!({ "reservationRule": "directive-art-77", "cpv": ["90919300"] })),
            "INVALID",
            "reservedParticipation",
        ),
        (
            "too long",
            of(json!({ "reservationRule": "directive-art-77", "contractMonths": 48 })),
            "OUT_OF_RANGE",
            "contractMonths",
        ),
        (
            "too long once renewed",
            of(
                json!({ "reservationRule": "directive-art-77", "contractMonths": 24, "renewals": 1 }),
            ),
            "OUT_OF_RANGE",
            "contractMonths",
        ),
        (
            "without an end",
            of(json!({ "reservationRule": "directive-art-77" })),
            "REQUIRED",
            "contractMonths",
        ),
    ] {
        let id = drafted(&app, changes).await;
        let input = json!({ "procurementId": id, "phase": "UPCOMING" });
        cases.push((what, Some(Publisher), input, code, field));
    }
    check(&app, "publishNotice", cases).await;
    let allowed = of(json!({ "reservationRule": "directive-art-77", "contractMonths": 36 }));
    let input = json!({ "procurementId": drafted(&app, allowed).await, "phase": "UPCOMING" });
    app.as_(Publisher).mutate("publishNotice", input).await.id();
}

#[tokio::test]
async fn a_reserved_procurement_takes_tenders_of_those_it_is_reserved_for() {
    let app = TestApp::without_search().await;
    let changes = json!({
        "cpv": [CARE],
        "reservedParticipation": ["PUBLIC_SERVICE_MISSION_ORGANIZATION"],
        "reservationRule": "directive-art-77",
        "contractMonths": 24,
        "lots": [{ "lotId": LOT, "cpv": [CARE] }, { "lotId": OTHER_LOT, "cpv": [CARE] }],
    });
    let id = drafted(&app, changes).await;
    let publish = json!({ "procurementId": id, "phase": "TENDERING" });
    app.as_(Publisher)
        .mutate("publishNotice", publish)
        .await
        .id();
    let company = (
        "a company",
        Some(Signatory),
        tender_input(&id),
        "NOT_ALLOWED",
        "",
    );
    check(&app, "submitTender", vec![company]).await;
    app.as_(Chair)
        .mutate("submitTender", tender_input(&id))
        .await
        .id();
}

#[tokio::test]
async fn for_more_lots_than_allowed_nobody_tenders() {
    let app = TestApp::without_search().await;
    let id = drafted(&app, json!({ "maxLotsPerTenderer": 1 })).await;
    let publish = json!({ "procurementId": id, "phase": "TENDERING" });
    app.as_(Publisher)
        .mutate("publishNotice", publish)
        .await
        .id();
    let both = (
        "both lots",
        Some(Signatory),
        tender_input(&id),
        "OUT_OF_RANGE",
        "offer.lots",
    );
    check(&app, "submitTender", vec![both]).await;
    let one = lot_tender_input(&id, LOT);
    app.as_(Signatory).mutate("submitTender", one).await.id();
    // Without a limit a supplier may tender for all lots.
    let other = published(&app, "TENDERING").await;
    app.as_(Signatory)
        .mutate("submitTender", tender_input(&other))
        .await
        .id();
}

/// LOU 19 kap. 25 a § requires a registered nonprofit; administrators record the registration.
#[tokio::test]
async fn what_is_reserved_for_registered_nonprofits_takes_no_others() {
    let app = TestApp::without_search().await;
    let changes = json!({
        "cpv": [CARE],
        "reservedParticipation": ["PUBLIC_SERVICE_MISSION_ORGANIZATION"],
        "reservationRule": "lou-19-25a",
        "lots": [{ "lotId": LOT, "cpv": [CARE] }, { "lotId": OTHER_LOT, "cpv": [CARE] }],
    });
    let id = drafted(&app, changes).await;
    let publish = json!({ "procurementId": id, "phase": "TENDERING" });
    app.as_(Publisher)
        .mutate("publishNotice", publish)
        .await
        .id();
    let submit = async || {
        app.as_(Chair)
            .mutate("submitTender", tender_input(&id))
            .await
    };
    let record = async |status: &str| {
        let input = json!({
            "organisationId": app.organisations.nonprofit.to_global(),
            "status": status,
            "source": "Register of nonprofits",
            "asOf": "2026-01-15",
            "expectedRevision": organisation_revision(&app, &app.organisations.nonprofit.to_global()).await,
        });
        app.as_(Admin)
            .mutate("recordNonprofitStatus", input)
            .await
            .id();
    };
    assert_eq!(submit().await.errors[0].code, "NOT_ALLOWED");
    record("REGISTERED").await;
    submit().await.id();
    record("DEREGISTERED").await;
    assert_eq!(submit().await.errors[0].code, "NOT_ALLOWED");
}

#[tokio::test]
async fn a_text_is_given_once_in_each_language() {
    let app = TestApp::without_search().await;
    let text = |text: &str| json!({ "language": "sv", "text": text });
    let twice = json!([text("Städning"), text("Lokalvård")]);
    let content = content_with(&app, json!({ "title": twice }));
    let mutation = "mutation($input: CreateProcurementInput!) { createProcurement(input: $input) { userErrors { code } } }";
    let body = app
        .as_(Editor)
        .respond(mutation, json!({ "input": { "content": content } }))
        .await;
    let error = &body["errors"][0];
    assert_eq!(error["extensions"]["code"], "VALIDATION_FAILED", "{body}");
    let message = error["message"].as_str().unwrap();
    let expected = "the text has two translations into `sv`; send one for each language";
    assert!(message.contains(expected), "{message}");
}
