//! Moderation: merging, releasing, redacting and refusing questions.

use serde_json::{Value, json};
use torg::kernel::ids::QuestionId;

use super::{Case, check, with};
use crate::support::{
    app::TestApp,
    cast::Person::{Chair, Clerk, Editor, Opener, Publisher, Stranger},
    stage::{dialogue, english, moderated_dialogue, published, question, question_by},
};

/// Returns the case of an unknown question.
pub fn unknown_question(input: &Value) -> Vec<Case> {
    let missing = with(
        input.clone(),
        json!({ "questionId": QuestionId::new().to_global() }),
    );
    vec![(
        "no such question",
        Some(Editor),
        missing,
        "NOT_FOUND",
        "questionId",
    )]
}

#[tokio::test]
async fn merge_questions() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let round = dialogue(&app, &id).await;
    let [one, two, three] = [
        question(&app, &round).await,
        question(&app, &round).await,
        question(&app, &round).await,
    ];
    let elsewhere = question(&app, &dialogue(&app, &id).await).await;
    let merge =
        |questions: &[&str], into: &str| json!({ "questionIds": questions, "intoId": into });
    let input = merge(&[&one], &two);
    let missing = QuestionId::new().to_global();
    let cases = vec![
        (
            "no such question",
            Some(Editor),
            merge(&[&one], &missing),
            "NOT_FOUND",
            "intoId",
        ),
        (
            "none of the round",
            Some(Editor),
            merge(&[&elsewhere], &two),
            "NOT_FOUND",
            "questionIds",
        ),
        (
            "none at all",
            Some(Editor),
            merge(&[], &two),
            "REQUIRED",
            "questionIds",
        ),
        (
            "too many",
            Some(Editor),
            merge(&[one.as_str(); 101], &two),
            "TOO_LONG",
            "questionIds",
        ),
        (
            "twice the same",
            Some(Editor),
            merge(&[&one, &one], &two),
            "INVALID",
            "questionIds",
        ),
        (
            "into itself",
            Some(Editor),
            merge(&[&one, &two], &two),
            "INVALID",
            "questionIds",
        ),
    ];
    check(&app, "mergeQuestions", cases).await;
    app.as_(Editor)
        .mutate("mergeQuestions", input.clone())
        .await
        .id();
    let cases = vec![
        (
            "again",
            Some(Editor),
            input,
            "QUESTION_SETTLED",
            "questionIds",
        ),
        (
            "into a merged one",
            Some(Editor),
            merge(&[&three], &one),
            "QUESTION_SETTLED",
            "intoId",
        ),
        (
            "what others are merged into",
            Some(Editor),
            merge(&[&two], &three),
            "QUESTION_SETTLED",
            "questionIds",
        ),
    ];
    check(&app, "mergeQuestions", cases).await;
}

#[tokio::test]
async fn release_question() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let asked = question_by(&app, &moderated_dialogue(&app, &id).await, Chair).await;
    let input = json!({ "questionId": asked });
    // A client that may not read the question gets the answer for an unknown question.
    for mutation in [
        "releaseQuestion",
        "redactQuestion",
        "refuseQuestion",
        "answerQuestion",
        "saveAnswerDraft",
    ] {
        let input = match mutation {
            "releaseQuestion" => input.clone(),
            "saveAnswerDraft" => with(
                input.clone(),
                json!({ "text": english("x"), "revision": 0 }),
            ),
            "answerQuestion" => with(input.clone(), json!({ "text": english("x") })),
            "redactQuestion" => with(
                input.clone(),
                json!({ "text": "x", "reason": english("x") }),
            ),
            _ => with(input.clone(), json!({ "reason": english("x") })),
        };
        let unknown = ["NOT_FOUND", "questionId"];
        let cases = [Stranger, Clerk].map(|person| {
            (
                "unknown",
                Some(person),
                input.clone(),
                unknown[0],
                unknown[1],
            )
        });
        check(&app, mutation, cases.to_vec()).await;
        let cases =
            [Chair, Opener].map(|person| ("known", Some(person), input.clone(), "NOT_ALLOWED", ""));
        check(&app, mutation, cases.to_vec()).await;
    }
    for mutation in ["supportQuestion", "withdrawQuestion"] {
        let unknown = vec![(
            "unknown",
            Some(Clerk),
            input.clone(),
            "NOT_FOUND",
            "questionId",
        )];
        check(&app, mutation, unknown).await;
    }
    let answer = with(input.clone(), json!({ "text": english("Yes.") }));
    let unread = vec![(
        "unread",
        Some(Editor),
        answer,
        "QUESTION_NOT_RELEASED",
        "questionId",
    )];
    check(&app, "answerQuestion", unread).await;
    app.as_(Editor)
        .mutate("releaseQuestion", input.clone())
        .await
        .id();
    let again = vec![("again", Some(Editor), input, "ALREADY_DONE", "questionId")];
    check(&app, "releaseQuestion", again).await;
}

#[tokio::test]
async fn redact_and_refuse_question() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let round = dialogue(&app, &id).await;
    let asked = question(&app, &round).await;
    let redact = json!({ "questionId": asked, "text": "Who?", "reason": english("A name.") });
    let mut cases = unknown_question(&redact);
    cases.extend([
        (
            "no reason",
            Some(Editor),
            with(redact.clone(), json!({ "reason": [] })),
            "REQUIRED",
            "reason",
        ),
        (
            "no text",
            Some(Editor),
            with(redact.clone(), json!({ "text": " " })),
            "REQUIRED",
            "text",
        ),
        (
            "a long text",
            Some(Editor),
            with(redact.clone(), json!({ "text": "x".repeat(10_001) })),
            "TOO_LONG",
            "text",
        ),
    ]);
    check(&app, "redactQuestion", cases).await;
    let refuse = json!({ "questionId": asked, "reason": english("Not about this.") });
    let mut cases = unknown_question(&refuse);
    let without = with(refuse.clone(), json!({ "reason": [] }));
    cases.push(("no reason", Some(Editor), without, "REQUIRED", "reason"));
    check(&app, "refuseQuestion", cases).await;
    app.as_(Editor)
        .mutate("refuseQuestion", refuse.clone())
        .await
        .id();
    let again = vec![(
        "again",
        Some(Editor),
        refuse.clone(),
        "QUESTION_SETTLED",
        "questionId",
    )];
    check(&app, "refuseQuestion", again).await;
    let end = json!({ "procurementId": id, "phase": "CANCELLED", "reasonCode": "INS_FUND", "reason": english("There is no money.") });
    app.as_(Publisher).mutate("endProcurement", end).await.id();
    let ended = vec![("after the end", Some(Editor), refuse, "WRONG_PHASE", "")];
    check(&app, "refuseQuestion", ended).await;
    // A redaction is possible at any time, because it removes personal data.
    app.as_(Editor).mutate("redactQuestion", redact).await.id();
}
