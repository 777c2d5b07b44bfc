//! Withdrawn content is gone for every reader, and leaves a tombstone.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{
    MARK, Marked, REASON, act, client, marked_document, read, readers, withdraw, withdrawal,
};
use crate::{
    contribution,
    documents::{attachment, download},
    live::{begin, change},
    support::{
        app::{TestApp, eventually},
        cast::Person,
        stage::{amend, content_with, dialogue, english, published, question, redraft},
    },
};

#[tokio::test]
async fn withdrawn_content_is_readable_for_nobody() {
    let app = TestApp::without_search().await;
    let marked = Marked::new(&app).await;
    for follower in [Person::Chair, Person::Clerk] {
        let follow = json!({ "procurementId": marked.procurement });
        act(&app, follower, "followProcurement", follow).await;
    }
    let shown = read(&app, None, &marked.procurement).await.to_string();
    // The notice's document, two revisions each of answer, minutes and summary with their documents.
    assert!(shown.matches(MARK).count() > 10, "{shown}");
    for id in &marked.withdrawable {
        withdraw(&app, id).await;
    }
    for reader in readers() {
        let found = read(&app, reader, &marked.procurement).await;
        assert!(!found.to_string().contains(MARK), "{reader:?}: {found}");
        for id in marked.withdrawable.iter().chain(&marked.attached) {
            let node =
                "query($id: ID!) { node(id: $id) { ... on Document { fileName sha256 url } } }";
            let node = client(&app, reader).ask(node, json!({ "id": id })).await;
            assert!(!node.to_string().contains("pdf"), "{reader:?}: {node}");
        }
        for id in [&marked.withdrawable[0]]
            .into_iter()
            .chain(&marked.attached)
        {
            let response = download(&client(&app, reader), id).await;
            let status = response.status();
            assert!(status == 410 || status == 404, "{reader:?}: {status}");
            assert!(!response.text().await.unwrap().contains(MARK));
        }
    }
}

#[tokio::test]
async fn a_tombstone_keeps_its_place_with_reason_and_time() {
    let app = TestApp::without_search().await;
    let marked = Marked::new(&app).await;
    let before = read(&app, Some(Person::Editor), &marked.procurement).await;
    for id in &marked.withdrawable {
        withdraw(&app, id).await;
    }
    let after = read(&app, Some(Person::Editor), &marked.procurement).await;
    let rounds = |data: &Value| data["procurement"]["dialogues"].clone();
    for pointer in [
        "/0/questions/nodes/0/answers/0",
        "/0/questions/nodes/0/answers/1",
        "/0/questions/nodes/0/answer",
        "/0/summaries/0",
        "/0/summaries/1",
        "/1/meetings/0/minutesVersions/0",
        "/1/meetings/0/minutesVersions/1",
        "/0/contributions/nodes/0",
    ] {
        let (before, after) = (rounds(&before), rounds(&after));
        let (before, after) = (before.pointer(pointer), after.pointer(pointer));
        let (before, after) = (before.unwrap(), after.unwrap());
        assert_eq!(before["id"], after["id"], "{pointer}");
        assert_eq!(before["withdrawal"], Value::Null, "{pointer}");
        assert_eq!(after["withdrawal"]["reason"]["text"], REASON, "{pointer}");
        assert!(after["withdrawal"]["at"].is_string(), "{pointer}");
    }
    let document = &after["procurement"]["attachments"][0]["document"];
    assert_eq!(document["id"], marked.withdrawable[0].as_str());
    assert_eq!(document["withdrawal"]["reason"]["text"], REASON);
    assert_eq!(
        (&document["url"], &document["fileName"]),
        (&Value::Null, &Value::Null)
    );
}

#[tokio::test]
async fn a_question_awaits_a_corrected_answer() {
    let app = TestApp::start().await;
    let procurement = published(&app, "UPCOMING").await;
    let question = question(&app, &dialogue(&app, &procurement).await).await;
    let answer = |text: &str| json!({ "questionId": question, "text": english(text) });
    act(
        &app,
        Person::Editor,
        "answerQuestion",
        answer("Ask zxqvmarkvall at the desk."),
    )
    .await;
    let query = "query($id: ID!) { procurement(id: $id) { dialogues { questions(first: 1) { nodes {
        status answer { id text { text } withdrawal { at } } answers { revision text { text } } } } } } }";
    let read = async || {
        let data = app
            .anonymous()
            .ask(query, json!({ "id": procurement }))
            .await;
        data["procurement"]["dialogues"][0]["questions"]["nodes"][0].clone()
    };
    let similar =
        "query { similarQuestions(text: \"zxqvmarkvall\", first: 5) { question { id } } }";
    let similar = async || {
        let data = app.anonymous().ask(similar, json!({})).await;
        data["similarQuestions"].as_array().unwrap().len()
    };
    eventually("its answer is found", async || {
        (similar().await == 1).then_some(())
    })
    .await;
    let first = read().await;
    assert_eq!(first["status"], "ANSWERED");
    withdraw(&app, first["answer"]["id"].as_str().unwrap()).await;
    let withdrawn = read().await;
    assert_eq!(withdrawn["status"], "OPEN");
    assert_eq!(withdrawn["answer"]["id"], first["answer"]["id"]);
    assert_eq!(withdrawn["answer"]["text"], Value::Null);
    eventually("its answer is not found", async || {
        (similar().await == 0).then_some(())
    })
    .await;

    act(
        &app,
        Person::Editor,
        "answerQuestion",
        answer("Ask at the desk."),
    )
    .await;
    let corrected = read().await;
    assert_eq!(corrected["status"], "ANSWERED");
    assert_eq!(corrected["answer"]["text"]["text"], "Ask at the desk.");
    assert_eq!(
        corrected["answers"],
        json!([
            { "revision": 2, "text": { "text": "Ask at the desk." } }, { "revision": 1, "text": null },
        ])
    );
}

#[tokio::test]
async fn an_earlier_revision_is_withdrawn_after_its_correction() {
    let app = TestApp::without_search().await;
    let procurement = published(&app, "UPCOMING").await;
    let question = question(&app, &dialogue(&app, &procurement).await).await;
    let mut ids = Vec::new();
    let query = "query($id: ID!) { procurement(id: $id) { dialogues { questions(first: 1) { nodes {
        status answers { id text { text } } } } } } }";
    let read = async || {
        let data = app
            .anonymous()
            .ask(query, json!({ "id": procurement }))
            .await;
        data["procurement"]["dialogues"][0]["questions"]["nodes"][0].clone()
    };
    for text in [MARK, "Ask at the desk."] {
        let input = json!({ "questionId": question, "text": english(text) });
        act(&app, Person::Editor, "answerQuestion", input).await;
        ids.push(
            read().await["answers"][0]["id"]
                .as_str()
                .unwrap()
                .to_owned(),
        );
    }
    withdraw(&app, &ids[0]).await;
    let found = read().await;
    assert_eq!(found["status"], "ANSWERED");
    assert_eq!(
        found["answers"],
        json!([
            { "id": ids[1], "text": { "text": "Ask at the desk." } }, { "id": ids[0], "text": null },
        ])
    );
}

#[tokio::test]
async fn subscribers_learn_what_to_delete() {
    let app = TestApp::without_search().await;
    let marked = Marked::new(&app).await;
    let mut socket = app.anonymous().socket().await;
    begin(&mut socket, app.live(), &marked.procurement, Value::Null).await;
    let answer = &marked.withdrawable[1];
    withdraw(&app, answer).await;
    let mut events = Vec::new();
    // Two revisions and their documents.
    for _ in 0..4 {
        events.push(change(&mut socket).await);
    }
    assert!(
        events
            .iter()
            .all(|event| event["kind"] == "CONTENT_WITHDRAWN"),
        "{events:?}"
    );
    let query = "query($id: ID!) { procurement(id: $id) { dialogueEvents(first: 100) { nodes {
        kind withdrawnId answer { text { text } } } } } }";
    let data = app
        .anonymous()
        .ask(query, json!({ "id": marked.procurement }))
        .await;
    let events = data["procurement"]["dialogueEvents"]["nodes"]
        .as_array()
        .unwrap();
    let withdrawn: Vec<&Value> = events
        .iter()
        .filter(|event| event["kind"] == "CONTENT_WITHDRAWN")
        .collect();
    assert_eq!(withdrawn[0]["withdrawnId"], answer.as_str());
    assert_eq!(withdrawn.len(), 4);
    for event in events
        .iter()
        .filter(|event| event["kind"] == "ANSWER_PUBLISHED")
    {
        assert_eq!(event["answer"], json!({ "text": null }));
    }
}

#[tokio::test]
async fn a_contribution_is_withdrawn_before_and_after_its_publication() {
    let app = TestApp::without_search().await;
    for published_before in [false, true] {
        let (procurement, round) = contribution::round(&app).await;
        let input = contribution::input(
            &round,
            1,
            json!([contribution::answer("Q-1", json!({ "text": MARK }))]),
        );
        let id = act(&app, Person::Clerk, "contributeToDialogue", input).await;
        let id = contribution::as_read(&id);
        app.advance(TimeDelta::days(15));
        let publication = json!({ "dialogueId": round });
        if published_before {
            act(
                &app,
                Person::Editor,
                "publishContributions",
                publication.clone(),
            )
            .await;
        }
        let clerk = app.as_(Person::Clerk);
        withdraw(&app, &id).await;
        let events = read(&app, None, &procurement).await["events"].to_string();
        // An unpublished contribution is no public event.
        assert_eq!(events.contains(&id), published_before);
        if !published_before {
            act(&app, Person::Editor, "publishContributions", publication).await;
        }
        for reader in readers() {
            let found = read(&app, reader, &procurement).await;
            assert!(!found.to_string().contains(MARK), "{reader:?}");
            let listed = &found["procurement"]["dialogues"][0]["contributions"];
            assert_eq!(listed["totalCount"], 1);
            assert_eq!(listed["nodes"][0]["id"], id.as_str());
            assert_eq!(listed["nodes"][0]["answers"], json!([]));
        }
        // The receipt's digest stays with the supplier, who is notified without following.
        let own = read(&app, Some(Person::Clerk), &procurement).await;
        let own = &own["procurement"]["dialogues"][0]["ownContributions"][0];
        assert!(own["sha256"].is_string() && own["canonicalJson"].is_null());
        let query = "{ viewer { notifications(first: 10) { nodes { event } } } }";
        let events = clerk.ask(query, json!({})).await.to_string();
        assert!(events.contains("CONTENT_WITHDRAWN"), "{events}");
    }
}

#[tokio::test]
async fn the_next_notice_keeps_a_withdrawn_document_as_a_tombstone() {
    let app = TestApp::without_search().await;
    let procurement = published(&app, "UPCOMING").await;
    let file = marked_document(&app, Person::Editor).await;
    let attached = || content_with(&app, json!({ "attachments": [attachment("DOC-1", &file)] }));
    redraft(&app, &procurement, attached()).await;
    amend(&app, &procurement, "UPCOMING").await;
    withdraw(&app, &file).await;
    let mut next = attached();
    next["description"] = english("Another plan.");
    redraft(&app, &procurement, next).await;
    amend(&app, &procurement, "UPCOMING").await;
    let found = read(&app, None, &procurement).await;
    let document = &found["procurement"]["attachments"][0]["document"];
    assert_eq!(document["withdrawal"]["reason"]["text"], REASON);
    // It cannot be attached anywhere else.
    let input = json!({ "content": attached() });
    let refused = app
        .as_(Person::Editor)
        .mutate("createProcurement", input)
        .await;
    assert_eq!(refused.errors[0].code, "NOT_FOUND");
}

#[tokio::test]
async fn a_withdrawal_is_audited_without_the_content() {
    let app = TestApp::without_search().await;
    let marked = Marked::new(&app).await;
    for id in &marked.withdrawable {
        withdraw(&app, id).await;
    }
    let rows: Vec<Value> = sqlx::query_scalar(
        "select to_jsonb(audit) from audit where action = 'content.withdraw' order by id",
    )
    .fetch_all(&app.database.pool)
    .await
    .unwrap();
    assert_eq!(rows.len(), marked.withdrawable.len());
    for row in rows {
        assert!(
            row["person_id"].is_string() && !row.to_string().contains(MARK),
            "{row}"
        );
    }
    let stored: Vec<Value> = sqlx::query_scalar("select to_jsonb(idempotency) from idempotency")
        .fetch_all(&app.database.pool)
        .await
        .unwrap();
    assert!(!json!(stored).to_string().contains(MARK));
}

#[tokio::test]
async fn two_withdrawals_at_once_withdraw_once() {
    let app = TestApp::without_search().await;
    let marked = Marked::new(&app).await;
    for id in &marked.withdrawable {
        let editors = [app.as_(Person::Editor), app.as_(Person::Publisher)];
        let input = withdrawal(id);
        let (one, two) = tokio::join!(
            editors[0].mutate("withdrawContent", input.clone()),
            editors[1].mutate("withdrawContent", input),
        );
        let codes: Vec<String> = [one, two]
            .into_iter()
            .flat_map(|answer| answer.errors)
            .map(|error| error.code)
            .collect();
        assert_eq!(codes, ["ALREADY_DONE"]);
    }
}

#[tokio::test]
async fn a_repeated_request_gets_the_tombstone() {
    let app = TestApp::without_search().await;
    let marked = Marked::new(&app).await;
    let mut input = withdrawal(&marked.withdrawable[1]);
    input["idempotencyKey"] = json!("0c1e");
    let query = "mutation($input: WithdrawContentInput!) { withdrawContent(input: $input) {
        content { id withdrawal { reason { text } } ... on Answer { text { text } } }
        procurement { id } userErrors { code } } }";
    let editor = app.as_(Person::Editor);
    for _ in 0..2 {
        let data = editor.ask(query, json!({ "input": input })).await;
        assert_eq!(
            data["withdrawContent"],
            json!({
                "content": { "id": marked.withdrawable[1], "withdrawal": { "reason": { "text": REASON } }, "text": null },
                "procurement": { "id": marked.procurement }, "userErrors": [],
            })
        );
    }
}

#[tokio::test]
async fn only_editors_and_publishers_of_the_buyer_withdraw() {
    let app = TestApp::without_search().await;
    let marked = Marked::new(&app).await;
    for id in marked.withdrawable.iter().chain(&marked.attached) {
        for person in Person::ALL
            .into_iter()
            .filter(|one| ![Person::Editor, Person::Publisher].contains(one))
        {
            let refused = app
                .as_(person)
                .mutate("withdrawContent", withdrawal(id))
                .await;
            let code = refused.errors[0].code.as_str();
            assert!(
                ["NOT_ALLOWED", "NOT_FOUND"].contains(&code),
                "{person:?}: {code}"
            );
        }
        let anonymous = app
            .anonymous()
            .mutate("withdrawContent", withdrawal(id))
            .await;
        assert_eq!(anonymous.errors[0].code, "NOT_AUTHENTICATED");
    }
    for (position, id) in marked.withdrawable.iter().enumerate() {
        let person = [Person::Editor, Person::Publisher][position % 2];
        act(&app, person, "withdrawContent", withdrawal(id)).await;
    }
}
