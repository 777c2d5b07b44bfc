//! Questions and answers: held, merged, moderated, redacted, withdrawn, late, and concurrent.

use chrono::TimeDelta;
use futures::future::join_all;
use serde_json::{Value, json};

use super::{each, questions, read};
use crate::support::{
    app::TestApp,
    cast::{COMPANY, Person},
    stage::{dialogue, english, moderated_dialogue, published, question, question_by, time},
};

async fn done(app: &TestApp, person: Person, mutation: &str, input: Value) -> String {
    app.as_(person).mutate(mutation, input).await.id()
}

#[tokio::test]
async fn held_answers_appear_together_at_their_time() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let round = dialogue(&app, &id).await;
    let release = app.now() + TimeDelta::days(2);
    for text in ["One.", "Two."] {
        let asked = question(&app, &round).await;
        for hold in [release - TimeDelta::days(1), release] {
            // A held answer can be postponed and rewritten.
            let text = if hold == release {
                text
            } else {
                "A first thought."
            };
            let answer =
                json!({ "questionId": asked, "text": english(text), "releaseAt": time(hold) });
            done(&app, Person::Editor, "answerQuestion", answer).await;
        }
    }
    let later = app.now() + TimeDelta::days(1);
    app.advance(TimeDelta::days(1));
    assert!(app.now() > later);
    for reader in [
        None,
        Some(Person::Clerk),
        Some(Person::Chair),
        Some(Person::Stranger),
    ] {
        let found = read(&app, &id, reader).await.to_string();
        assert!(
            !found.contains("One.") && !found.contains("thought"),
            "{reader:?} reads {found}"
        );
        let found = questions(&app, &id, reader).await;
        assert_eq!(each(&found, "status"), ["OPEN", "OPEN"], "{reader:?}");
        assert_eq!(each(&found, "heldAnswer"), [Value::Null, Value::Null]);
    }
    let own = questions(&app, &id, Some(Person::Trainee)).await;
    assert_eq!(own[0]["heldAnswer"]["text"]["text"], "One.");
    let events = "select count(*) from dialogue_event where kind = 'ANSWER_PUBLISHED' and at <= $1";
    let public = async || -> i64 {
        let count = sqlx::query_scalar(events).bind(app.now());
        count.fetch_one(&app.database.pool).await.unwrap()
    };
    assert_eq!(public().await, 0);
    app.advance(TimeDelta::days(1));
    let found = questions(&app, &id, None).await;
    assert_eq!(found[0]["answer"]["text"]["text"], "One.");
    assert_eq!(found[1]["answer"]["text"]["text"], "Two.");
    assert_eq!(
        found[0]["answer"]["publishedAt"],
        found[1]["answer"]["publishedAt"]
    );
    assert_eq!(each(&found, "status"), ["ANSWERED", "ANSWERED"]);
    assert_eq!(found[0]["answers"].as_array().unwrap().len(), 1);
    assert_eq!(public().await, 2);
}

#[tokio::test]
async fn of_answers_given_at_once_one_is_first() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let round = dialogue(&app, &id).await;
    let asked = question(&app, &round).await;
    let answer = |number: usize, revision: Value| json!({ "questionId": asked, "text": english(&format!("Answer {number}.")), "revision": revision });
    let client = app.as_(Person::Editor);
    let firsts =
        join_all((0..6).map(|n| client.mutate("answerQuestion", answer(n, json!(0))))).await;
    let taken = firsts.iter().filter(|one| one.errors.is_empty()).count();
    assert_eq!(taken, 1);
    let conflicts = firsts
        .iter()
        .flat_map(|one| &one.errors)
        .filter(|error| error.code == "CONFLICT");
    assert_eq!(conflicts.count(), 5);
    let more =
        join_all((0..4).map(|n| client.mutate("answerQuestion", answer(n, Value::Null)))).await;
    assert!(more.iter().all(|one| one.errors.is_empty()));
    let found = questions(&app, &id, None).await;
    let revisions: Vec<i64> = found[0]["answers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|answer| answer["revision"].as_i64().unwrap())
        .collect();
    assert_eq!(revisions, [5, 4, 3, 2, 1]);
    let changed = sqlx::query("update answer set text = '{}'")
        .execute(&app.database.pool)
        .await;
    assert!(changed.unwrap_err().to_string().contains("append-only"));
}

#[tokio::test]
async fn a_draft_is_the_buyers_alone_until_it_is_published() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let asked = question(&app, &dialogue(&app, &id).await).await;
    let draft = json!({ "questionId": asked, "text": english("Unsaid so far."), "revision": 0 });
    done(&app, Person::Editor, "saveAnswerDraft", draft).await;
    for reader in [
        None,
        Some(Person::Clerk),
        Some(Person::Chair),
        Some(Person::Stranger),
        Some(Person::Nobody),
    ] {
        let found = read(&app, &id, reader).await.to_string();
        assert!(!found.contains("Unsaid"), "{reader:?}");
    }
    let own = questions(&app, &id, Some(Person::Trainee)).await;
    assert_eq!(own[0]["answerDraft"]["text"]["text"], "Unsaid so far.");
    let answer = json!({ "questionId": asked, "text": english("Said.") });
    done(&app, Person::Editor, "answerQuestion", answer).await;
    let own = questions(&app, &id, Some(Person::Trainee)).await;
    assert_eq!(own[0]["answerDraft"], Value::Null);
}

#[tokio::test]
async fn an_unreleased_question_is_read_by_asker_and_buyer() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let round = moderated_dialogue(&app, &id).await;
    let asked = question(&app, &round).await;
    let others = [
        None,
        Some(Person::Chair),
        Some(Person::Stranger),
        Some(Person::Nobody),
    ];
    for reader in others {
        let found = read(&app, &id, reader).await;
        assert_eq!(
            found["dialogues"][0]["questions"],
            json!({ "totalCount": 0, "nodes": [] }),
            "{reader:?}"
        );
    }
    for reader in [
        Person::Clerk,
        Person::Signatory,
        Person::Editor,
        Person::Trainee,
    ] {
        let found = questions(&app, &id, Some(reader)).await;
        assert_eq!(found.len(), 1, "{reader:?}");
        assert!(
            found[0]["text"].is_string() && found[0]["released"] == false,
            "{reader:?}"
        );
    }
    let told: i64 =
        sqlx::query_scalar("select count(*) from dialogue_event where kind = 'QUESTION_ASKED'")
            .fetch_one(&app.database.pool)
            .await
            .unwrap();
    assert_eq!(told, 0);
    let redact = json!({ "questionId": asked, "text": "How large are the rooms?", "reason": english("It named a person.") });
    done(&app, Person::Editor, "redactQuestion", redact).await;
    done(
        &app,
        Person::Editor,
        "releaseQuestion",
        json!({ "questionId": asked }),
    )
    .await;
    for reader in others
        .into_iter()
        .chain([Some(Person::Clerk), Some(Person::Editor)])
    {
        let found = questions(&app, &id, reader).await;
        assert_eq!(found[0]["text"], "How large are the rooms?", "{reader:?}");
        assert_eq!(
            found[0]["redaction"]["reason"]["text"],
            "It named a person."
        );
        // No client can read the original text.
        let all = read(&app, &id, reader).await.to_string();
        assert!(!all.contains("square metres"), "{reader:?}");
    }
}

#[tokio::test]
async fn duplicates_show_the_others_answer() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let round = dialogue(&app, &id).await;
    let (one, two) = (
        question(&app, &round).await,
        question_by(&app, &round, Person::Chair).await,
    );
    done(
        &app,
        Person::Editor,
        "mergeQuestions",
        json!({ "questionIds": [two], "intoId": one }),
    )
    .await;
    let answer = json!({ "questionId": one, "text": english("Sixty.") });
    done(&app, Person::Editor, "answerQuestion", answer).await;
    let found = questions(&app, &id, None).await;
    assert_eq!(each(&found, "status"), ["ANSWERED", "MERGED"]);
    assert_eq!(found[1]["answer"], found[0]["answer"]);
    assert_eq!(found[1]["mergedInto"]["number"], 1);
    assert!(found[1]["text"].is_string());
}

#[tokio::test]
async fn a_question_becomes_overdue_and_its_answer_late() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let round = dialogue(&app, &id).await;
    let (in_time, late) = (question(&app, &round).await, question(&app, &round).await);
    let answer = |id: &str| json!({ "questionId": id, "text": english("Sixty.") });
    done(&app, Person::Editor, "answerQuestion", answer(&in_time)).await;
    app.advance(TimeDelta::days(14));
    let found = questions(&app, &id, None).await;
    assert_eq!(each(&found, "status"), ["ANSWERED", "OVERDUE"]);
    done(&app, Person::Editor, "answerQuestion", answer(&late)).await;
    // A revision after the deadline does not make the answer late.
    done(&app, Person::Editor, "answerQuestion", answer(&in_time)).await;
    let found = questions(&app, &id, None).await;
    assert_eq!(each(&found, "status"), ["ANSWERED", "ANSWERED"]);
    assert_eq!(
        (&found[0]["answer"]["late"], &found[1]["answer"]["late"]),
        (&json!(false), &json!(true))
    );
}

#[tokio::test]
async fn support_is_counted_once_per_organisation_anonymously() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let asked = question(&app, &dialogue(&app, &id).await).await;
    let input = json!({ "questionId": asked });
    for person in [Person::Chair, Person::Volunteer, Person::Chair] {
        done(&app, person, "supportQuestion", input.clone()).await;
    }
    let found = questions(&app, &id, None).await;
    assert_eq!(
        (&found[0]["supportCount"], &found[0]["supported"]),
        (&json!(1), &json!(false))
    );
    let own = questions(&app, &id, Some(Person::Volunteer)).await;
    assert_eq!(own[0]["supported"], true);
    for reader in [None, Some(Person::Editor), Some(Person::Clerk)] {
        let all = read(&app, &id, reader).await.to_string();
        let supporter = app.organisations.nonprofit.to_global();
        assert!(
            !all.contains(&supporter) && !all.contains(crate::support::cast::NONPROFIT),
            "{reader:?}"
        );
    }
    done(&app, Person::Chair, "withdrawSupport", input).await;
    assert_eq!(questions(&app, &id, None).await[0]["supportCount"], 0);
    // It takes no number in the round, because a gap would reveal its asker.
    let numbers: i64 = sqlx::query_scalar("select count(*) from dialogue_participant")
        .fetch_one(&app.database.pool)
        .await
        .unwrap();
    assert_eq!(numbers, 1);
}

#[tokio::test]
async fn an_asker_is_named_by_choice_in_that_round_only() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let (round, other) = (dialogue(&app, &id).await, dialogue(&app, &id).await);
    question_by(&app, &round, Person::Chair).await;
    question(&app, &round).await;
    question(&app, &round).await;
    question(&app, &other).await;
    let found = questions(&app, &id, Some(Person::Editor)).await;
    let labels: Vec<&str> = found
        .iter()
        .map(|one| one["asker"]["label"].as_str().unwrap())
        .collect();
    assert_eq!(labels, ["Supplier"; 3], "nothing links the last two");
    done(
        &app,
        Person::Clerk,
        "discloseAsker",
        json!({ "dialogueId": round }),
    )
    .await;
    question(&app, &round).await;
    for reader in [None, Some(Person::Editor), Some(Person::Chair)] {
        let found = read(&app, &id, reader).await;
        let name = |round: usize, question: usize| {
            found["dialogues"][round]["questions"]["nodes"][question]["asker"]["organisation"]["name"].clone()
        };
        assert_eq!(name(0, 0), Value::Null, "{reader:?}");
        for question in 1..4 {
            assert_eq!(name(0, question), COMPANY, "{reader:?}");
            let asked = &found["dialogues"][0]["questions"]["nodes"][question];
            assert_eq!(asked["asker"]["label"], "Supplier 1", "{reader:?}");
        }
        assert_eq!(name(1, 0), Value::Null, "{reader:?}");
    }
}

/// The number of a named asker is its place among the named askers, so that it does not tell how
/// many organisations asked the unnamed questions before.
#[tokio::test]
async fn a_named_asker_does_not_link_the_unnamed_questions() {
    let app = TestApp::without_search().await;
    let mut seen = Vec::new();
    for others in [
        [Person::Chair, Person::Chair],
        [Person::Chair, Person::Volunteer],
        [Person::Clerk, Person::Chair],
    ] {
        let id = published(&app, "UPCOMING").await;
        let round = dialogue(&app, &id).await;
        for asker in others {
            question_by(&app, &round, asker).await;
        }
        let last = if others[0] == Person::Clerk {
            Person::Chair
        } else {
            Person::Clerk
        };
        question_by(&app, &round, last).await;
        done(&app, last, "discloseAsker", json!({ "dialogueId": round })).await;
        let found = questions(&app, &id, None).await;
        seen.push(found[2]["asker"]["number"].clone());
        if last == Person::Clerk {
            done(
                &app,
                Person::Chair,
                "discloseAsker",
                json!({ "dialogueId": round }),
            )
            .await;
            let found = questions(&app, &id, None).await;
            assert_eq!(found[0]["asker"]["number"], 2);
            assert_eq!(found[2]["asker"]["number"], 1);
        }
        let query = "query($id: ID!) { procurement(id: $id) { dialogues {
            questions(first: 3) { nodes { asker { label } } } } } }";
        let body = json!({ "query": query, "variables": { "id": id } });
        let request = app.post().header("Accept-Language", "sv").json(&body);
        let body: Value = request.send().await.unwrap().json().await.unwrap();
        let nodes = &body["data"]["procurement"]["dialogues"][0]["questions"]["nodes"];
        assert_eq!(nodes[2]["asker"]["label"], "Leverantör 1");
    }
    assert_eq!(seen, [json!(1), json!(1), json!(1)]);
}

#[tokio::test]
async fn a_withdrawn_question_stays_without_its_text() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let round = dialogue(&app, &id).await;
    let asked = question(&app, &round).await;
    let follow_up = json!({ "dialogueId": round, "aboutQuestionId": asked, "text": "And the halls?", "language": "en" });
    done(&app, Person::Chair, "askQuestion", follow_up).await;
    let before = questions(&app, &id, None).await;
    assert_eq!(before[1]["about"]["text"], before[0]["text"]);
    done(
        &app,
        Person::Clerk,
        "withdrawQuestion",
        json!({ "questionId": asked }),
    )
    .await;
    for reader in [
        None,
        Some(Person::Clerk),
        Some(Person::Editor),
        Some(Person::Chair),
    ] {
        let found = questions(&app, &id, reader).await;
        assert_eq!(each(&found, "status"), ["WITHDRAWN", "OPEN"], "{reader:?}");
        assert_eq!(
            (&found[0]["text"], &found[1]["about"]["text"]),
            (&Value::Null, &Value::Null),
            "{reader:?}"
        );
        assert_eq!(found[1]["about"]["number"], 1);
    }
}

#[tokio::test]
async fn a_refused_question_says_why_and_may_still_be_answered() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let asked = question(&app, &dialogue(&app, &id).await).await;
    let refuse = json!({ "questionId": asked, "reason": english("It is about another contract.") });
    done(&app, Person::Editor, "refuseQuestion", refuse).await;
    let found = questions(&app, &id, None).await;
    assert_eq!(found[0]["status"], "REFUSED");
    assert_eq!(
        found[0]["refusal"]["reason"]["text"],
        "It is about another contract."
    );
    let answer = json!({ "questionId": asked, "text": english("Sixty, after all.") });
    done(&app, Person::Editor, "answerQuestion", answer).await;
    assert_eq!(questions(&app, &id, None).await[0]["status"], "ANSWERED");
}
