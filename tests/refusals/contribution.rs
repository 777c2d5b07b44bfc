//! Questionnaires, contributions and their publication.

use chrono::TimeDelta;
use serde_json::{Value, json};
use torg::kernel::ids::{DialogueId, OwnContributionId};

use super::{check, with};
use crate::{
    contribution::{answer, answers, input, publish, questions, round},
    support::{
        app::TestApp,
        cast::Person::{self, Both, Chair, Clerk, Editor, Publisher, Signatory},
        stage::{dialogue, dialogue_input, english, published, time},
    },
};

#[tokio::test]
async fn contribute_to_dialogue() {
    let app = TestApp::without_search().await;
    let (procurement, round) = round(&app).await;
    let without = dialogue(&app, &procurement).await;
    let sent = input(&round, 1, answers());
    let change = |changes: Value| with(sent.clone(), changes);
    let none = DialogueId::new().to_global();
    let cases = vec![
        (
            "of two, acting for neither",
            Some(Both),
            sent.clone(),
            "NOT_ALLOWED",
            "",
        ),
        (
            "no such round",
            Some(Clerk),
            change(json!({ "dialogueId": none })),
            "NOT_FOUND",
            "dialogueId",
        ),
        (
            "nothing is asked",
            Some(Clerk),
            change(json!({ "dialogueId": without })),
            "NOT_FOUND",
            "dialogueId",
        ),
        (
            "another version",
            Some(Clerk),
            change(json!({ "questionnaireVersion": 2 })),
            "CONFLICT",
            "questionnaireVersion",
        ),
        (
            "nothing",
            Some(Clerk),
            change(json!({ "answers": [] })),
            "REQUIRED",
            "answers",
        ),
        (
            "without what is required",
            Some(Clerk),
            change(json!({ "answers": [answer("Q-4", json!({ "yesNo": false }))] })),
            "REQUIRED",
            "answers",
        ),
    ];
    check(&app, "contributeToDialogue", cases).await;
    let beside = |question: &str, value: Value| {
        let first = answer("Q-1", json!({ "text": "Yes." }));
        change(json!({ "answers": [first, answer(question, value)] }))
    };
    let first = |value: Value| change(json!({ "answers": [answer("Q-1", value)] }));
    let money = |amount: &str, currency: &str| json!({ "money": { "amount": amount, "currency": currency } });
    let big = "å".repeat(200_001);
    let of_answers = [
        (
            "no such question",
            beside("Q-9", json!({ "yesNo": true })),
            "NOT_FOUND",
            "answers.1.questionId",
        ),
        (
            "answered twice",
            beside("Q-1", json!({ "text": "No." })),
            "INVALID",
            "answers.1.questionId",
        ),
        (
            "another type",
            beside("Q-2", json!({ "text": "12" })),
            "INVALID",
            "answers.1.value",
        ),
        (
            "an empty text",
            first(json!({ "text": " \n" })),
            "REQUIRED",
            "answers.0.value",
        ),
        (
            "a long text",
            first(json!({ "text": "å".repeat(201) })),
            "TOO_LONG",
            "answers.0.value",
        ),
        (
            "a control character",
            first(json!({ "text": "a\u{1b}[31mb" })),
            "FORBIDDEN_CHARACTER",
            "answers.0.value",
        ),
        (
            "a NUL",
            first(json!({ "text": "a\0b" })),
            "FORBIDDEN_CHARACTER",
            "answers.0.value",
        ),
        (
            "oversized in all",
            first(json!({ "text": big })),
            "TOO_LONG",
            "answers",
        ),
        (
            "too little",
            beside("Q-2", json!({ "number": "0.99" })),
            "OUT_OF_RANGE",
            "answers.1.value",
        ),
        (
            "too much",
            beside("Q-2", json!({ "number": "500.01" })),
            "OUT_OF_RANGE",
            "answers.1.value",
        ),
        (
            "not offered",
            beside("Q-3", json!({ "optionIds": ["c"] })),
            "UNKNOWN_CODE",
            "answers.1.value",
        ),
        (
            "nothing chosen",
            beside("Q-3", json!({ "optionIds": [] })),
            "REQUIRED",
            "answers.1.value",
        ),
        (
            "two of one",
            beside("Q-3", json!({ "optionIds": ["a", "b"] })),
            "INVALID",
            "answers.1.value",
        ),
        (
            "chosen twice",
            beside("Q-3", json!({ "optionIds": ["a", "a"] })),
            "INVALID",
            "answers.1.value",
        ),
        (
            "another currency",
            beside("Q-5", money("1", "EUR")),
            "INVALID",
            "answers.1.value",
        ),
        (
            "an odd currency",
            beside("Q-5", money("1", "kr")),
            "INVALID",
            "answers.1.value",
        ),
        (
            "a negative amount",
            beside("Q-5", money("-1", "SEK")),
            "OUT_OF_RANGE",
            "answers.1.value",
        ),
        (
            "an odd year",
            beside("Q-6", json!({ "date": "0027-03-01" })),
            "OUT_OF_RANGE",
            "answers.1.value",
        ),
    ];
    let cases =
        of_answers.map(|(what, input, code, field)| (what, Some(Clerk), input, code, field));
    check(&app, "contributeToDialogue", cases.into()).await;
    app.advance(TimeDelta::days(14));
    let late = ("after the end", Some(Clerk), sent, "DEADLINE_PASSED", "");
    check(&app, "contributeToDialogue", vec![late]).await;
}

#[tokio::test]
async fn nothing_is_asked_or_received_after_the_procurements_end() {
    let app = TestApp::without_search().await;
    let (procurement, round) = round(&app).await;
    let end = json!({ "procurementId": procurement, "phase": "CANCELLED", "reasonCode": "INS_FUND", "reason": english("There is no money.") });
    app.as_(Publisher).mutate("endProcurement", end).await.id();
    let ended = (
        "ended",
        Some(Clerk),
        input(&round, 1, answers()),
        "WRONG_PHASE",
        "",
    );
    check(&app, "contributeToDialogue", vec![ended]).await;
    let more = json!({ "dialogueId": round, "questions": questions() });
    let ended = ("ended", Some(Editor), more, "WRONG_PHASE", "");
    check(&app, "publishQuestionnaire", vec![ended]).await;
}

#[tokio::test]
async fn save_contribution_draft() {
    let app = TestApp::without_search().await;
    let (_, round) = round(&app).await;
    let sent = input(&round, 1, answers());
    let change = |changes: Value| with(sent.clone(), changes);
    let number_as_text = json!([answer("Q-2", json!({ "text": "12" }))]);
    let cases = vec![
        (
            "no such round",
            Some(Clerk),
            change(json!({ "dialogueId": DialogueId::new().to_global() })),
            "NOT_FOUND",
            "dialogueId",
        ),
        (
            "no such version",
            Some(Clerk),
            change(json!({ "questionnaireVersion": 0 })),
            "NOT_FOUND",
            "questionnaireVersion",
        ),
        (
            "another revision",
            Some(Clerk),
            change(json!({ "revision": 1 })),
            "CONFLICT",
            "revision",
        ),
        (
            "another type",
            Some(Clerk),
            change(json!({ "answers": number_as_text })),
            "INVALID",
            "answers.0.value",
        ),
    ];
    check(&app, "saveContributionDraft", cases).await;
    app.advance(TimeDelta::days(14));
    let late = ("after the end", Some(Clerk), sent, "DEADLINE_PASSED", "");
    check(&app, "saveContributionDraft", vec![late]).await;
}

#[tokio::test]
async fn discard_contribution_draft() {
    let app = TestApp::without_search().await;
    let (_, round) = round(&app).await;
    let client = app.as_(Clerk);
    let draft = input(&round, 1, answers());
    client.mutate("saveContributionDraft", draft).await.id();
    let of = |id: &str| json!({ "dialogueId": id });
    let none = DialogueId::new().to_global();
    let cases = vec![
        (
            "no such round",
            Some(Clerk),
            of(&none),
            "NOT_FOUND",
            "dialogueId",
        ),
        (
            "another supplier, which has none",
            Some(Chair),
            of(&round),
            "NOT_FOUND",
            "dialogueId",
        ),
    ];
    check(&app, "discardContributionDraft", cases).await;
    // An organisation may discard its own draft at any time.
    app.advance(TimeDelta::days(14));
    let discarded = client.mutate("discardContributionDraft", of(&round)).await;
    assert_eq!(discarded.id(), round);
    let again = ("again", Some(Clerk), of(&round), "NOT_FOUND", "dialogueId");
    check(&app, "discardContributionDraft", vec![again]).await;
}

#[tokio::test]
async fn withdraw_contribution() {
    let app = TestApp::without_search().await;
    let (_, round) = round(&app).await;
    let client = app.as_(Clerk);
    let sent = input(&round, 1, answers());
    let replaced = client
        .mutate("contributeToDialogue", sent.clone())
        .await
        .id();
    let id = client
        .mutate("contributeToDialogue", sent.clone())
        .await
        .id();
    let of = |id: &str| json!({ "contributionId": id });
    let none = OwnContributionId::new().to_global();
    let cases = vec![
        (
            "another supplier",
            Some(Chair),
            of(&id),
            "NOT_FOUND",
            "contributionId",
        ),
        (
            "no such contribution",
            Some(Clerk),
            of(&none),
            "NOT_FOUND",
            "contributionId",
        ),
        (
            "replaced",
            Some(Signatory),
            of(&replaced),
            "ALREADY_DONE",
            "",
        ),
    ];
    check(&app, "withdrawContribution", cases).await;
    client.mutate("withdrawContribution", of(&id)).await.id();
    let again = ("again", Some(Clerk), of(&id), "ALREADY_DONE", "");
    check(&app, "withdrawContribution", vec![again]).await;
    let last = client.mutate("contributeToDialogue", sent).await.id();
    app.advance(TimeDelta::days(14));
    let late = (
        "after the end",
        Some(Clerk),
        of(&last),
        "DEADLINE_PASSED",
        "",
    );
    check(&app, "withdrawContribution", vec![late]).await;
}

#[tokio::test]
async fn publish_contributions() {
    let app = TestApp::without_search().await;
    let (_, round) = round(&app).await;
    let of = |id: &str| json!({ "dialogueId": id });
    let input = of(&round);
    let early = (
        "before the end",
        Some(Editor),
        input.clone(),
        "DEADLINE_NOT_PASSED",
        "",
    );
    check(&app, "publishContributions", vec![early]).await;
    app.advance(TimeDelta::days(14));
    let none = DialogueId::new().to_global();
    let cases = vec![(
        "no such round",
        Some(Editor),
        of(&none),
        "NOT_FOUND",
        "dialogueId",
    )];
    check(&app, "publishContributions", cases).await;
    app.as_(Editor)
        .mutate("publishContributions", input.clone())
        .await
        .id();
    let again = ("again", Some(Editor), input, "ALREADY_DONE", "");
    check(&app, "publishContributions", vec![again]).await;
}

/// An organisation may send 20 contributions per hour in one procurement.
#[tokio::test]
async fn a_flood_of_contributions_is_held_back() {
    let app = TestApp::without_search().await;
    let procurement = published(&app, "UPCOMING").await;
    let round = dialogue(&app, &procurement).await;
    publish(&app, &round, questions()).await;
    let sent = input(&round, 1, answers());
    for number in 0..20 {
        let person = if number % 2 == 0 { Clerk } else { Signatory };
        app.as_(person)
            .mutate("contributeToDialogue", sent.clone())
            .await
            .id();
    }
    let one_more = ("one more", Some(Clerk), sent.clone(), "RATE_LIMITED", "");
    check(&app, "contributeToDialogue", vec![one_more]).await;
    app.as_(Chair)
        .mutate("contributeToDialogue", sent.clone())
        .await
        .id();
    app.advance(TimeDelta::hours(1));
    app.as_(Clerk)
        .mutate("contributeToDialogue", sent)
        .await
        .id();
}

/// Returns each mutation with a permitted person, an input, and a changed input.
pub async fn requests(app: &TestApp) -> Vec<(&'static str, Person, Value, Value)> {
    let (procurement, open) = round(app).await;
    let mut short = dialogue_input(app, &procurement);
    for (field, seconds) in [("questionsUntil", 60), ("closesAt", 61)] {
        short[field] = json!(time(app.now() + TimeDelta::seconds(seconds)));
    }
    let ended = app.as_(Editor).mutate("openDialogue", short).await.id();
    app.advance(TimeDelta::seconds(61));
    let sent = input(&open, 1, answers());
    let client = app.as_(Chair);
    let withdrawn = client
        .mutate("contributeToDialogue", sent.clone())
        .await
        .id();
    let ask = json!({ "dialogueId": open, "questions": questions() });
    let other = with(sent.clone(), json!({ "named": false }));
    let withdraw = |id: &str| json!({ "contributionId": id });
    let none = OwnContributionId::new().to_global();
    vec![
        ("saveContributionDraft", Clerk, sent.clone(), other.clone()),
        ("contributeToDialogue", Clerk, sent, other),
        (
            "withdrawContribution",
            Chair,
            withdraw(&withdrawn),
            withdraw(&none),
        ),
        (
            "publishContributions",
            Editor,
            json!({ "dialogueId": ended }),
            json!({ "dialogueId": open }),
        ),
        (
            "publishQuestionnaire",
            Editor,
            ask.clone(),
            with(ask, json!({ "reason": english("More.") })),
        ),
    ]
}
