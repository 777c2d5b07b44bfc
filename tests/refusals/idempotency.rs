//! A repeated request with the same key and input returns the first answer and changes nothing.

use chrono::TimeDelta;
use futures::future::join_all;
use serde_json::{Value, json};
use torg::kernel::ids::{ApiKeyId, DialogueId};

use super::{check, contribution, with};
use crate::organisation::api_keys;
use crate::support::{
    app::TestApp,
    cast::Person::{self, Chair, Clerk, Editor, Nobody, Opener, Publisher, Signatory},
    stage::{
        LOT, OTHER_LOT, TENDERING, award_input, content, dialogue, dialogue_input, english,
        moderated_dialogue, offer, opened, published, question, tender, tender_input, time,
    },
};

/// Returns the number of rows of each table.
async fn rows(app: &TestApp) -> Vec<i64> {
    let mut counts = Vec::new();
    for table in [
        "procurement",
        "notice",
        "dialogue",
        "question",
        "answer",
        "answer_draft",
        "asker_disclosure",
        "dialogue_event",
        "dialogue_extension",
        "question_merge",
        "question_redaction",
        "question_refusal",
        "question_release",
        "question_withdrawal",
        "questionnaire",
        "contribution",
        "contribution_draft",
        "contribution_withdrawal",
        "contribution_publication",
        "tender",
        "opening",
        "award",
        "audit",
        "organisation",
        "membership",
        "nonprofit_status",
        "invitation",
        "api_key",
        "joint_bid_interest",
    ] {
        let count = sqlx::AssertSqlSafe(format!("select count(*) from {table}"));
        counts.push(
            sqlx::query_scalar(count)
                .fetch_one(&app.database.pool)
                .await
                .unwrap(),
        );
    }
    counts
}

/// Returns requests of mutations with a key: the mutation, a permitted person, an input, and a changed
/// input. All mutations are replayed by the same code (`database::run`).
async fn requests(app: &TestApp) -> Vec<(&'static str, Person, Value, Value)> {
    let (awaiting, sent) = opened(app).await;
    let upcoming = published(app, "UPCOMING").await;
    let round = dialogue(app, &upcoming).await;
    let asked = question(app, &round).await;
    let open_for_change = published(app, "UPCOMING").await;
    let tendering = published(app, "TENDERING").await;
    let to_withdraw = tender(app, &tendering).await;
    let create = json!({ "content": content(app) });
    let update =
        json!({ "procurementId": open_for_change, "revision": 2, "content": content(app) });
    let publish =
        json!({ "procurementId": published(app, "UPCOMING").await, "phase": "TENDERING" });
    let end = json!({ "procurementId": published(app, "UPCOMING").await, "phase": "CANCELLED", "reasonCode": "INS_FUND", "reason": english("Money.") });
    let open_dialogue = dialogue_input(app, &upcoming);
    let ask = json!({ "dialogueId": round, "text": "When?", "language": "en" });
    let answer = json!({ "questionId": asked, "text": english("Soon.") });
    let later = time(app.now() + TimeDelta::days(20));
    let extend = json!({ "dialogueId": round, "closesAt": later, "reason": english("Holidays.") });
    let mut others = Vec::new();
    for _ in 0..3 {
        others.push(question(app, &round).await);
    }
    let hidden = question(app, &moderated_dialogue(app, &upcoming).await).await;
    let draft = json!({ "questionId": others[0], "text": english("So"), "revision": 0 });
    let refuse = json!({ "questionId": others[0], "reason": english("Not about this.") });
    let redact = json!({ "questionId": others[0], "text": "Who?", "reason": english("A name.") });
    let submit = tender_input(&tendering);
    let award = award_input(&awaiting, &sent, LOT);
    let invite = json!({ "organisationId": app.organisations.nonprofit.to_global(), "roles": ["CONTRIBUTOR"] });
    let nonprofit = app.organisations.nonprofit.to_global();
    let key = api_keys::input(app, &nonprofit, &["SIGNATORY"], &["DIALOGUE"]);
    let to_revoke = app
        .as_(Chair)
        .mutate("createApiKey", key.clone())
        .await
        .id();
    let interest = json!({ "procurementId": upcoming, "wish": "OFFERING_PARTNERSHIP", "text": english("We drive.") });
    let changed = |input: &Value, changes: Value| with(input.clone(), changes);
    let mut requests = contribution::requests(app).await;
    requests.extend([
        (
            "createProcurement",
            Editor,
            create.clone(),
            json!({ "content": with(create["content"].clone(), json!({ "cpv": [] })) }),
        ),
        (
            "updateProcurement",
            Editor,
            update.clone(),
            changed(&update, json!({ "revision": 9 })),
        ),
        (
            "publishNotice",
            Publisher,
            publish.clone(),
            changed(&publish, json!({ "phase": "UPCOMING" })),
        ),
        (
            "endProcurement",
            Publisher,
            end.clone(),
            changed(&end, json!({ "reason": english("Time.") })),
        ),
        (
            "openDialogue",
            Editor,
            open_dialogue.clone(),
            changed(&open_dialogue, json!({ "kind": "RFI" })),
        ),
        (
            "askQuestion",
            Clerk,
            ask.clone(),
            changed(&ask, json!({ "text": "Where?" })),
        ),
        (
            "answerQuestion",
            Editor,
            answer.clone(),
            changed(&answer, json!({ "text": english("Late.") })),
        ),
        (
            "extendDialogue",
            Editor,
            extend.clone(),
            changed(&extend, json!({ "reason": english("Easter.") })),
        ),
        (
            "discloseAsker",
            Clerk,
            json!({ "dialogueId": round }),
            json!({ "dialogueId": DialogueId::new().to_global() }),
        ),
        (
            "saveAnswerDraft",
            Editor,
            draft.clone(),
            changed(&draft, json!({ "revision": 7 })),
        ),
        (
            "refuseQuestion",
            Editor,
            refuse.clone(),
            changed(&refuse, json!({ "reason": english("No.") })),
        ),
        (
            "redactQuestion",
            Editor,
            redact.clone(),
            changed(&redact, json!({ "text": "How?" })),
        ),
        (
            "mergeQuestions",
            Editor,
            json!({ "questionIds": [others[1]], "intoId": asked }),
            json!({ "questionIds": [others[2]], "intoId": asked }),
        ),
        (
            "withdrawQuestion",
            Clerk,
            json!({ "questionId": others[2] }),
            json!({ "questionId": asked }),
        ),
        (
            "releaseQuestion",
            Editor,
            json!({ "questionId": hidden }),
            json!({ "questionId": asked }),
        ),
        (
            "submitTender",
            Signatory,
            submit.clone(),
            changed(
                &submit,
                json!({ "offer": offer(&[LOT, OTHER_LOT], "440000.00") }),
            ),
        ),
        (
            "withdrawTender",
            Signatory,
            json!({ "tenderId": to_withdraw }),
            json!({ "tenderId": sent }),
        ),
        (
            "createOrganisation",
            Nobody,
            json!({ "kind": "COMPANY", "profile": { "name": "A name" } }),
            json!({ "kind": "COMPANY", "profile": { "name": "Another" } }),
        ),
        (
            "declareNonprofit",
            Chair,
            json!({ "organisationId": app.organisations.nonprofit.to_global() }),
            json!({ "organisationId": app.organisations.company.to_global() }),
        ),
        (
            "inviteMember",
            Chair,
            invite.clone(),
            changed(&invite, json!({ "note": "Another." })),
        ),
        (
            "createApiKey",
            Chair,
            key.clone(),
            changed(&key, json!({ "scopes": ["TENDER"] })),
        ),
        (
            "revokeApiKey",
            Chair,
            json!({ "apiKeyId": to_revoke }),
            json!({ "apiKeyId": ApiKeyId::new().to_global() }),
        ),
        (
            "declareJointBidInterest",
            Clerk,
            interest.clone(),
            changed(&interest, json!({ "text": english("We walk.") })),
        ),
        (
            "decideAward",
            Publisher,
            award.clone(),
            changed(&award, json!({ "reason": english("Cheap.") })),
        ),
    ]);
    requests
}

#[tokio::test]
async fn a_repeated_request_answers_as_the_first_and_changes_nothing() {
    let app = TestApp::without_search().await;
    for (mutation, person, input, other) in requests(&app).await {
        let key = json!({ "idempotencyKey": format!("key-of-{mutation}") });
        let first = app
            .as_(person)
            .mutate(mutation, with(input.clone(), key.clone()))
            .await
            .id();
        let before = rows(&app).await;
        let again = app
            .as_(person)
            .mutate(mutation, with(input, key.clone()))
            .await
            .id();
        assert_eq!(first, again, "{mutation}");
        let reused = with(other, key);
        let case = (
            "a key with another input",
            Some(person),
            reused,
            "IDEMPOTENCY_KEY_REUSED",
            "idempotencyKey",
        );
        check(&app, mutation, vec![case]).await;
        assert_eq!(rows(&app).await, before, "{mutation}");
    }
}

#[tokio::test]
async fn the_opening_is_requested_once_for_one_key() {
    let app = TestApp::without_search().await;
    let id = published(&app, "TENDERING").await;
    app.advance(TENDERING);
    let input = json!({ "procurementId": id, "idempotencyKey": "open-once" });
    let first = app
        .as_(Opener)
        .mutate("openTenders", input.clone())
        .await
        .id();
    let before = rows(&app).await;
    assert_eq!(
        app.as_(Opener).mutate("openTenders", input).await.id(),
        first
    );
    assert_eq!(rows(&app).await, before);
}

#[tokio::test]
async fn the_same_request_sent_at_once_is_done_once() {
    let app = TestApp::without_search().await;
    let id = published(&app, "TENDERING").await;
    let input = with(
        tender_input(&id),
        json!({ "idempotencyKey": "all-at-once" }),
    );
    let client = app.as_(Signatory);
    let answers = join_all((0..6).map(|_| client.mutate("submitTender", input.clone()))).await;
    let ids: Vec<String> = answers.into_iter().map(|answer| answer.id()).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    let tenders: i64 = sqlx::query_scalar("select count(*) from tender")
        .fetch_one(&app.database.pool)
        .await
        .unwrap();
    assert_eq!(tenders, 1);
}

#[tokio::test]
async fn a_key_belongs_to_one_person_and_one_mutation() {
    let app = TestApp::without_search().await;
    let input = json!({ "content": content(&app), "idempotencyKey": "shared" });
    let of_editor = app
        .as_(Editor)
        .mutate("createProcurement", input.clone())
        .await
        .id();
    let of_publisher = app
        .as_(Publisher)
        .mutate("createProcurement", input)
        .await
        .id();
    assert_ne!(of_editor, of_publisher);
    let publish =
        json!({ "procurementId": of_publisher, "phase": "UPCOMING", "idempotencyKey": "shared" });
    assert_eq!(
        app.as_(Publisher)
            .mutate("publishNotice", publish)
            .await
            .id(),
        of_publisher
    );
}

/// A refused request does not use its key: after a correction the same key is accepted.
#[tokio::test]
async fn a_refusal_does_not_use_up_the_key() {
    let app = TestApp::without_search().await;
    let id = published(&app, "TENDERING").await;
    let good = with(tender_input(&id), json!({ "idempotencyKey": "try-again" }));
    let offer = with(good["offer"].clone(), json!({ "text": "" }));
    let bad = with(good.clone(), json!({ "offer": offer }));
    check(
        &app,
        "submitTender",
        vec![(
            "an empty offer",
            Some(Signatory),
            bad,
            "REQUIRED",
            "offer.text",
        )],
    )
    .await;
    app.as_(Signatory).mutate("submitTender", good).await.id();
}
