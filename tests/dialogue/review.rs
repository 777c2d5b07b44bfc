//! Draft reviews: comments on places of a document, threads, and dispositions.

use chrono::TimeDelta;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{client, each, questions, read};
use crate::{
    documents::{attachment, document, download},
    support::{
        app::{TestApp, eventually},
        cast::Person,
        rounds::{comment, comment_input, market_round, meeting, review_round},
        stage::{content_with, dialogue_input, english, published, time},
        statements::statements_of,
    },
};

async fn act(app: &TestApp, person: Person, mutation: &str, input: Value) -> String {
    app.as_(person).mutate(mutation, input).await.id()
}

/// Query with the comments on a document, each with its thread.
const BESIDE: &str = "query($id: ID!, $document: ID) { procurement(id: $id) { dialogues {
    dispositions { accepted partlyAccepted rejected }
    questions(first: 100, documentId: $document) { totalCount nodes {
        id text anchor { document { id } page section quote }
        followUps(first: 2) { totalCount nodes { text about { id } } pageInfo { hasNextPage endCursor } }
    } }
} } }";

async fn beside(app: &TestApp, id: &str, document: &str) -> Value {
    let variables = json!({ "id": id, "document": document });
    let mut data = app.anonymous().ask(BESIDE, variables).await;
    data["procurement"]["dialogues"][0].take()
}

/// Answers a comment with a disposition, public at a time or immediately.
fn answer(comment: &str, disposition: &str, release_at: Option<String>) -> Value {
    let text = english(disposition);
    json!({ "questionId": comment, "text": text, "disposition": disposition, "releaseAt": release_at })
}

#[tokio::test]
async fn comments_are_listed_with_their_document_in_threads() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let (round, draft) = review_round(&app, &id).await;
    let later = document(&app.as_(Person::Editor)).await;
    let add =
        json!({ "dialogueId": round, "documentIds": [later], "reason": english("A new draft.") });
    act(&app, Person::Editor, "addDialogueDocuments", add).await;
    let first = comment(&app, Person::Clerk, comment_input(&round, &draft, "Why?")).await;
    let other = comment_input(&round, &later, "Why still?");
    comment(&app, Person::Chair, other).await;
    for text in ["Indeed.", "And how?", "By whom?"] {
        let reply = json!({ "dialogueId": round, "aboutQuestionId": first, "text": text, "language": "en" });
        comment(&app, Person::Chair, reply).await;
    }
    let found = beside(&app, &id, &draft).await;
    assert_eq!(found["questions"]["totalCount"], 1);
    let read = &found["questions"]["nodes"][0];
    assert_eq!(read["id"], first.as_str());
    let anchor =
        json!({ "document": { "id": draft }, "page": 3, "section": "2.1", "quote": "every day" });
    assert_eq!(read["anchor"], anchor);
    let thread = &read["followUps"];
    assert_eq!(thread["totalCount"], 3);
    assert_eq!(thread["pageInfo"]["hasNextPage"], true);
    let nodes = thread["nodes"].as_array().unwrap();
    assert_eq!(each(nodes, "text"), ["Indeed.", "And how?"]);
    assert_eq!(nodes[1]["about"]["id"], first.as_str());
    let next = "query($id: ID!, $after: String!) { procurement(id: $id) { dialogues { questions(first: 1) { nodes {
        followUps(first: 2, after: $after) { nodes { text } pageInfo { hasNextPage } } } } } } }";
    let variables = json!({ "id": id, "after": thread["pageInfo"]["endCursor"] });
    let data = app.anonymous().ask(next, variables).await;
    let rest = &data["procurement"]["dialogues"][0]["questions"]["nodes"][0]["followUps"];
    assert_eq!(rest["nodes"], json!([{ "text": "By whom?" }]));
    assert_eq!(rest["pageInfo"]["hasNextPage"], false);
    let nonsense = beside(&app, &id, "nonsense").await;
    assert_eq!(nonsense["questions"]["totalCount"], 0);
}

#[tokio::test]
async fn a_rounds_documents_are_everyones_from_its_opening_on() {
    let app = TestApp::start().await;
    let id = published(&app, "UPCOMING").await;
    let follow = json!({ "procurementId": id });
    act(&app, Person::Chair, "followProcurement", follow).await;
    let [first, second] = [
        document(&app.as_(Person::Editor)).await,
        document(&app.as_(Person::Editor)).await,
    ];
    let mut input = dialogue_input(&app, &id);
    input["kind"] = json!("DRAFT_REVIEW");
    input["opensAt"] = json!(time(app.now() + TimeDelta::hours(1)));
    input["documentIds"] = json!([first]);
    let round = act(&app, Person::Editor, "openDialogue", input).await;
    let seen = async |person: Option<Person>, file: &str| {
        let listed = read(&app, &id, person).await["dialogues"][0]["documents"].to_string();
        let status = download(&client(&app, person), file).await.status();
        (listed.contains(file), status == StatusCode::OK)
    };
    for (person, may) in [
        (Some(Person::Trainee), true),
        (Some(Person::Clerk), false),
        (None, false),
    ] {
        assert_eq!(seen(person, &first).await, (may, may), "{person:?}");
    }
    app.advance(TimeDelta::hours(1));
    assert_eq!(seen(None, &first).await, (true, true));
    let add =
        json!({ "dialogueId": round, "documentIds": [second], "reason": english("A new draft.") });
    act(&app, Person::Editor, "addDialogueDocuments", add).await;
    let found = read(&app, &id, None).await;
    let documents = found["dialogues"][0]["documents"].as_array().unwrap();
    assert_eq!(
        each(documents, "reason"),
        [Value::Null, json!({ "text": "A new draft." })]
    );
    assert_eq!(seen(None, &second).await, (true, true));
    // The first document is still stored and readable.
    assert_eq!(seen(None, &first).await, (true, true));
    assert_eq!(
        found["timeline"]["nodes"][0]["kind"],
        "DIALOGUE_DOCUMENTS_ADDED"
    );
    assert_eq!(found["timeline"]["nodes"][0]["subjectId"], round.as_str());
    let told = "{ viewer { notifications { nodes { event } } } }";
    eventually("the follower is told", async || {
        let data = app.as_(Person::Chair).ask(told, json!({})).await;
        let told = data["viewer"]
            .to_string()
            .contains("DIALOGUE_DOCUMENTS_ADDED");
        told.then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_place_in_the_notices_attachment_in_force_is_a_place_too() {
    let app = TestApp::without_search().await;
    let editor = app.as_(Person::Editor);
    let file = document(&editor).await;
    let content = content_with(&app, json!({ "attachments": [attachment("DOC-1", &file)] }));
    let id = act(
        &app,
        Person::Editor,
        "createProcurement",
        json!({ "content": content }),
    )
    .await;
    let publish = json!({ "procurementId": id, "phase": "UPCOMING" });
    act(&app, Person::Publisher, "publishNotice", publish).await;
    let round = act(
        &app,
        Person::Editor,
        "openDialogue",
        dialogue_input(&app, &id),
    )
    .await;
    let asked = comment(&app, Person::Clerk, comment_input(&round, &file, "Why?")).await;
    let found = questions(&app, &id, None).await;
    assert_eq!(found[0]["id"], asked.as_str());
    assert_eq!(found[0]["anchor"]["document"]["id"], file.as_str());
}

#[tokio::test]
async fn the_same_words_about_two_places_are_two_comments() {
    let app = TestApp::without_search().await;
    let (round, draft) = review_round(&app, &published(&app, "UPCOMING").await).await;
    let here = comment_input(&round, &draft, "Unclear.");
    let mut there = here.clone();
    there["anchor"]["page"] = json!(4);
    comment(&app, Person::Clerk, here.clone()).await;
    comment(&app, Person::Clerk, there).await;
    let again = app.as_(Person::Clerk).mutate("askQuestion", here).await;
    assert_eq!(again.errors[0].code, "DUPLICATE_QUESTION");
}

#[tokio::test]
async fn a_redaction_hides_the_anchors_text() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let (round, draft) = review_round(&app, &id).await;
    let asked = comment(
        &app,
        Person::Clerk,
        comment_input(&round, &draft, "We of Kvast say no."),
    )
    .await;
    let redact = json!({ "questionId": asked, "text": "No.", "reason": english("A name.") });
    act(&app, Person::Editor, "redactQuestion", redact).await;
    for (person, words) in [
        (Some(Person::Clerk), json!([null, null])),
        (Some(Person::Editor), json!([null, null])),
        (Some(Person::Chair), json!([null, null])),
        (None, json!([null, null])),
    ] {
        let found = questions(&app, &id, person).await;
        let anchor = &found[0]["anchor"];
        assert_eq!(
            json!([anchor["section"], anchor["quote"]]),
            words,
            "{person:?}"
        );
        assert_eq!(anchor["page"], 3, "{person:?}");
        assert_eq!(anchor["document"]["id"], draft.as_str(), "{person:?}");
    }
    let mine = comment(&app, Person::Clerk, comment_input(&round, &draft, "Why?")).await;
    act(
        &app,
        Person::Clerk,
        "withdrawQuestion",
        json!({ "questionId": mine }),
    )
    .await;
    for person in [Some(Person::Clerk), Some(Person::Editor), None] {
        let found = questions(&app, &id, person).await;
        assert_eq!(found[1]["anchor"]["quote"], Value::Null, "{person:?}");
    }
}

#[tokio::test]
async fn an_unreleased_comment_is_in_no_other_readers_thread() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let draft = document(&app.as_(Person::Editor)).await;
    let mut input = dialogue_input(&app, &id);
    input["kind"] = json!("DRAFT_REVIEW");
    input["moderated"] = json!(true);
    input["documentIds"] = json!([draft]);
    let round = act(&app, Person::Editor, "openDialogue", input).await;
    let root = comment(&app, Person::Chair, comment_input(&round, &draft, "Why?")).await;
    act(
        &app,
        Person::Editor,
        "releaseQuestion",
        json!({ "questionId": root }),
    )
    .await;
    let mut reply = comment_input(&round, &draft, "Because.");
    reply["aboutQuestionId"] = json!(root);
    let hidden = comment(&app, Person::Clerk, reply).await;
    let seen = async |person: Option<Person>| {
        let variables = json!({ "id": id, "document": draft });
        let data = client(&app, person).ask(BESIDE, variables).await;
        let questions = &data["procurement"]["dialogues"][0]["questions"];
        let thread = &questions["nodes"][0]["followUps"];
        let count = thread["nodes"].as_array().unwrap().len();
        assert_eq!(thread["totalCount"], count, "{person:?}");
        (questions["totalCount"].as_i64().unwrap(), count)
    };
    for (person, expected) in [
        (Some(Person::Clerk), (2, 1)),
        (Some(Person::Editor), (2, 1)),
        (Some(Person::Chair), (1, 0)),
        (None, (1, 0)),
    ] {
        assert_eq!(seen(person).await, expected, "{person:?}");
    }
    // A refused comment is public without its asker's text.
    let refuse = json!({ "questionId": hidden, "reason": english("Not about this.") });
    act(&app, Person::Editor, "refuseQuestion", refuse).await;
    assert_eq!(seen(None).await, (2, 1));
    let found = questions(&app, &id, None).await;
    assert_eq!(
        (&found[1]["text"], &found[1]["anchor"]["quote"]),
        (&Value::Null, &Value::Null)
    );
}

#[tokio::test]
async fn each_answer_keeps_its_disposition_and_a_held_one_waits() {
    let app = TestApp::without_search().await;
    let id = published(&app, "UPCOMING").await;
    let (round, draft) = review_round(&app, &id).await;
    let mut comments = Vec::new();
    for text in ["One.", "Two.", "Three."] {
        comments.push(comment(&app, Person::Clerk, comment_input(&round, &draft, text)).await);
    }
    let drafted = json!({ "questionId": comments[0], "text": english("So"), "revision": 0, "disposition": "ACCEPTED" });
    act(&app, Person::Editor, "saveAnswerDraft", drafted).await;
    let found = questions(&app, &id, Some(Person::Trainee)).await;
    assert_eq!(found[0]["answerDraft"]["disposition"], "ACCEPTED");
    let release = time(app.now() + TimeDelta::hours(1));
    for input in [
        answer(&comments[0], "REJECTED", None),
        answer(&comments[0], "PARTLY_ACCEPTED", None),
        answer(&comments[1], "REJECTED", None),
        answer(&comments[2], "REJECTED", Some(release.clone())),
        answer(&comments[2], "ACCEPTED", Some(release)),
    ] {
        act(&app, Person::Editor, "answerQuestion", input).await;
    }
    let counted = async || beside(&app, &id, &draft).await["dispositions"].clone();
    let counts = |accepted, partly, rejected| json!({ "accepted": accepted, "partlyAccepted": partly, "rejected": rejected });
    assert_eq!(counted().await, counts(0, 1, 1));
    let found = questions(&app, &id, None).await;
    let revised = found[0]["answers"].as_array().unwrap();
    assert_eq!(
        each(revised, "disposition"),
        ["PARTLY_ACCEPTED", "REJECTED"]
    );
    assert_eq!(
        (&found[2]["answer"], &found[2]["heldAnswer"]),
        (&Value::Null, &Value::Null)
    );
    let held = questions(&app, &id, Some(Person::Editor)).await;
    assert_eq!(held[2]["heldAnswer"]["disposition"], "ACCEPTED");
    app.advance(TimeDelta::hours(1));
    assert_eq!(counted().await, counts(1, 1, 1));
    // A duplicate is counted once.
    let twin = comment(&app, Person::Chair, comment_input(&round, &draft, "One!")).await;
    let merge = json!({ "questionIds": [twin], "intoId": comments[0] });
    act(&app, Person::Editor, "mergeQuestions", merge).await;
    assert_eq!(counted().await, counts(1, 1, 1));
    assert_eq!(
        questions(&app, &id, None).await[3]["answer"]["disposition"],
        "PARTLY_ACCEPTED"
    );
}

#[tokio::test]
async fn the_database_keeps_anchors_and_documents_as_they_were() {
    let app = TestApp::without_search().await;
    let (round, draft) = review_round(&app, &published(&app, "UPCOMING").await).await;
    comment(&app, Person::Clerk, comment_input(&round, &draft, "Why?")).await;
    for statement in [
        "update question_anchor set page = 9",
        "delete from question_anchor",
        "delete from dialogue_document",
        "update dialogue_document set position = 7",
    ] {
        let done = sqlx::query(statement).execute(&app.database.pool).await;
        let refused = done
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default();
        assert!(refused.contains("append-only"), "{statement}: {refused}");
    }
}

/// Query with comments, threads, answers and dispositions of a document, and the meetings of a
/// round.
const PAGE: &str = "query($id: ID!) { procurement(id: $id) { dialogues {
    documents { document { fileName url } reason { text } } dispositions { accepted }
    questions(first: 30) { totalCount nodes { text anchor { document { fileName } page quote }
        followUps(first: 5) { totalCount nodes { text asker { label } anchor { page } answer { disposition } } }
        answers { disposition } heldAnswer { disposition } answerDraft { disposition } } }
    meetings { link seatsLeft versions { revision } ownRegistration { attendees }
        registrations(first: 5) { totalCount nodes { organisation { name } } }
        minutes { revision attachments { fileName } } }
} } }";

#[tokio::test]
async fn review_statements_do_not_depend_on_comments() {
    let app = TestApp::without_workers().await;
    let mut costs = Vec::new();
    for count in [1, 15] {
        let id = published(&app, "UPCOMING").await;
        let (round, draft) = review_round(&app, &id).await;
        let market = market_round(&app, &id).await;
        for number in 0..count {
            let input = comment_input(&round, &draft, &format!("Why {number}?"));
            let about = comment(&app, Person::Clerk, input).await;
            let reply = json!({ "dialogueId": round, "aboutQuestionId": about, "text": "Yes.", "language": "en" });
            let replied = comment(&app, Person::Chair, reply).await;
            for comment in [&about, &replied] {
                act(
                    &app,
                    Person::Editor,
                    "answerQuestion",
                    answer(comment, "ACCEPTED", None),
                )
                .await;
            }
            let met = meeting(&app, &market).await;
            let come = json!({ "meetingId": met, "attendees": 1 });
            act(&app, Person::Clerk, "registerForMeeting", come).await;
        }
        app.advance(TimeDelta::days(2));
        let met = app.anonymous().ask(MET, json!({ "id": id })).await;
        for one in met["procurement"]["dialogues"][1]["meetings"]
            .as_array()
            .unwrap()
        {
            let file = document(&app.as_(Person::Editor)).await;
            let minutes =
                json!({ "meetingId": one["id"], "text": english("So."), "documentIds": [file] });
            act(&app, Person::Editor, "publishMinutes", minutes).await;
        }
        let variables = json!({ "id": id });
        let (cost, data) = statements_of(&app, Person::Editor, PAGE, variables).await;
        let rounds = &data["procurement"]["dialogues"];
        let thread = &rounds[0]["questions"]["nodes"][count - 1]["followUps"];
        assert_eq!(thread["nodes"][0]["answer"]["disposition"], "ACCEPTED");
        let last = &rounds[1]["meetings"][count - 1];
        assert_eq!(last["minutes"]["attachments"].as_array().unwrap().len(), 1);
        assert_eq!(last["registrations"]["totalCount"], 1);
        costs.push(cost);
    }
    assert!((5..=30).contains(&costs[0].len()), "{:#?}", costs[0]);
    assert_eq!(costs[0], costs[1]);
}

const MET: &str = "query($id: ID!) { procurement(id: $id) { dialogues { meetings { id } } } }";
