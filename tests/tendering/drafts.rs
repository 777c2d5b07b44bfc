//! Drafts of tenders are shared in the team, survive a refused submission, and are unreadable for
//! everyone else.

use serde_json::{Value, json};

use super::{read, requirements, tendering};
use crate::{
    organisation::api_keys,
    support::{
        app::TestApp,
        cast::Person::{
            Both, Chair, Clerk, Editor, Nobody, Opener, Publisher, Signatory, Stranger, Volunteer,
        },
        client::Client,
        stage::{LOT, OTHER_LOT, TENDERING, offer, published},
    },
};

const CANARY: &str = "canary-in-a-draft";
const DRAFT: &str = "tenderDraft { id revision offer { text lots { lotId price { amount } } } }";

/// Saves a draft for both lots; returns the errors' codes.
async fn save(client: &Client<'_>, id: &str, revision: i32, text: &str) -> Vec<String> {
    let mut content = offer(&[LOT, OTHER_LOT], "10000");
    content["text"] = json!(text);
    let input = json!({ "procurementId": id, "revision": revision, "offer": content });
    let answer = client.mutate("saveTenderDraft", input).await;
    answer.errors.into_iter().map(|error| error.code).collect()
}

#[tokio::test]
async fn a_team_shares_a_draft_that_others_do_not_read() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let none: [String; 0] = [];
    assert_eq!(save(&app.as_(Clerk), &id, 0, CANARY).await, none);
    assert_eq!(save(&app.as_(Signatory), &id, 0, "x").await, ["CONFLICT"]);
    assert_eq!(save(&app.as_(Signatory), &id, 1, CANARY).await, none);
    assert_eq!(save(&app.as_(Clerk), &id, 1, "x").await, ["CONFLICT"]);
    let of_company = app.acting_for(Both, app.organisations.company);
    let mut node = Value::Null;
    for client in [app.as_(Clerk), app.as_(Signatory), of_company] {
        let draft = read(&client, &id, DRAFT).await["tenderDraft"].clone();
        assert_eq!(draft["revision"], 2);
        assert_eq!(draft["offer"]["text"], CANARY);
        assert_eq!(draft["offer"]["lots"][0]["price"]["amount"], "9000");
        node = draft["id"].clone();
    }
    let of_nonprofit = app.acting_for(Both, app.organisations.nonprofit);
    let others = [
        app.as_(Chair),
        app.as_(Volunteer),
        app.as_(Editor),
        app.as_(Publisher),
        app.as_(Opener),
        app.as_(Stranger),
        app.as_(Nobody),
        app.anonymous(),
        of_nonprofit,
    ];
    for other in others {
        let seen = read(&other, &id, &format!("{DRAFT} tenderReadiness {{ ready }}")).await;
        assert_eq!(
            seen,
            json!({ "tenderDraft": null, "tenderReadiness": null })
        );
        let query = "query($id: ID!) { node(id: $id) { id } }";
        let found = other.ask(query, json!({ "id": node })).await;
        assert_eq!(found["node"], Value::Null);
    }
    let discard = json!({ "procurementId": id });
    app.as_(Clerk)
        .mutate("discardTenderDraft", discard)
        .await
        .id();
    assert_eq!(
        read(&app.as_(Signatory), &id, DRAFT).await["tenderDraft"],
        Value::Null
    );
    assert_eq!(save(&app.as_(Clerk), &id, 0, "Anew").await, none);
}

#[tokio::test]
async fn a_draft_survives_a_refusal_and_is_submitted_lot_by_lot() {
    let app = TestApp::without_search().await;
    let id = tendering(&app, json!({ "combinationsAllowed": false })).await;
    let signatory = app.as_(Signatory);
    save(&app.as_(Clerk), &id, 0, CANARY).await;
    let draft = read(&signatory, &id, DRAFT).await["tenderDraft"].clone();
    let submit = |lots: Value, revision: i32| {
        let draft = json!({ "draftId": draft["id"], "revision": revision, "lotIds": lots });
        json!({ "procurementId": id, "draft": draft })
    };
    for (lots, revision, code, field) in [
        (Value::Null, 1, "COMBINATION_NOT_ALLOWED", "offer.lots"),
        (json!([LOT]), 7, "CONFLICT", "draft.revision"),
        (json!([LOT, "X"]), 1, "NOT_FOUND", "draft.lotIds.1"),
        (json!([]), 1, "REQUIRED", "offer.lots"),
    ] {
        let errors = signatory
            .mutate("submitTender", submit(lots, revision))
            .await
            .errors;
        let found = (errors[0].code.as_str(), errors[0].field.join("."));
        assert_eq!(found, (code, field.to_owned()), "{errors:?}");
        assert_eq!(read(&signatory, &id, DRAFT).await["tenderDraft"], draft);
    }
    for lot in [LOT, OTHER_LOT] {
        let input = submit(json!([lot]), 1);
        signatory.mutate("submitTender", input).await.id();
    }
    // Another organisation cannot submit it.
    let stolen = app
        .as_(Chair)
        .mutate("submitTender", submit(json!([LOT]), 1))
        .await;
    assert_eq!(stolen.errors[0].code, "NOT_FOUND");
    let own = "ownTenders { replaced withdrawnAt offer { text lots { lotId price { amount } } } }";
    let tenders = read(&app.as_(Clerk), &id, own).await["ownTenders"].clone();
    for (position, (lot, amount)) in [(LOT, "9000"), (OTHER_LOT, "1000.00")].iter().enumerate() {
        let tender = &tenders[position];
        assert_eq!(tender["replaced"], false);
        assert_eq!(tender["offer"]["text"], CANARY);
        let lots = json!([{ "lotId": lot, "price": { "amount": amount } }]);
        assert_eq!(tender["offer"]["lots"], lots);
    }
    assert_eq!(tenders.as_array().unwrap().len(), 2);
    assert_eq!(
        read(&app.as_(Chair), &id, own).await["ownTenders"],
        json!([])
    );
    assert_eq!(read(&signatory, &id, DRAFT).await["tenderDraft"], draft);
    let readable: i64 = sqlx::query_scalar(
        "select (select count(*) from tender_draft where position($1::bytea in sealed) > 0)
              + (select count(*) from tender_copy where position($1::bytea in sealed) > 0)",
    )
    .bind(CANARY.as_bytes())
    .fetch_one(&app.database.pool)
    .await
    .unwrap();
    assert_eq!(readable, 0);
    app.advance(TENDERING);
    assert_eq!(
        save(&app.as_(Clerk), &id, 1, "Late").await,
        ["DEADLINE_PASSED"]
    );
}

#[tokio::test]
async fn readiness_lists_what_the_submission_would_refuse() {
    let app = TestApp::without_search().await;
    let changes = json!({ "requirements": requirements(), "combinationsAllowed": false });
    let id = tendering(&app, changes).await;
    let clerk = app.as_(Clerk);
    let offer = json!({ "lots": [{ "lotId": LOT }, { "lotId": OTHER_LOT, "price": { "amount": "1.001", "currency": "SEK" } }] });
    let input = json!({ "procurementId": id, "revision": 0, "offer": offer });
    clerk.mutate("saveTenderDraft", input).await.id();
    let query = "tenderReadiness { ready missing { code field lotId } }";
    let found = read(&app.as_(Signatory), &id, query).await["tenderReadiness"].clone();
    let one = |code: &str, field: &[&str], lot: Option<&str>| json!({ "code": code, "field": field, "lotId": lot });
    let missing = json!([
        one("REQUIRED", &["offer", "lots", "0", "price"], Some(LOT)),
        one(
            "TOO_MANY_DECIMALS",
            &["offer", "lots", "1", "price", "amount"],
            Some(OTHER_LOT)
        ),
        one("REQUIRED", &["offer", "text"], None),
        one("ANSWER_MISSING", &["offer", "answers"], None),
        one("ANSWER_MISSING", &["offer", "answers"], None),
        one("ANSWER_MISSING", &["offer", "answers"], None),
    ]);
    assert_eq!(found, json!({ "ready": false, "missing": missing }));
    // A contributor may write the draft and not submit it.
    let found = read(&clerk, &id, query).await["tenderReadiness"].clone();
    assert_eq!(found["missing"][0], one("NOT_ALLOWED", &[], None));
    let answers = json!([
        { "questionId": "REQ-1", "value": { "yesNo": false } },
        { "questionId": "REQ-2", "value": { "money": { "amount": "200000", "currency": "SEK" } } },
        { "questionId": "REQ-3", "value": { "number": "4" } },
    ]);
    let mut offer = super::super::support::stage::offer(&[LOT, OTHER_LOT], "10000");
    offer["answers"] = answers;
    let input = json!({ "procurementId": id, "revision": 1, "offer": offer });
    clerk.mutate("saveTenderDraft", input).await.id();
    let signatory = app.as_(Signatory);
    let found = read(&signatory, &id, query).await["tenderReadiness"].clone();
    assert_eq!(found, json!({ "ready": true, "missing": [] }));
    let together = format!(
        "tenderReadiness(lotIds: [\"{LOT}\", \"{OTHER_LOT}\"]) {{ ready missing {{ code }} }}"
    );
    let found = read(&signatory, &id, &together).await["tenderReadiness"].clone();
    assert_eq!(
        found["missing"],
        json!([{ "code": "COMBINATION_NOT_ALLOWED" }])
    );
}

#[tokio::test]
async fn a_key_with_the_scope_tender_prepares_and_submits() {
    let app = TestApp::without_search().await;
    let id = tendering(&app, json!({ "combinationsAllowed": false })).await;
    let nonprofit = app.organisations.nonprofit.to_global();
    let mut keys = Vec::new();
    for scope in ["TENDER", "READ"] {
        let roles = ["SIGNATORY"];
        let input = api_keys::input(&app, &nonprofit, &roles, &[scope]);
        let (_, secret) = api_keys::make(&app.as_(Chair), input).await;
        keys.push(Client::new(&app, Some(secret), None));
    }
    let none: [String; 0] = [];
    assert_eq!(save(&keys[1], &id, 0, CANARY).await, ["NOT_ALLOWED"]);
    assert_eq!(save(&keys[0], &id, 0, CANARY).await, none);
    let ready = format!("eligibility {{ canSubmit }} tenderReadiness {{ ready }} {DRAFT}");
    let seen = read(&keys[0], &id, &ready).await;
    assert_eq!(seen["eligibility"]["canSubmit"], true);
    assert_eq!(seen["tenderReadiness"]["ready"], true);
    let draft = json!({ "draftId": seen["tenderDraft"]["id"], "revision": 1, "lotIds": [LOT] });
    let input = json!({ "procurementId": id, "draft": draft });
    let refused = keys[1].mutate("submitTender", input.clone()).await;
    assert_eq!(refused.errors[0].code, "NOT_ALLOWED");
    keys[0].mutate("submitTender", input).await.id();
    let own = "ownTenders { offer { text } } tenderDraft { id } eligibility { canSubmit reasons { code } }";
    let seen = read(&keys[0], &id, own).await;
    assert_eq!(seen["ownTenders"][0]["offer"]["text"], CANARY);
    let seen = read(&keys[1], &id, own).await;
    assert_eq!(seen["ownTenders"][0]["offer"], Value::Null);
    assert_eq!(seen["tenderDraft"], Value::Null);
    assert_eq!(
        seen["eligibility"]["reasons"],
        json!([{ "code": "NOT_ALLOWED" }])
    );
}
