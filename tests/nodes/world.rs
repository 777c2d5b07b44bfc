//! A marketplace with at least one object of each type that has a global ID, in states in which
//! only some readers may see it.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::{
    documents::{attachment, document},
    policy::staged::{describe, meetings, opened, questions, review},
    procurement::whole::full,
    support::{
        app::TestApp,
        cast::Person::{self, Chair, Clerk, Editor, Opener, Publisher, Signatory, Witness},
        decisions::complain,
        rounds::meeting_input,
        stage::{
            LOT, TENDERING, amend, as_opened, award_input, dialogue, dialogue_input, draft,
            english, published, redraft, tender, tender_input,
        },
    },
    tender_groups::form_of_nonprofit,
};

/// Creates the marketplace; returns the IDs of its procurements.
pub async fn create(app: &TestApp) -> Vec<String> {
    let rich = rich(app).await;
    let awarded = awarded(app).await;
    let grouped = published(app, "TENDERING").await;
    form_of_nonprofit(app, &grouped).await;
    vec![rich, awarded, grouped, draft(app).await]
}

/// Returns the content with attachments and every optional part.
async fn content(app: &TestApp, description: &str) -> Value {
    let mut content = full(app);
    let file = document(&app.as_(Editor)).await;
    content["attachments"] = json!([attachment("DOC-1", &file)]);
    content["description"] = english(description);
    content
}

async fn run(app: &TestApp, person: Person, mutation: &str, input: Value) -> String {
    app.as_(person).mutate(mutation, input).await.id()
}

/// Creates an amended procurement with rounds of each kind and another draft.
async fn rich(app: &TestApp) -> String {
    let input = json!({ "content": content(app, "Two schools.").await });
    let id = run(app, Editor, "createProcurement", input).await;
    let publish = json!({ "procurementId": id, "phase": "UPCOMING" });
    run(app, Publisher, "publishNotice", publish).await;
    for person in [Clerk, Editor] {
        run(
            app,
            person,
            "followProcurement",
            json!({ "procurementId": id }),
        )
        .await;
    }
    redraft(app, &id, content(app, "Three schools.").await).await;
    amend(app, &id, "UPCOMING").await;
    review(app, &id).await;
    questions(app, &id).await;
    meetings(app, &id).await;
    change_meeting(app, &id).await;
    let mut ideas = dialogue_input(app, &id);
    ideas["kind"] = json!("IDEA_CALL");
    run(app, Editor, "openDialogue", ideas).await;
    let interest =
        json!({ "procurementId": id, "wish": "OFFERING_PARTNERSHIP", "text": english("We help.") });
    run(app, Signatory, "declareJointBidInterest", interest).await;
    describe(app, false).await;
    app.advance(TimeDelta::days(14));
    close(app, &id).await;
    // Unreleased, unanswered and unpublished objects are in rounds that go on.
    review(app, &id).await;
    questions(app, &id).await;
    dialogue(app, &id).await;
    redraft(app, &id, content(app, "Four schools.").await).await;
    id
}

/// Changes the meeting with a registration twice. The registered organisation's members get a
/// notification of each change in the transaction of the change, without a worker.
async fn change_meeting(app: &TestApp, id: &str) {
    let query = "query($id: ID!) { procurement(id: $id) { dialogues { meetings { id } } } }";
    let data = app.anonymous().ask(query, json!({ "id": id })).await;
    let meeting = &data["procurement"]["dialogues"][2]["meetings"][0]["id"];
    for revision in [1, 2] {
        let mut input = meeting_input(app, "");
        input.as_object_mut().unwrap().remove("dialogueId");
        input["meetingId"] = meeting.clone();
        input["revision"] = json!(revision);
        input["reason"] = english("A larger room.");
        input["seats"] = json!(40 + revision);
        run(app, Editor, "changeMeeting", input).await;
    }
}

/// Publishes the results of the rounds that have ended.
async fn close(app: &TestApp, id: &str) {
    let query = "query($id: ID!) { procurement(id: $id) { dialogues { id meetings { id } } } }";
    let data = app.anonymous().ask(query, json!({ "id": id })).await;
    let rounds = data["procurement"]["dialogues"].as_array().unwrap();
    let of = |round: usize| json!({ "dialogueId": rounds[round]["id"] });
    run(app, Editor, "publishContributions", of(1)).await;
    let mut summary = of(1);
    summary["heard"] = english("Much.");
    summary["changes"] = json!([{
        "text": english("A lot more."), "lotIds": [LOT], "criterionIds": ["AWC-1"],
        "requirementIds": ["REQ-1"], "attachmentIds": ["DOC-1"],
    }]);
    run(app, Editor, "publishDialogueSummary", summary).await;
    let minutes =
        json!({ "meetingId": rounds[2]["meetings"][0]["id"], "text": english("We met.") });
    run(app, Editor, "publishMinutes", minutes).await;
}

/// Creates a procurement with opened tenders, one of which has won a lot, and a complaint about it.
async fn awarded(app: &TestApp) -> String {
    let id = published(app, "TENDERING").await;
    tender(app, &id).await;
    let lost = tender(app, &id).await;
    let rival = run(app, Chair, "submitTender", tender_input(&id)).await;
    let offer = tender_input(&id)["offer"].clone();
    let draft = json!({ "procurementId": id, "revision": 0, "offer": offer });
    run(app, Signatory, "saveTenderDraft", draft).await;
    app.advance(TENDERING + TimeDelta::seconds(1));
    for opener in [Opener, Witness] {
        run(app, opener, "openTenders", json!({ "procurementId": id })).await;
    }
    opened(app, &id).await;
    let mut decision = award_input(&id, &rival, LOT);
    decision["reasons"] = json!([{ "tenderId": as_opened(&lost), "text": "The other is closer." }]);
    let award = run(app, Publisher, "decideAward", decision).await;
    complain(app, &award).await;
    id
}
