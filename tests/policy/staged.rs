//! Creates the objects of the scenes, by the requests of clients.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::{
    contribution,
    documents::document,
    organisation::api_keys,
    support::{
        app::{TestApp, eventually},
        cast::Person,
        rounds::{comment_input, market_round, meeting, meeting_input},
        stage::{
            dialogue, dialogue_input, english, joint_draft, organisation_revision, question, time,
        },
    },
};

/// Waits until the tenders are opened.
pub async fn opened(app: &TestApp, id: &str) {
    let query = "query($id: ID!) { procurement(id: $id) { opening { openedAt } } }";
    eventually("the tenders are opened", async || {
        let data = app.anonymous().ask(query, json!({ "id": id })).await;
        data["procurement"]["opening"]["openedAt"]
            .as_str()
            .map(str::to_owned)
    })
    .await;
}

/// Creates a procurement with the other buyer as joint buyer.
pub async fn published_jointly(app: &TestApp, phase: &str) -> String {
    let id = joint_draft(app).await;
    let consent = json!({ "procurementId": id, "consent": true });
    let joint = app.as_(Person::Stranger);
    joint.mutate("answerJointProcurement", consent).await.id();
    let publish = json!({ "procurementId": id, "phase": phase });
    app.as_(Person::Publisher)
        .mutate("publishNotice", publish)
        .await
        .id()
}

/// Opens a moderated review with an unreleased comment of the company and an unreleased follow-up.
pub async fn review(app: &TestApp, procurement: &str) {
    let reviewed = document(&app.as_(Person::Editor)).await;
    let mut input = dialogue_input(app, procurement);
    input["kind"] = json!("DRAFT_REVIEW");
    input["moderated"] = json!(true);
    input["documentIds"] = json!([reviewed]);
    let round = app
        .as_(Person::Editor)
        .mutate("openDialogue", input)
        .await
        .id();
    let clerk = app.as_(Person::Clerk);
    let mut comment = comment_input(&round, &reviewed, "Why every day?");
    comment["documentIds"] = json!([document(&clerk).await]);
    let asked = clerk.mutate("askQuestion", comment).await.id();
    let follow_up = json!({ "dialogueId": round, "aboutQuestionId": asked, "text": "And at night?", "language": "en" });
    clerk.mutate("askQuestion", follow_up).await.id();
}

/// Opens a round with questions of the company, which is named, drafted and held answers, and
/// contributions.
pub async fn questions(app: &TestApp, procurement: &str) {
    let round = dialogue(app, procurement).await;
    let (editor, clerk, chair) = (
        app.as_(Person::Editor),
        app.as_(Person::Clerk),
        app.as_(Person::Chair),
    );
    let (first, second) = (question(app, &round).await, question(app, &round).await);
    clerk
        .mutate("discloseAsker", json!({ "dialogueId": round }))
        .await
        .id();
    chair
        .mutate("supportQuestion", json!({ "questionId": first }))
        .await
        .id();
    let draft = json!({ "questionId": first, "text": english("Perhaps."), "revision": 0 });
    editor.mutate("saveAnswerDraft", draft).await.id();
    let held = time(app.now() + TimeDelta::days(5));
    let held = json!({ "questionId": second, "text": english("Yes."), "releaseAt": held });
    editor.mutate("answerQuestion", held).await.id();
    contribution::publish(app, &round, contribution::questions()).await;
    let answers = json!([
        contribution::answer("Q-1", json!({ "text": "Every evening." })),
        contribution::secret("Q-2", json!({ "number": "12" })),
    ]);
    let sent = contribution::input(&round, 1, answers);
    clerk
        .mutate("contributeToDialogue", sent.clone())
        .await
        .id();
    clerk
        .mutate("saveContributionDraft", sent.clone())
        .await
        .id();
    let mut unnamed = sent;
    unnamed["named"] = json!(false);
    chair.mutate("contributeToDialogue", unnamed).await.id();
}

/// Schedules a meeting with a registration of the company, and one that is open to all.
pub async fn meetings(app: &TestApp, procurement: &str) {
    let round = market_round(app, procurement).await;
    let limited = meeting(app, &round).await;
    let register = json!({ "meetingId": limited, "attendees": 1 });
    app.as_(Person::Signatory)
        .mutate("registerForMeeting", register)
        .await
        .id();
    let mut open = meeting_input(app, &round);
    for field in ["seats", "seatsPerOrganisation", "registrationUntil"] {
        open[field] = Value::Null;
    }
    app.as_(Person::Editor)
        .mutate("scheduleMeeting", open)
        .await
        .id();
}

/// Fills the nonprofit's profile, with an invitation and a recorded status.
pub async fn describe(app: &TestApp, public: bool) {
    let nonprofit = app.organisations.nonprofit.to_global();
    let chair = app.as_(Person::Chair);
    let query = "{ viewer { actingFor { revision } } }";
    let data = chair.ask(query, json!({})).await;
    let input = json!({
        "organisationId": nonprofit,
        "revision": data["viewer"]["actingFor"]["revision"],
        "profile": {
            "name": "Föreningen Grannskapet",
            "publicProfile": public,
            "description": english("We help."),
            "address": { "street": "Storgatan 1", "country": "SE", "nuts": "SE110" },
            "contact": { "email": "hej@example.org" },
            "cpv": ["45442110"],
            "areas": ["SE1"],
            "size": "MICRO",
            "identifiers": [{ "scheme": "EU-VAT", "value": "SE556012579001" }],
            "lookingForPartners": public,
            "partnerText": english("Cleaners."),
        },
    });
    chair.mutate("updateOrganisation", input).await.id();
    let declared = chair.ask(
        "{ viewer { actingFor { selfDeclaration { revision } } } }",
        json!({}),
    );
    let declared = declared.await["viewer"]["actingFor"]["selfDeclaration"].clone();
    let revision = declared["revision"].as_i64().unwrap_or(0);
    let declare = json!({ "revision": revision, "exclusionGrounds": [] });
    chair.mutate("saveSelfDeclaration", declare).await.id();
    let invite = json!({ "organisationId": nonprofit, "roles": ["CONTRIBUTOR"] });
    chair.mutate("inviteMember", invite).await.id();
    let key = api_keys::input(app, &nonprofit, &["CONTRIBUTOR"], &["READ"]);
    chair.mutate("createApiKey", key).await.id();
    let record = json!({
        "organisationId": nonprofit, "status": if public { "DEREGISTERED" } else { "REGISTERED" },
        "source": "A register.", "asOf": "2024-01-02", "note": "Seen.",
        "expectedRevision": organisation_revision(app, &nonprofit).await,
    });
    app.as_(Person::Admin)
        .mutate("recordNonprofitStatus", record)
        .await
        .id();
}
