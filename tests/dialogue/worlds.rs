//! Two worlds that differ only in who asked, supported, contributed and attached look the same to
//! everyone else.

mod dump;

use serde_json::{Value, json};

use self::dump::{dump, strings};
use crate::{
    contribution::{answer, asked, input as contribution, publish as questionnaire},
    documents::{CONTENT, PDF},
    support::{
        app::TestApp,
        cast::Person,
        rounds::{market_round, meeting},
        stage::{dialogue, english, moderated_dialogue, published},
    },
};

/// Who does what: each part of the story is played by the first or the second supplier.
struct Parts {
    asks: [Person; 4],
    supports: Person,
    contributes: [Person; 2],
    interested: [Person; 2],
}

/// Uploads a document whose file name names its organisation.
async fn upload(app: &TestApp, person: Person, text: &str) -> String {
    let content = [CONTENT, text.as_bytes()].concat();
    let name = format!("Offert {person:?} {}.pdf", text.len());
    let request = app.as_(person).upload().query(&[("fileName", name)]);
    let response = request
        .header("content-type", PDF)
        .body(content)
        .send()
        .await
        .unwrap();
    let uploaded: Value = response.json().await.unwrap();
    uploaded["id"].as_str().unwrap().to_owned()
}

/// Plays the story; returns the procurement's ID. Both worlds have the same registrations, because
/// the buyer reads them with their names.
async fn play(app: &TestApp, parts: &Parts) -> String {
    let editor = app.as_(Person::Editor);
    let id = published(app, "UPCOMING").await;
    let round = dialogue(app, &id).await;
    let meeting = meeting(app, &market_round(app, &id).await).await;
    for person in [Person::Clerk, Person::Chair] {
        let register = json!({ "meetingId": meeting, "attendees": 1 });
        app.as_(person)
            .mutate("registerForMeeting", register)
            .await
            .id();
    }
    let mut questions = Vec::new();
    for (number, person) in parts.asks.into_iter().enumerate() {
        let document = upload(app, person, &format!("question {number}")).await;
        let ask = json!({ "dialogueId": round, "text": format!("What is the area of room {number}?"),
            "language": "en", "documentIds": [document] });
        questions.push(app.as_(person).mutate("askQuestion", ask).await.id());
    }
    let support = json!({ "questionId": questions[0] });
    app.as_(parts.supports)
        .mutate("supportQuestion", support)
        .await
        .id();
    let withdraw = json!({ "questionId": questions[2] });
    app.as_(parts.asks[2])
        .mutate("withdrawQuestion", withdraw)
        .await
        .id();
    let reply = json!({ "questionId": questions[0], "text": english("Sixty.") });
    editor.mutate("answerQuestion", reply).await.id();
    let redact =
        json!({ "questionId": questions[1], "text": "Which?", "reason": english("A name.") });
    editor.mutate("redactQuestion", redact).await.id();
    let moderated = moderated_dialogue(app, &id).await;
    let hidden = json!({ "dialogueId": moderated, "text": "Is it quiet?", "language": "en" });
    let hidden = app
        .as_(parts.asks[3])
        .mutate("askQuestion", hidden)
        .await
        .id();
    editor
        .mutate("releaseQuestion", json!({ "questionId": hidden }))
        .await
        .id();
    let sheet = json!([
        asked("Q-1", "TEXT", json!({ "required": true })),
        asked("Q-2", "FILE", json!({}))
    ]);
    questionnaire(app, &round, sheet).await;
    for (number, person) in parts.contributes.into_iter().enumerate() {
        let file = upload(app, person, &format!("contribution {number}")).await;
        let answers = json!([
            answer("Q-1", json!({ "text": format!("Reply {number}.") })),
            answer("Q-2", json!({ "documentIds": [file] })),
        ]);
        let mut input = contribution(&round, 1, answers);
        input["named"] = json!(false);
        app.as_(person)
            .mutate("contributeToDialogue", input)
            .await
            .id();
    }
    for person in parts.interested {
        let follow = json!({ "procurementId": id });
        app.as_(person)
            .mutate("followProcurement", follow)
            .await
            .id();
    }
    id
}

#[tokio::test]
async fn worlds_that_differ_only_in_who_asked_look_the_same() {
    use Person::{Chair, Clerk};
    let app = TestApp::without_search().await;
    // The last two worlds differ in whether two questions come from one organisation.
    let worlds = [
        Parts {
            asks: [Clerk, Clerk, Clerk, Clerk],
            supports: Chair,
            contributes: [Clerk, Chair],
            interested: [Clerk, Chair],
        },
        Parts {
            asks: [Chair, Chair, Chair, Chair],
            supports: Clerk,
            contributes: [Chair, Clerk],
            interested: [Clerk, Chair],
        },
        Parts {
            asks: [Clerk, Chair, Chair, Clerk],
            supports: Chair,
            contributes: [Clerk, Chair],
            interested: [Clerk, Chair],
        },
    ];
    let mut ids = Vec::new();
    for parts in &worlds {
        ids.push(play(&app, parts).await);
    }
    for reader in [
        None,
        Some(Person::Nobody),
        Some(Person::Editor),
        Some(Person::Stranger),
    ] {
        let mut seen = Vec::new();
        for id in &ids {
            seen.push(dump(&app, reader, id).await);
        }
        let text = seen[0].to_string();
        assert!(text.contains("What is the area of room 0?"), "{reader:?}");
        assert!(
            text.contains("question 0"),
            "{reader:?} reads the attachment"
        );
        assert!(!text.contains("Offert"), "{reader:?}");
        for other in &seen[1..] {
            for (part, (one, other)) in seen[0]
                .as_array()
                .unwrap()
                .iter()
                .zip(other.as_array().unwrap())
                .enumerate()
            {
                assert_eq!(one, other, "{reader:?} part {part}");
            }
            assert_eq!(
                seen[0].as_array().unwrap().len(),
                other.as_array().unwrap().len()
            );
        }
    }
}

/// IDs of objects that organisations create without being named have no time in them, and times
/// have the precision of a minute.
#[tokio::test]
async fn ids_and_times_do_not_link_what_one_organisation_does() {
    let app = TestApp::without_search().await;
    let parts = Parts {
        asks: [Person::Clerk; 4],
        supports: Person::Chair,
        contributes: [Person::Clerk, Person::Chair],
        interested: [Person::Clerk, Person::Chair],
    };
    let id = play(&app, &parts).await;
    for table in ["question", "contribution", "document"] {
        let ids: Vec<uuid::Uuid> =
            sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select id from {table}")))
                .fetch_all(&app.database.pool)
                .await
                .unwrap();
        assert!(ids.len() >= 2);
        assert!(ids.iter().all(|id| id.get_version_num() == 4), "{table}");
    }
    let query = "query($id: ID!) { procurement(id: $id) {
        dialogueEvents(first: 100) { nodes { id at cursor question { id } } pageInfo { endCursor } }
        dialogues { questions(first: 100) { nodes { askedAt asker { number } attachments { fileName uploadedAt } } }
            contributions(first: 100) { nodes { submittedAt } } } } }";
    let editor = app.as_(Person::Editor);
    let data = editor.ask(query, json!({ "id": id })).await;
    for field in ["askedAt", "submittedAt", "at"] {
        let mut times = Vec::new();
        strings(&data, field, &mut times);
        assert!(!times.is_empty(), "{field}");
        assert!(
            times
                .iter()
                .all(|time| time.ends_with(":00Z") || time.ends_with(":00+00:00")),
            "{times:?}"
        );
    }
    let mut names = Vec::new();
    strings(&data, "fileName", &mut names);
    assert!(
        !names.is_empty() && names.iter().all(|name| name.starts_with("document-")),
        "{names:?}"
    );
    let text = data.to_string();
    assert!(
        text.contains(r#""number":null"#) && text.contains(r#""uploadedAt":null"#),
        "{text}"
    );
    // Cursors name events by a random ID, and page without gap or repetition.
    let all = data["procurement"]["dialogueEvents"]["nodes"]
        .as_array()
        .unwrap()
        .clone();
    let page = "query($id: ID!, $after: String) { procurement(id: $id) { dialogueEvents(first: 3, after: $after) {
        nodes { id } pageInfo { endCursor hasNextPage } } } }";
    let (mut paged, mut after) = (Vec::new(), Value::Null);
    loop {
        let data = editor.ask(page, json!({ "id": id, "after": after })).await;
        let found = &data["procurement"]["dialogueEvents"];
        paged.extend(
            found["nodes"]
                .as_array()
                .unwrap()
                .iter()
                .map(|node| node["id"].clone()),
        );
        after = found["pageInfo"]["endCursor"].clone();
        if found["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    let ids: Vec<Value> = all.iter().map(|node| node["id"].clone()).collect();
    assert_eq!(paged, ids);
    // The asker itself sees its own file names and times.
    let data = app.as_(Person::Clerk).ask(query, json!({ "id": id })).await;
    let mut names = Vec::new();
    strings(&data, "fileName", &mut names);
    assert!(
        names.iter().all(|name| name.starts_with("Offert")),
        "{names:?}"
    );
}
