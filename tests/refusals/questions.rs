//! Questions: duplicates, supporting, withdrawing, drafting and answering.

use chrono::TimeDelta;
use serde_json::json;
use torg::kernel::ids::QuestionId;

use super::{check, moderation::unknown_question, with};
use crate::support::{
    app::TestApp,
    cast::Person::{Chair, Clerk, Editor, Publisher, Signatory, Volunteer},
    stage::{LOT, OTHER_LOT, content_with, dialogue, english, published, question, time},
};

async fn round(app: &TestApp) -> String {
    dialogue(app, &published(app, "UPCOMING").await).await
}

#[tokio::test]
async fn the_same_question_is_asked_once() {
    let app = TestApp::without_search().await;
    let round = round(&app).await;
    let ask = |text: &str, lot: Option<&str>| json!({ "dialogueId": round, "lotId": lot, "text": text, "language": "en" });
    let first = app
        .as_(Clerk)
        .mutate("askQuestion", ask("How many rooms?", None))
        .await
        .id();
    for (person, text) in [
        (Clerk, "How many rooms?"),
        (Signatory, "  how MANY\n rooms? "),
    ] {
        let answer = app.as_(person).mutate("askQuestion", ask(text, None)).await;
        assert_eq!(answer.errors[0].code, "DUPLICATE_QUESTION");
        assert!(
            answer.errors[0].message.contains("question 1 "),
            "{:?}",
            answer.errors
        );
    }
    // The same text is accepted from another supplier, about another lot, and after a withdrawal.
    app.as_(Chair)
        .mutate("askQuestion", ask("How many rooms?", None))
        .await
        .id();
    app.as_(Clerk)
        .mutate("askQuestion", ask("How many rooms?", Some(LOT)))
        .await
        .id();
    app.as_(Clerk)
        .mutate("withdrawQuestion", json!({ "questionId": first }))
        .await
        .id();
    app.as_(Clerk)
        .mutate("askQuestion", ask("How many rooms?", None))
        .await
        .id();
}

#[tokio::test]
async fn every_wrong_field_of_a_question_is_named() {
    let app = TestApp::without_search().await;
    let round = round(&app).await;
    let input = json!({ "dialogueId": round, "text": " ", "language": "xx" });
    let answer = app.as_(Clerk).mutate("askQuestion", input).await;
    let fields: Vec<String> = answer
        .errors
        .iter()
        .map(|one| one.field.join("."))
        .collect();
    assert_eq!(fields, ["text", "language"]);
}

#[tokio::test]
async fn a_question_is_about_what_is_there() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let round = dialogue(&app, &id).await;
    let elsewhere = question(&app, &dialogue(&app, &id).await).await;
    let input = json!({ "dialogueId": round, "text": "And why?", "language": "en" });
    let about = |id: &str| with(input.clone(), json!({ "aboutQuestionId": id }));
    let lots =
        json!({ "lots": [{ "lotId": LOT, "title": [{ "language": "sv", "text": "Norra" }] }] });
    let update = json!({ "procurementId": id, "revision": 2, "content": content_with(&app, lots) });
    app.as_(Editor)
        .mutate("updateProcurement", update)
        .await
        .id();
    let publish = json!({ "procurementId": id, "phase": "UPCOMING", "reason": english("One school is closed.") });
    app.as_(Publisher)
        .mutate("publishNotice", publish)
        .await
        .id();
    let cases = vec![
        (
            "a question of another round",
            Some(Clerk),
            about(&elsewhere),
            "NOT_FOUND",
            "aboutQuestionId",
        ),
        (
            "an ID of another kind",
            Some(Clerk),
            about(&round),
            "NOT_FOUND",
            "aboutQuestionId",
        ),
        (
            "a lot that was taken out",
            Some(Clerk),
            with(input.clone(), json!({ "lotId": OTHER_LOT })),
            "LOT_CLOSED",
            "lotId",
        ),
        (
            "a NUL",
            Some(Clerk),
            with(input.clone(), json!({ "lotId": "LOT\u{0}" })),
            "NOT_FOUND",
            "lotId",
        ),
        (
            "an escape",
            Some(Clerk),
            with(input.clone(), json!({ "text": "a\u{1b}[31mb" })),
            "FORBIDDEN_CHARACTER",
            "text",
        ),
    ];
    check(&app, "askQuestion", cases).await;
}

#[tokio::test]
async fn support_question() {
    let app = TestApp::without_search().await;
    let round = round(&app).await;
    let input = json!({ "questionId": question(&app, &round).await });
    let answered = question(&app, &round).await;
    let answer = json!({ "questionId": answered, "text": english("Yes.") });
    app.as_(Editor).mutate("answerQuestion", answer).await.id();
    let missing = json!({ "questionId": QuestionId::new().to_global() });
    for mutation in ["supportQuestion", "withdrawSupport"] {
        let cases = vec![
            (
                "one's own",
                Some(Signatory),
                input.clone(),
                "OWN_QUESTION",
                "questionId",
            ),
            (
                "no such question",
                Some(Chair),
                missing.clone(),
                "NOT_FOUND",
                "questionId",
            ),
            (
                "an answered one",
                Some(Chair),
                json!({ "questionId": answered }),
                "QUESTION_SETTLED",
                "questionId",
            ),
        ];
        check(&app, mutation, cases).await;
    }
    for _ in 0..30 {
        for mutation in ["supportQuestion", "withdrawSupport"] {
            app.as_(Chair).mutate(mutation, input.clone()).await.id();
        }
    }
    let flood = vec![(
        "a flood",
        Some(Volunteer),
        input.clone(),
        "RATE_LIMITED",
        "",
    )];
    check(&app, "supportQuestion", flood).await;
    app.advance(TimeDelta::days(7));
    let late = vec![(
        "after the window",
        Some(Chair),
        input,
        "DIALOGUE_CLOSED",
        "",
    )];
    check(&app, "supportQuestion", late).await;
}

#[tokio::test]
async fn withdraw_question() {
    let app = TestApp::without_search().await;
    let round = round(&app).await;
    let input = json!({ "questionId": question(&app, &round).await });
    let answered = question(&app, &round).await;
    let answer = json!({ "questionId": answered, "text": english("Yes.") });
    app.as_(Editor).mutate("answerQuestion", answer).await.id();
    let leading = question(&app, &round).await;
    let same = question(&app, &round).await;
    let merge = json!({ "questionIds": [same], "intoId": leading });
    app.as_(Editor).mutate("mergeQuestions", merge).await.id();
    let cases = vec![
        (
            "one that others were merged into",
            Some(Clerk),
            json!({ "questionId": leading }),
            "QUESTION_SETTLED",
            "questionId",
        ),
        (
            "an answered one",
            Some(Clerk),
            json!({ "questionId": answered }),
            "QUESTION_SETTLED",
            "questionId",
        ),
        (
            "an ID of another kind",
            Some(Clerk),
            json!({ "questionId": round }),
            "NOT_FOUND",
            "questionId",
        ),
    ];
    check(&app, "withdrawQuestion", cases).await;
    app.as_(Clerk)
        .mutate("withdrawQuestion", input.clone())
        .await
        .id();
    let again = vec![(
        "again",
        Some(Clerk),
        input.clone(),
        "QUESTION_SETTLED",
        "questionId",
    )];
    check(&app, "withdrawQuestion", again).await;
    let answer = with(input, json!({ "text": english("Yes.") }));
    let gone = vec![(
        "a withdrawn one",
        Some(Editor),
        answer,
        "QUESTION_SETTLED",
        "questionId",
    )];
    check(&app, "answerQuestion", gone).await;
}

#[tokio::test]
async fn save_answer_draft() {
    let app = TestApp::without_search().await;
    let asked = question(&app, &round(&app).await).await;
    let input = json!({ "questionId": asked, "text": english("So"), "revision": 0 });
    let change = |changes| with(input.clone(), changes);
    let mut cases = unknown_question(&input);
    cases.extend([
        (
            "an empty draft",
            Some(Editor),
            change(json!({ "text": [] })),
            "REQUIRED",
            "text",
        ),
        (
            "an unseen revision",
            Some(Editor),
            change(json!({ "revision": 1 })),
            "CONFLICT",
            "revision",
        ),
    ]);
    check(&app, "saveAnswerDraft", cases).await;
    app.as_(Editor)
        .mutate("saveAnswerDraft", input.clone())
        .await
        .id();
    let outdated = vec![(
        "a second first",
        Some(Publisher),
        input,
        "CONFLICT",
        "revision",
    )];
    check(&app, "saveAnswerDraft", outdated).await;
}

#[tokio::test]
async fn answers_at_odds() {
    let app = TestApp::without_search().await;
    let round = round(&app).await;
    let input = json!({ "questionId": question(&app, &round).await, "text": english("Yes.") });
    let change = |changes| with(input.clone(), changes);
    let past = time(app.now() - TimeDelta::seconds(1));
    let cases = vec![
        (
            "an unseen revision",
            Some(Editor),
            change(json!({ "revision": 1 })),
            "CONFLICT",
            "revision",
        ),
        (
            "a release in the past",
            Some(Editor),
            change(json!({ "releaseAt": past })),
            "OUT_OF_RANGE",
            "releaseAt",
        ),
        (
            "a release in the year 9999",
            Some(Editor),
            change(json!({ "releaseAt": "9999-01-01T00:00:00Z" })),
            "OUT_OF_RANGE",
            "releaseAt",
        ),
        (
            "a control character",
            Some(Editor),
            change(json!({ "text": english("a\u{7}b") })),
            "FORBIDDEN_CHARACTER",
            "text",
        ),
    ];
    check(&app, "answerQuestion", cases).await;
    let first = change(json!({ "revision": 0 }));
    app.as_(Editor)
        .mutate("answerQuestion", first.clone())
        .await
        .id();
    let second = vec![(
        "a second first",
        Some(Publisher),
        first,
        "CONFLICT",
        "revision",
    )];
    check(&app, "answerQuestion", second).await;
}
