//! Refusals of offers, drafts of tenders and self-declarations. Each fault has its code and path.

use serde_json::{Value, json};

use super::{check, with};
use crate::support::{
    app::TestApp,
    cast::Person::{self, Chair, Clerk, Signatory},
    stage::{LOT, OTHER_LOT, TENDERING, content_with, draft, english, offer, published},
};

/// Publishes a procurement with requirements that allows no combinations; returns its ID.
async fn demanding(app: &TestApp) -> String {
    let requirement = |id: &str, minimum: Value| {
        json!({
            "requirementId": id, "kind": "SELECTION", "code": "slc-stand-to-gen",
            "description": english("So much."), "minimum": minimum, "lotIds": [LOT],
        })
    };
    let changes = json!({
        "combinationsAllowed": false,
        "requirements": [
            requirement("REQ-1", json!({ "value": "100000", "unit": "SEK" })),
            requirement("REQ-2", Value::Null),
        ],
    });
    let create = json!({ "content": content_with(app, changes) });
    let (editor, publisher) = (app.as_(Person::Editor), app.as_(Person::Publisher));
    let id = editor.mutate("createProcurement", create).await.id();
    let publish = json!({ "procurementId": id, "phase": "TENDERING" });
    publisher.mutate("publishNotice", publish).await.id()
}

/// Returns an offer for the lot that meets the requirements, with these fields replaced.
fn sound(changes: Value) -> Value {
    let mut sound = offer(&[LOT], "1000");
    sound["answers"] = json!([
        { "questionId": "REQ-1", "value": { "money": { "amount": "1", "currency": "SEK" } } },
        { "questionId": "REQ-2", "value": { "yesNo": true } },
    ]);
    with(sound, changes)
}

fn lots(changes: Value) -> Value {
    let lot = json!({ "lotId": LOT, "price": { "amount": "1", "currency": "SEK" } });
    sound(json!({ "lots": [with(lot, changes)] }))
}

fn list(changes: Value) -> Value {
    let line = json!({
        "item": "Hour", "quantity": "2", "unit": "h", "unitPrice": { "amount": "1.5", "currency": "SEK" },
    });
    let other = json!({
        "item": "Key", "quantity": "1", "unit": "each", "unitPrice": { "amount": "1", "currency": "SEK" },
    });
    lots(json!({ "price": null, "priceList": [other, with(line, changes)] }))
}

fn subcontractor(changes: Value) -> Value {
    let one = json!({ "name": "Windows Ltd", "country": "SE", "share": "60", "lotIds": [LOT] });
    sound(json!({ "subcontractors": [with(one, changes)] }))
}

fn answers(answers: Value) -> Value {
    sound(json!({ "answers": answers }))
}

#[tokio::test]
async fn each_fault_of_an_offer_has_its_code_and_path() {
    let app = TestApp::without_search().await;
    let id = demanding(&app).await;
    let money = |amount: &str, currency: &str| json!({ "amount": amount, "currency": currency });
    let turnover = json!({ "questionId": "REQ-1", "value": { "money": money("1", "SEK") } });
    let yes = json!({ "questionId": "REQ-2", "value": { "yesNo": true } });
    let both = json!([
        { "lotId": LOT, "price": money("1", "SEK") }, { "lotId": OTHER_LOT, "price": money("1", "EUR") },
    ]);
    let each = json!([
        { "lotId": LOT, "price": money("1", "SEK") }, { "lotId": OTHER_LOT, "price": money("1", "SEK") },
    ]);
    let faults = [
        (
            "several lots",
            sound(json!({ "lots": each })),
            "COMBINATION_NOT_ALLOWED",
            "lots",
        ),
        (
            "no price",
            lots(json!({ "price": null })),
            "REQUIRED",
            "lots.0.price",
        ),
        (
            "a price and a list",
            lots(json!({ "priceList": list(json!({}))["lots"][0]["priceList"] })),
            "INVALID",
            "lots.0.priceList",
        ),
        (
            "too many decimals",
            lots(json!({ "price": money("1.001", "SEK") })),
            "TOO_MANY_DECIMALS",
            "lots.0.price.amount",
        ),
        (
            "decimals of yen",
            lots(json!({ "price": money("1.5", "JPY") })),
            "TOO_MANY_DECIMALS",
            "lots.0.price.amount",
        ),
        (
            "a huge price",
            lots(json!({ "price": money("1000000000000000", "SEK") })),
            "OUT_OF_RANGE",
            "lots.0.price.amount",
        ),
        (
            "a long text of a lot",
            lots(json!({ "text": "x".repeat(20_001) })),
            "TOO_LONG",
            "lots.0.text",
        ),
        (
            "a line without an item",
            list(json!({ "item": " " })),
            "REQUIRED",
            "lots.0.priceList.1.item",
        ),
        (
            "a line without a unit",
            list(json!({ "unit": "" })),
            "REQUIRED",
            "lots.0.priceList.1.unit",
        ),
        (
            "no quantity",
            list(json!({ "quantity": "0" })),
            "OUT_OF_RANGE",
            "lots.0.priceList.1.quantity",
        ),
        (
            "a fine quantity",
            list(json!({ "quantity": "0.0000001" })),
            "TOO_MANY_DECIMALS",
            "lots.0.priceList.1.quantity",
        ),
        (
            "a negative unit price",
            list(json!({ "unitPrice": money("-1", "SEK") })),
            "OUT_OF_RANGE",
            "lots.0.priceList.1.unitPrice.amount",
        ),
        (
            "another currency in a list",
            list(json!({ "unitPrice": money("1", "EUR") })),
            "WRONG_CURRENCY",
            "lots.0.priceList.1.unitPrice.currency",
        ),
        (
            "a control character",
            sound(json!({ "text": "a\u{7}b" })),
            "FORBIDDEN_CHARACTER",
            "text",
        ),
        (
            "a missing answer",
            answers(json!([yes])),
            "ANSWER_MISSING",
            "answers",
        ),
        (
            "an unknown question",
            answers(json!([turnover, yes, { "questionId": "REQ-9", "value": { "yesNo": true } }])),
            "NOT_FOUND",
            "answers.2.questionId",
        ),
        (
            "two answers",
            answers(json!([turnover, yes, yes])),
            "DUPLICATE",
            "answers.2.questionId",
        ),
        (
            "an answer of another type",
            answers(json!([turnover, { "questionId": "REQ-2", "value": { "text": "Yes" } }])),
            "INVALID",
            "answers.1.value",
        ),
        (
            "a file",
            answers(json!([turnover, { "questionId": "REQ-2", "value": { "documentIds": [] } }])),
            "INVALID",
            "answers.1.value",
        ),
        (
            "a subcontractor without a name",
            subcontractor(json!({ "name": " " })),
            "REQUIRED",
            "subcontractors.0.name",
        ),
        (
            "an unknown country",
            subcontractor(json!({ "country": "XX" })),
            "UNKNOWN_CODE",
            "subcontractors.0.country",
        ),
        (
            "too large a share",
            subcontractor(json!({ "share": "101" })),
            "OUT_OF_RANGE",
            "subcontractors.0.share",
        ),
        (
            "a lot that is not offered",
            subcontractor(json!({ "lotIds": [OTHER_LOT] })),
            "NOT_FOUND",
            "subcontractors.0.lotIds.0",
        ),
        (
            "a subcontractor's lot twice",
            subcontractor(json!({ "lotIds": [LOT, LOT] })),
            "DUPLICATE",
            "subcontractors.0.lotIds.1",
        ),
        (
            "shares of more than the whole",
            sound(
                json!({ "subcontractors": [{ "name": "A", "share": "60" }, { "name": "B", "share": "41" }] }),
            ),
            "OUT_OF_RANGE",
            "subcontractors",
        ),
        (
            "no days",
            sound(json!({ "validity": { "days": 0 } })),
            "OUT_OF_RANGE",
            "validity.days",
        ),
        (
            "too many months",
            sound(json!({ "validity": { "months": 121 } })),
            "OUT_OF_RANGE",
            "validity.months",
        ),
        (
            "a past day",
            sound(json!({ "validity": { "until": "2020-01-01" } })),
            "OUT_OF_RANGE",
            "validity.until",
        ),
        (
            "a secret twice",
            sound(json!({ "businessSecrets": ["TEXT", "TEXT"] })),
            "DUPLICATE",
            "businessSecrets.1",
        ),
        (
            "no self-declaration",
            sound(json!({ "selfDeclaration": true })),
            "REQUIRED",
            "selfDeclaration",
        ),
    ];
    let fields: Vec<String> = faults
        .iter()
        .map(|fault| format!("offer.{}", fault.3))
        .collect();
    let cases = faults
        .iter()
        .zip(&fields)
        .map(|((what, offer, code, _), field)| {
            let input = json!({ "procurementId": id, "offer": offer });
            (*what, Some(Signatory), input, *code, field.as_str())
        });
    check(&app, "submitTender", cases.map(leaked).collect()).await;
    // Two currencies are found together with the combination.
    let input = json!({ "procurementId": id, "offer": sound(json!({ "lots": both })) });
    let errors = app
        .as_(Signatory)
        .mutate("submitTender", input)
        .await
        .errors;
    let codes: Vec<&str> = errors.iter().map(|error| error.code.as_str()).collect();
    assert_eq!(codes, ["COMBINATION_NOT_ALLOWED", "WRONG_CURRENCY"]);
    let input = json!({ "procurementId": id, "offer": sound(json!({})) });
    app.as_(Signatory).mutate("submitTender", input).await.id();
}

/// Returns the case with a path of static lifetime, as tables of cases have it.
fn leaked(
    (what, person, input, code, field): (&'static str, Option<Person>, Value, &'static str, &str),
) -> super::Case {
    (
        what,
        person,
        input,
        code,
        Box::leak(field.to_owned().into_boxed_str()),
    )
}

#[tokio::test]
async fn what_is_submitted_is_stated_once() {
    let app = TestApp::without_search().await;
    let id = demanding(&app).await;
    let saved = json!({ "procurementId": id, "revision": 0, "offer": sound(json!({})) });
    app.as_(Clerk).mutate("saveTenderDraft", saved).await.id();
    let own = "query($id: ID!) { procurement(id: $id) { tenderDraft { id } } }";
    let own = app.as_(Clerk).ask(own, json!({ "id": id })).await;
    let draft = json!({ "draftId": own["procurement"]["tenderDraft"]["id"], "revision": 1 });
    let unknown = json!({ "draftId": id, "revision": 1 });
    let submit = |more: Value| with(json!({ "procurementId": id }), more);
    let both = json!({ "offer": sound(json!({})), "draft": draft });
    let cases = vec![
        (
            "nothing",
            Some(Signatory),
            submit(json!({})),
            "REQUIRED",
            "offer",
        ),
        (
            "an offer and a draft",
            Some(Signatory),
            submit(both),
            "INVALID",
            "draft",
        ),
        (
            "no such draft",
            Some(Signatory),
            submit(json!({ "draft": unknown })),
            "NOT_FOUND",
            "draft.draftId",
        ),
        (
            "a draft of another",
            Some(Chair),
            submit(json!({ "draft": draft })),
            "NOT_FOUND",
            "draft.draftId",
        ),
    ];
    check(&app, "submitTender", cases).await;
}

#[tokio::test]
async fn drafts_of_tenders() {
    let app = TestApp::without_search().await;
    let id = published(&app, "TENDERING").await;
    let save = |offer: Value| json!({ "procurementId": id, "revision": 0, "offer": offer });
    let many = vec![json!({ "name": "A" }); 101];
    let hidden = draft(&app).await;
    let hidden = json!({ "procurementId": hidden, "revision": 0, "offer": sound(json!({})) });
    let cases = vec![
        (
            "a draft of the buyer",
            Some(Clerk),
            hidden,
            "NOT_FOUND",
            "procurementId",
        ),
        (
            "another revision",
            Some(Clerk),
            with(save(sound(json!({}))), json!({ "revision": 3 })),
            "CONFLICT",
            "revision",
        ),
        (
            "a long text",
            Some(Clerk),
            save(sound(json!({ "text": "x".repeat(100_001) }))),
            "TOO_LONG",
            "offer.text",
        ),
        (
            "many subcontractors",
            Some(Clerk),
            save(sound(json!({ "subcontractors": many }))),
            "TOO_LONG",
            "offer.subcontractors",
        ),
    ];
    check(&app, "saveTenderDraft", cases).await;
    let discard = json!({ "procurementId": id });
    let none = ("none", Some(Clerk), discard, "NOT_FOUND", "procurementId");
    check(&app, "discardTenderDraft", vec![none]).await;
    app.advance(TENDERING);
    let late = (
        "late",
        Some(Clerk),
        save(sound(json!({}))),
        "DEADLINE_PASSED",
        "",
    );
    check(&app, "saveTenderDraft", vec![late]).await;
}

#[tokio::test]
async fn self_declarations() {
    let app = TestApp::without_search().await;
    let with_grounds = |grounds: Value| json!({ "revision": 0, "exclusionGrounds": grounds });
    let sound = with_grounds(json!([]));
    let and = |more: Value| with(sound.clone(), more);
    let ground = |code: &str, applies: bool| json!({ "ground": code, "applies": applies });
    let year = |year: i32, amount: &str| json!({ "year": year, "amount": { "amount": amount, "currency": "SEK" } });
    let fraud = ground("exg-crim-fraud", false);
    let cases = vec![
        (
            "an unknown ground",
            Some(Signatory),
            with_grounds(json!([ground("x", false)])),
            "UNKNOWN_CODE",
            "exclusionGrounds.0.ground",
        ),
        (
            "a ground twice",
            Some(Signatory),
            with_grounds(json!([fraud, fraud])),
            "DUPLICATE",
            "exclusionGrounds.1.ground",
        ),
        (
            "no explanation",
            Some(Signatory),
            with_grounds(json!([ground("exg-crim-fraud", true)])),
            "REQUIRED",
            "exclusionGrounds.0.explanation",
        ),
        (
            "a year twice",
            Some(Signatory),
            and(json!({ "turnover": [year(2025, "1"), year(2025, "2")] })),
            "DUPLICATE",
            "turnover.1.year",
        ),
        (
            "a past year",
            Some(Signatory),
            and(json!({ "turnover": [year(1900, "1")] })),
            "OUT_OF_RANGE",
            "turnover.0.year",
        ),
        (
            "a negative turnover",
            Some(Signatory),
            and(json!({ "turnover": [year(2025, "-1")] })),
            "OUT_OF_RANGE",
            "turnover.0.amount",
        ),
        (
            "a negative staff",
            Some(Signatory),
            and(json!({ "staff": "-1" })),
            "OUT_OF_RANGE",
            "staff",
        ),
        (
            "an empty register",
            Some(Signatory),
            and(json!({ "registers": [" "] })),
            "REQUIRED",
            "registers.0",
        ),
        (
            "a long text",
            Some(Signatory),
            and(json!({ "financialStanding": "x".repeat(10_001) })),
            "TOO_LONG",
            "financialStanding",
        ),
        (
            "another version",
            Some(Signatory),
            and(json!({ "revision": 2 })),
            "CONFLICT",
            "revision",
        ),
        (
            "a contributor",
            Some(Clerk),
            sound.clone(),
            "NOT_ALLOWED",
            "",
        ),
    ];
    check(&app, "saveSelfDeclaration", cases).await;
}
