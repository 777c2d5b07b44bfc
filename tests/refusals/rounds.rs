//! Rounds of dialogue: planning, extending, nonprofit partnerships, disclosing the asker.

use chrono::TimeDelta;
use serde_json::{Value, json};
use torg::kernel::ids::{DialogueId, QuestionId};

use super::{check, with};
use crate::support::{
    app::TestApp,
    cast::Person::{Chair, Clerk, Editor, Publisher},
    stage::{dialogue, dialogue_input, english, published, question, time},
};

#[tokio::test]
async fn a_planned_round() {
    let app = TestApp::without_search().await;
    let input = dialogue_input(&app, &published(&app, "UPCOMING").await);
    let at = |days: i64| time(app.now() + TimeDelta::days(days));
    let cases = [
        (
            "an opening in the past",
            json!({ "opensAt": at(-1) }),
            "OUT_OF_RANGE",
            "opensAt",
        ),
        (
            "no time for questions",
            json!({ "opensAt": at(7) }),
            "OUT_OF_RANGE",
            "questionsUntil",
        ),
        (
            "answers before questions",
            json!({ "answersUntil": at(6) }),
            "OUT_OF_RANGE",
            "answersUntil",
        ),
        (
            "answers after the end",
            json!({ "answersUntil": at(15) }),
            "OUT_OF_RANGE",
            "answersUntil",
        ),
        (
            "an end in the year 9999",
            json!({ "closesAt": "9999-01-01T00:00:00Z" }),
            "OUT_OF_RANGE",
            "closesAt",
        ),
        (
            "no such time zone",
            json!({ "timeZone": "Europe/Ekby" }),
            "UNKNOWN_CODE",
            "timeZone",
        ),
    ];
    let cases = cases.map(|(what, change, code, field)| {
        (what, Some(Editor), with(input.clone(), change), code, field)
    });
    check(&app, "openDialogue", cases.to_vec()).await;
    let planned = with(input, json!({ "opensAt": at(1) }));
    let round = app.as_(Editor).mutate("openDialogue", planned).await.id();
    let ask = json!({ "dialogueId": round, "text": "How many rooms?", "language": "en" });
    let early = vec![(
        "before the opening",
        Some(Clerk),
        ask.clone(),
        "DIALOGUE_NOT_OPEN",
        "",
    )];
    check(&app, "askQuestion", early).await;
    app.advance(TimeDelta::days(1));
    app.as_(Clerk).mutate("askQuestion", ask).await.id();
}

#[tokio::test]
async fn extend_dialogue() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let round = dialogue(&app, &id).await;
    let at = |days: i64| time(app.now() + TimeDelta::days(days));
    let input = json!({ "dialogueId": round, "closesAt": at(20), "reason": english("Holidays.") });
    let change = |changes| with(input.clone(), changes);
    let missing = DialogueId::new().to_global();
    let cases = vec![
        (
            "no such round",
            Some(Editor),
            change(json!({ "dialogueId": missing })),
            "NOT_FOUND",
            "dialogueId",
        ),
        (
            "no reason",
            Some(Editor),
            change(json!({ "reason": [] })),
            "REQUIRED",
            "reason",
        ),
        (
            "an escape in the reason",
            Some(Editor),
            change(json!({ "reason": english("a\u{1b}b") })),
            "FORBIDDEN_CHARACTER",
            "reason",
        ),
        (
            "nothing to extend",
            Some(Editor),
            change(json!({ "closesAt": null })),
            "REQUIRED",
            "",
        ),
        (
            "an earlier end",
            Some(Editor),
            change(json!({ "closesAt": at(13) })),
            "OUT_OF_RANGE",
            "closesAt",
        ),
        (
            "fewer questions",
            Some(Editor),
            change(json!({ "questionsUntil": at(6) })),
            "OUT_OF_RANGE",
            "questionsUntil",
        ),
        (
            "answers after the end",
            Some(Editor),
            change(json!({ "answersUntil": at(21) })),
            "OUT_OF_RANGE",
            "answersUntil",
        ),
        (
            "the year 9999",
            Some(Editor),
            change(json!({ "closesAt": "9999-01-01T00:00:00Z" })),
            "OUT_OF_RANGE",
            "closesAt",
        ),
    ];
    check(&app, "extendDialogue", cases).await;
    app.advance(TimeDelta::days(14));
    let late = vec![(
        "after the end",
        Some(Editor),
        input.clone(),
        "DIALOGUE_CLOSED",
        "",
    )];
    check(&app, "extendDialogue", late).await;
    let end = json!({ "procurementId": id, "phase": "CANCELLED", "reasonCode": "INS_FUND", "reason": english("There is no money.") });
    app.as_(Publisher).mutate("endProcurement", end).await.id();
    let ended = vec![(
        "after the procurement's end",
        Some(Editor),
        input,
        "WRONG_PHASE",
        "",
    )];
    check(&app, "extendDialogue", ended).await;
}

/// A procurement with a nonprofit partnership dialogue is never tendered, and one in tendering gets
/// no such dialogue.
#[tokio::test]
async fn a_partnership_is_never_tendered() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let partnership = with(dialogue_input(&app, &id), json!({ "kind": "PARTNERSHIP" }));
    app.as_(Editor)
        .mutate("openDialogue", partnership)
        .await
        .id();
    let tender = json!({ "procurementId": id, "phase": "TENDERING" });
    let refused = (
        "a tender",
        Some(Publisher),
        tender,
        "PARTNERSHIP_NOT_TENDERED",
        "phase",
    );
    check(&app, "publishNotice", vec![refused]).await;
    let around = sqlx::query("update procurement set phase = 'TENDERING' where partnership")
        .execute(&app.database.pool)
        .await;
    assert!(
        around
            .unwrap_err()
            .to_string()
            .contains("procurement_partnership_not_tendered")
    );

    let tendering = published(&app, "TENDERING").await;
    let too_late = with(
        dialogue_input(&app, &tendering),
        json!({ "kind": "PARTNERSHIP" }),
    );
    let refused = ("while tendering", Some(Editor), too_late, "WRONG_PHASE", "");
    check(&app, "openDialogue", vec![refused]).await;
}

#[tokio::test]
async fn disclose_asker() {
    let app = TestApp::without_search().await;
    let round = dialogue(&app, &published(&app, "UPCOMING").await).await;
    question(&app, &round).await;
    let of = |id: &str| -> Value { json!({ "dialogueId": id }) };
    let missing = QuestionId::new().to_global();
    let cases = vec![
        (
            "who asked nothing",
            Some(Chair),
            of(&round),
            "NOT_FOUND",
            "dialogueId",
        ),
        (
            "no such round",
            Some(Clerk),
            of(&missing),
            "NOT_FOUND",
            "dialogueId",
        ),
    ];
    check(&app, "discloseAsker", cases).await;
    app.as_(Clerk)
        .mutate("discloseAsker", of(&round))
        .await
        .id();
    let again = vec![("again", Some(Clerk), of(&round), "ALREADY_DONE", "")];
    check(&app, "discloseAsker", again).await;
}

#[tokio::test]
async fn close_and_cancel_dialogue() {
    let app = TestApp::without_search().await;
    let procurement = published(&app, "UPCOMING").await;
    let round = dialogue(&app, &procurement).await;
    let cancelled = dialogue(&app, &procurement).await;
    let mut planned = dialogue_input(&app, &procurement);
    planned["opensAt"] = json!(time(app.now() + TimeDelta::days(1)));
    let planned = app.as_(Editor).mutate("openDialogue", planned).await.id();
    let end = |round: &str| json!({ "dialogueId": round, "reason": english("By mistake.") });
    app.as_(Editor)
        .mutate("cancelDialogue", end(&cancelled))
        .await
        .id();
    let unknown = DialogueId::new().to_global();
    let without = |round: &str| with(end(round), json!({ "reason": [] }));
    for mutation in ["closeDialogue", "cancelDialogue"] {
        let mut cases = vec![
            (
                "no such round",
                Some(Editor),
                end(&unknown),
                "NOT_FOUND",
                "dialogueId",
            ),
            (
                "no reason",
                Some(Editor),
                without(&round),
                "REQUIRED",
                "reason",
            ),
        ];
        cases.push(match mutation {
            "closeDialogue" => (
                "cancelled before",
                Some(Editor),
                end(&cancelled),
                "DIALOGUE_CLOSED",
                "",
            ),
            _ => (
                "cancelled before",
                Some(Editor),
                end(&cancelled),
                "ALREADY_DONE",
                "",
            ),
        });
        if mutation == "closeDialogue" {
            cases.push((
                "before its opening",
                Some(Editor),
                end(&planned),
                "DIALOGUE_NOT_OPEN",
                "",
            ));
        }
        check(&app, mutation, cases).await;
    }
    let later = json!({ "dialogueId": cancelled, "closesAt": time(app.now() + TimeDelta::days(20)), "reason": english("x") });
    let cases = vec![(
        "a cancelled round",
        Some(Editor),
        later,
        "DIALOGUE_CLOSED",
        "",
    )];
    check(&app, "extendDialogue", cases).await;
    let ask = json!({ "dialogueId": cancelled, "text": "How many rooms?", "language": "en" });
    check(
        &app,
        "askQuestion",
        vec![("a cancelled round", Some(Clerk), ask, "DIALOGUE_CLOSED", "")],
    )
    .await;
    app.advance(TimeDelta::days(14));
    for mutation in ["closeDialogue", "cancelDialogue"] {
        let ended = vec![(
            "an ended round",
            Some(Editor),
            end(&round),
            "DIALOGUE_CLOSED",
            "",
        )];
        check(&app, mutation, ended).await;
    }
}
