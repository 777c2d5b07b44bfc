//! Brings a procurement to the state in which a test starts, by the requests of a client.

use std::sync::atomic::{AtomicU32, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use torg::kernel::ids::{OwnTenderId, TenderId};

use super::{app::TestApp, cast::Person};

/// Time from now to the tender deadline of [`content`].
pub const TENDERING: TimeDelta = TimeDelta::days(30);

/// The first lot of [`content`].
pub const LOT: &str = "LOT-0001";
/// The second lot of [`content`].
pub const OTHER_LOT: &str = "LOT-0002";

/// Formats a time as RFC 3339, for variables.
pub fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
}

pub fn english(text: &str) -> Value {
    json!([{ "language": "en", "text": text }])
}

/// Returns a content that is complete enough for tendering.
pub fn content(app: &TestApp) -> Value {
    json!({
        "language": "sv",
        "title": [{ "language": "sv", "text": "Städning av skolor" }, { "language": "en", "text": "Cleaning of schools" }],
        "summary": [{ "language": "sv", "text": "Kommunen söker någon som håller två skolor rena." }],
        "category": "SERVICES",
        "procedure": "OPEN",
        "cpv": ["90919300"],
        "nuts": ["SE110"],
        "value": { "min": "100000", "max": "900000", "currency": "SEK" },
        "suitsVcse": true,
        "tenderDeadline": time(app.now() + TENDERING),
        "combinationsAllowed": true,
        "lots": [
            { "lotId": LOT, "title": [{ "language": "sv", "text": "Norra skolan" }] },
            { "lotId": OTHER_LOT, "title": [{ "language": "sv", "text": "Södra skolan" }] },
        ],
    })
}

/// Returns the content with some fields replaced.
pub fn content_with(app: &TestApp, changes: Value) -> Value {
    let mut content = content(app);
    for (field, value) in changes.as_object().unwrap() {
        content[field] = value.clone();
    }
    content
}

pub async fn draft(app: &TestApp) -> String {
    let input = json!({ "content": content(app) });
    app.as_(Person::Editor)
        .mutate("createProcurement", input)
        .await
        .id()
}

/// Creates a draft with the other buyer as joint buyer, which has accepted; returns its ID.
pub async fn joint_draft(app: &TestApp) -> String {
    let id = joint_invitation(app).await;
    accept_joint(app, &id).await;
    id
}

/// Accepts the invitation to a joint procurement for the other buyer.
pub async fn accept_joint(app: &TestApp, procurement: &str) {
    let input = json!({ "procurementId": procurement });
    let stranger = app.as_(Person::Stranger);
    stranger.mutate("acceptJointInvitation", input).await.id();
}

/// Creates a draft to which the other buyer is invited; returns its ID.
pub async fn joint_invitation(app: &TestApp) -> String {
    let buyers = json!([app.organisations.other_buyer.to_global()]);
    let input = json!({ "content": content_with(app, json!({ "jointBuyerIds": buyers })) });
    app.as_(Person::Editor)
        .mutate("createProcurement", input)
        .await
        .id()
}

/// Returns the revision of the draft.
pub async fn revision(app: &TestApp, id: &str) -> Value {
    let query = "query($id: ID!) { procurement(id: $id) { revision } }";
    let data = app
        .as_(Person::Editor)
        .ask(query, json!({ "id": id }))
        .await;
    data["procurement"]["revision"].clone()
}

/// Returns the revision of an organisation.
pub async fn organisation_revision(app: &TestApp, id: &str) -> Value {
    let query = "query($id: ID!) { node(id: $id) { ... on Organisation { revision } } }";
    let data = app.as_(Person::Admin).ask(query, json!({ "id": id })).await;
    data["node"]["revision"].clone()
}

/// Replaces the draft's content.
pub async fn redraft(app: &TestApp, id: &str, content: Value) {
    let revision = revision(app, id).await;
    let input = json!({ "procurementId": id, "revision": revision, "content": content });
    app.as_(Person::Editor)
        .mutate("updateProcurement", input)
        .await
        .id();
}

/// Publishes the draft as an amendment.
pub async fn amend(app: &TestApp, id: &str, phase: &str) {
    let input =
        json!({ "procurementId": id, "phase": phase, "reason": english("For the better.") });
    app.as_(Person::Publisher)
        .mutate("publishNotice", input)
        .await
        .id();
}

/// Creates and publishes a procurement; returns its ID.
pub async fn published(app: &TestApp, phase: &str) -> String {
    let id = draft(app).await;
    let input = json!({ "procurementId": id, "phase": phase });
    app.as_(Person::Publisher)
        .mutate("publishNotice", input)
        .await
        .id()
}

/// Returns the input for a round of dialogue: a week of questions and a week of answers.
pub fn dialogue_input(app: &TestApp, procurement: &str) -> Value {
    json!({
        "procurementId": procurement,
        "kind": "OPEN_QA",
        "title": english("Questions about cleaning"),
        "questionsUntil": time(app.now() + TimeDelta::days(7)),
        "closesAt": time(app.now() + TimeDelta::days(14)),
    })
}

pub async fn dialogue(app: &TestApp, procurement: &str) -> String {
    let input = dialogue_input(app, procurement);
    app.as_(Person::Editor)
        .mutate("openDialogue", input)
        .await
        .id()
}

/// Asks a unique question as the company; returns its ID.
pub async fn question(app: &TestApp, dialogue: &str) -> String {
    question_by(app, dialogue, Person::Clerk).await
}

pub async fn question_by(app: &TestApp, dialogue: &str, person: Person) -> String {
    static ASKED: AtomicU32 = AtomicU32::new(1);
    let room = ASKED.fetch_add(1, Ordering::Relaxed);
    let text = format!("How many square metres has room {room}?");
    let input = json!({ "dialogueId": dialogue, "text": text, "language": "en" });
    app.as_(person).mutate("askQuestion", input).await.id()
}

/// Opens a moderated round; returns its ID.
pub async fn moderated_dialogue(app: &TestApp, procurement: &str) -> String {
    let mut input = dialogue_input(app, procurement);
    input["moderated"] = json!(true);
    app.as_(Person::Editor)
        .mutate("openDialogue", input)
        .await
        .id()
}

/// Returns a tender for both lots of [`content`].
pub fn tender_input(procurement: &str) -> Value {
    json!({ "procurementId": procurement, "offer": offer(&[LOT, OTHER_LOT], "450000.00") })
}

/// Returns a tender for one lot.
pub fn lot_tender_input(procurement: &str, lot: &str) -> Value {
    json!({ "procurementId": procurement, "offer": offer(&[lot], "450000.00") })
}

/// Returns an offer with a total price: the first lot has it without 1,000 for each other lot.
pub fn offer(lots: &[&str], total: &str) -> Value {
    let others = rust_decimal::Decimal::from(1_000 * (lots.len() - 1));
    let total: rust_decimal::Decimal = total.parse().unwrap();
    let lots = lots.iter().enumerate().map(|(position, lot)| {
        let amount = match position {
            0 => (total - others).to_string(),
            _ => "1000.00".to_owned(),
        };
        json!({ "lotId": lot, "price": { "amount": amount, "currency": "SEK" } })
    });
    json!({
        "lots": lots.collect::<Vec<Value>>(),
        "text": "We clean both schools every evening.",
    })
}

/// Submits a tender of the company; returns its ID.
pub async fn tender(app: &TestApp, procurement: &str) -> String {
    let input = tender_input(procurement);
    app.as_(Person::Signatory)
        .mutate("submitTender", input)
        .await
        .id()
}

/// Creates a procurement whose tenders are opened, with a tender of the company; returns both IDs.
pub async fn opened(app: &TestApp) -> (String, String) {
    let procurement = published(app, "TENDERING").await;
    let tender = tender(app, &procurement).await;
    app.advance(TENDERING + TimeDelta::seconds(1));
    open(app, &procurement).await;
    (procurement, tender)
}

/// Requests and confirms the opening of the tenders, as two persons of the buyer.
pub async fn approve_opening(app: &TestApp, procurement: &str) {
    for person in [Person::Opener, Person::Witness] {
        let input = json!({ "procurementId": procurement });
        app.as_(person).mutate("openTenders", input).await.id();
    }
}

/// Opens the tenders of a procurement whose deadline has passed.
pub async fn open(app: &TestApp, procurement: &str) {
    approve_opening(app, procurement).await;
    let query = "query($id: ID!) { procurement(id: $id) { opening { openedAt } } }";
    super::app::eventually("the tenders are opened", async || {
        let data = app
            .anonymous()
            .ask(query, json!({ "id": procurement }))
            .await;
        data["procurement"]["opening"]["openedAt"]
            .as_str()
            .map(str::to_owned)
    })
    .await;
}

/// Returns the ID under which buyers read a tender, given the ID that its supplier reads.
pub fn as_opened(tender: &str) -> String {
    match OwnTenderId::from_global(tender) {
        Some(own) => TenderId(own.0).to_global(),
        None => tender.to_owned(),
    }
}

/// The award of a lot to a tender, whose ID is that of its supplier or of the buyer.
pub fn award_input(procurement: &str, tender: &str, lot: &str) -> Value {
    json!({
        "procurementId": procurement,
        "lotId": lot,
        "tenderId": as_opened(tender),
        "reason": english("The best quality for the price."),
    })
}

/// Creates a procurement whose opened tender, of the company and for both lots, is evaluated by price
/// (AWC-1) and quality (AWC-2); returns the procurement and the tender, as the buyer reads it.
pub async fn evaluated(app: &TestApp) -> (String, String) {
    let criterion = |id: &str, kind: &str, weight: &str| json!({ "criterionId": id, "kind": kind, "name": english(kind), "weight": weight });
    let criteria = json!({ "awardCriteria": [
        criterion("AWC-1", "PRICE", "60"),
        criterion("AWC-2", "QUALITY", "40"),
    ] });
    let input = json!({ "content": content_with(app, criteria) });
    let editor = app.as_(Person::Editor);
    let id = editor.mutate("createProcurement", input).await.id();
    let publish = json!({ "procurementId": id, "phase": "TENDERING" });
    let publisher = app.as_(Person::Publisher);
    publisher.mutate("publishNotice", publish).await.id();
    let sent = tender(app, &id).await;
    app.advance(TENDERING + TimeDelta::seconds(1));
    open(app, &id).await;
    (id, as_opened(&sent))
}

/// Asks the tenderer a question about a tender; returns the question's ID.
pub async fn clarification(app: &TestApp, procurement: &str, tender: &str) -> String {
    let input = json!({
        "tenderId": tender,
        "text": "Which cleaning agents do you use?",
        "answerUntil": time(app.now() + TimeDelta::days(5)),
    });
    let editor = app.as_(Person::Editor);
    editor.mutate("requestClarification", input).await.id();
    let query = "query($id: ID!) { procurement(id: $id) {
        tenders { nodes { clarifications { clarificationId } } } } }";
    let read = editor.ask(query, json!({ "id": procurement })).await;
    let questions = &read["procurement"]["tenders"]["nodes"][0]["clarifications"];
    questions[0]["clarificationId"].as_str().unwrap().to_owned()
}
