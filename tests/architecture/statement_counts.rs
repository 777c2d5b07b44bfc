//! A request runs a fixed number of SQL statements, whatever the length of its lists.

use chrono::TimeDelta;
use serde_json::{Value, json};
use torg::{
    interop::import::{Options, import},
    kernel::ids::ProcurementId,
    search,
};

use crate::{
    documents::{attachment, document},
    support::{
        app::TestApp,
        cast::Person,
        folder::folder,
        stage::{LOT, content_with, dialogue, english, published},
        statements::statements_of,
    },
};

const SEARCH: &str = "query($first: Int!) { searchProcurements(first: $first, facets: [CPV, BUYER]) {
    totalCount
    edges { highlights { html } node { id phase title { text } buyer { name kind } cpv { code label } nuts { code label }
        lots(first: 10) { nodes { lotId title { text } cpv { label } } } followed } }
    facets { values { value count code { label } } }
} }";

/// Publishes `count` procurements and indexes them.
async fn publish_and_index(app: &TestApp, count: usize) {
    let mut ids = Vec::new();
    for _ in 0..count {
        let id = published(app, "UPCOMING").await;
        ids.push(ProcurementId::from_global(&id).unwrap());
    }
    search::index::index(&app.search, &app.database.pool, &app.database.clock, &ids)
        .await
        .unwrap();
}

#[tokio::test]
async fn search_statements_do_not_depend_on_page_size() {
    let app = TestApp::without_workers().await;
    publish_and_index(&app, 50).await;
    let mut costs = Vec::new();
    for first in [5, 50] {
        let (statements, data) =
            statements_of(&app, Person::Signatory, SEARCH, json!({ "first": first })).await;
        let edges = data["searchProcurements"]["edges"].as_array().unwrap();
        assert_eq!(edges.len(), first);
        assert!(
            edges
                .iter()
                .all(|edge| edge["node"]["lots"]["nodes"][1]["lotId"] == "LOT-0002")
        );
        let count: usize = statements.values().sum();
        assert!((3..=6).contains(&count), "{first}: {statements:#?}");
        costs.push(statements);
    }
    assert_eq!(costs[0], costs[1]);
}

#[tokio::test]
async fn aliased_lists_of_search_results_load_in_batches() {
    let app = TestApp::without_workers().await;
    publish_and_index(&app, 30).await;
    // The aliases of a list with equal arguments are one statement, those with others one each.
    let list = |n: usize, first: usize| {
        format!("n{n}: notices(first: {first}) {{ totalCount nodes {{ number }} }} ")
    };
    let equal: String = (0..15).map(|n| list(n, 1)).collect();
    let different: String = (0..15).map(|n| list(n, n + 1)).collect();
    for (lists, most) in [(equal, 7), (different, 21)] {
        let query = format!(
            "query($first: Int!) {{ searchProcurements(first: $first) {{ nodes {{ {lists} }} }} }}"
        );
        let mut costs = Vec::new();
        for first in [2, 30] {
            let variables = json!({ "first": first });
            let (statements, data) =
                statements_of(&app, Person::Signatory, &query, variables).await;
            let nodes = data["searchProcurements"]["nodes"].as_array().unwrap();
            assert_eq!(nodes.len(), first);
            assert!(nodes.iter().all(|node| node["n14"]["totalCount"] == 1));
            let count: usize = statements.values().sum();
            assert!(count <= most, "{count}: {statements:#?}");
            costs.push(statements);
        }
        assert_eq!(costs[0], costs[1]);
    }
}

const PAGE: &str = "query($id: ID!) { procurement(id: $id) {
    title { text } buyer { name } lots { totalCount nodes { lotId } } notices { nodes { number } }
    dialogues { title { text } extensions { number } summaries { version }
        statistics { questions medianAnswerSeconds contributions participants { total } }
        questions(first: 100) { totalCount nodes { number text own status supportCount asker { label organisation { name } }
            about { number } mergedInto { number } answer { text { text } late } answers { id } heldAnswer { id }
            answerDraft { revision } } } }
    timeline(first: 100) { nodes { kind at } }
    opening { requestedAt } awards { lotId } followed
} }";

/// Asks and answers `count` questions about a lot.
async fn ask_and_answer(app: &TestApp, dialogue: &str, count: usize) {
    for number in 0..count {
        // The rate limit is per hour.
        if number % 10 == 0 {
            app.advance(TimeDelta::hours(1));
        }
        let text = format!("Question {number}?");
        let question =
            json!({ "dialogueId": dialogue, "lotId": LOT, "text": text, "language": "en" });
        let id = app
            .as_(Person::Clerk)
            .mutate("askQuestion", question)
            .await
            .id();
        let answer = json!({ "questionId": id, "text": english("Yes.") });
        app.as_(Person::Editor)
            .mutate("answerQuestion", answer)
            .await
            .id();
    }
}

#[tokio::test]
async fn page_statements_do_not_depend_on_questions_or_lots() {
    let app = TestApp::without_workers().await;
    let mut costs = Vec::new();
    for count in [1, 30] {
        let lot = |number| json!({ "lotId": format!("LOT-{number:04}") });
        let lots: Vec<Value> = (1..=count).map(lot).collect();
        let content = content_with(&app, json!({ "lots": lots }));
        let id = app
            .as_(Person::Editor)
            .mutate("createProcurement", json!({ "content": content }))
            .await
            .id();
        let publish = json!({ "procurementId": id, "phase": "UPCOMING" });
        app.as_(Person::Publisher)
            .mutate("publishNotice", publish)
            .await
            .id();
        for _ in 0..2 {
            let dialogue = dialogue(&app, &id).await;
            ask_and_answer(&app, &dialogue, count).await;
        }
        let (statements, data) =
            statements_of(&app, Person::Signatory, PAGE, json!({ "id": id })).await;
        let questions = &data["procurement"]["dialogues"][1]["questions"];
        assert_eq!(questions["totalCount"], count);
        assert!(questions["nodes"][count - 1]["answer"]["text"]["text"].is_string());
        costs.push(statements);
    }
    assert!((5..=20).contains(&costs[0].len()), "{:#?}", costs[0]);
    assert_eq!(costs[0], costs[1]);
}

const LOTS: &str = "query($id: ID!, $after: String) { procurement(id: $id) {
    title { text } buyer { name } documents { title url } cpv { code label } nuts { code label }
    lots(first: 100, after: $after) {
        totalCount nodes { lotId title { text } cpv { code label } nuts { label } } pageInfo { hasNextPage endCursor } }
} }";

/// Imports a procurement with `count` lots, each with its own item; returns its ID.
async fn imported(app: &TestApp, count: usize) -> String {
    let ocid = format!("ocds-lots00-{count}");
    let lot = |n: usize| json!({ "id": format!("LOT-{n:04}"), "title": format!("Part {n}") });
    let item = |n: usize| {
        json!({
            "id": n.to_string(),
            "relatedLot": format!("LOT-{n:04}"),
            "classification": { "scheme": "CPV", "id": "22111000" },
            "deliveryAddresses": [{ "region": "SE110" }],
        })
    };
    let release = json!({
        "ocid": ocid, "id": "1", "date": "2026-01-15T09:00:00Z", "language": "en", "tag": ["tender"],
        "buyer": { "id": "1", "name": "Ekby" },
        "tender": {
            "id": "1", "title": "Teaching materials", "status": "active",
            "lots": (0..count).map(lot).collect::<Vec<_>>(),
            "items": (0..count).map(item).collect::<Vec<_>>(),
            "documents": [{ "id": "1", "title": "Terms", "url": "https://ekby.example/terms" }],
        },
    });
    let folder = folder();
    let file = folder.path().join("framework.jsonl");
    std::fs::write(&file, release.to_string()).unwrap();
    let mut told = Vec::new();
    let summary = import(&app.database, &[file], Options::default(), &mut told)
        .await
        .unwrap();
    assert_eq!((summary.notices, summary.refused), (1, 0));
    let id = sqlx::query_scalar("select id from procurement where ocid = $1")
        .bind(ocid)
        .fetch_one(&app.database.pool)
        .await
        .unwrap();
    ProcurementId(id).to_global()
}

#[tokio::test]
async fn lot_statements_do_not_depend_on_the_number_of_lots() {
    let app = TestApp::without_workers().await;
    let id = imported(&app, 1).await;
    let (cost_of_one, data) =
        statements_of(&app, Person::Signatory, LOTS, json!({ "id": id })).await;
    assert_eq!(data["procurement"]["lots"]["totalCount"], 1);
    assert!(cost_of_one.values().sum::<usize>() <= 6, "{cost_of_one:#?}");

    let id = imported(&app, 2_900).await;
    let (mut read, mut after) = (Vec::new(), Value::Null);
    loop {
        let variables = json!({ "id": id, "after": after });
        let (cost, data) = statements_of(&app, Person::Signatory, LOTS, variables).await;
        assert_eq!(cost, cost_of_one, "after {} lots", read.len());
        let lots = &data["procurement"]["lots"];
        assert_eq!(lots["totalCount"], 2_900);
        for lot in lots["nodes"].as_array().unwrap() {
            assert_eq!(lot["cpv"][0]["label"], "School books");
            read.push(lot["lotId"].as_str().unwrap().to_owned());
        }
        if lots["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = lots["pageInfo"]["endCursor"].clone();
    }
    let all: Vec<String> = (0..2_900).map(|n| format!("LOT-{n:04}")).collect();
    assert_eq!(read, all);
}

const ATTACHMENTS: &str = "query($id: ID!) { procurement(id: $id) {
    attachments { attachmentId document { fileName sha256 } versions { noticeNumber document { url } } }
} }";

#[tokio::test]
async fn attachment_statements_do_not_depend_on_their_number() {
    let app = TestApp::without_workers().await;
    let editor = app.as_(Person::Editor);
    let mut costs = Vec::new();
    for count in [1, 20] {
        let mut attachments = Vec::new();
        for number in 0..count {
            let id = document(&editor).await;
            attachments.push(attachment(&format!("DOC-{number}"), &id));
        }
        let content = content_with(&app, json!({ "attachments": attachments }));
        let created = editor.mutate("createProcurement", json!({ "content": content }));
        let id = created.await.id();
        let publish = json!({ "procurementId": id, "phase": "UPCOMING" });
        let publisher = app.as_(Person::Publisher);
        publisher.mutate("publishNotice", publish).await.id();
        let (statements, data) =
            statements_of(&app, Person::Signatory, ATTACHMENTS, json!({ "id": id })).await;
        let shown = data["procurement"]["attachments"].as_array().unwrap();
        assert_eq!(shown.len(), count);
        assert!(
            shown
                .iter()
                .all(|one| one["versions"][0]["document"]["url"].is_string())
        );
        costs.push(statements);
    }
    // Statements: the caller, the procurement, its published attachments, the documents.
    assert!((2..=4).contains(&costs[0].len()), "{:#?}", costs[0]);
    assert_eq!(costs[0], costs[1]);
}

const MUST_SHARE: &str = "query($id: ID!) { procurement(id: $id) {
    mustShare(first: 100) { totalCount nodes { kind mend subjectId dialogue { title { text } } question { number text status } } }
    dialogues { statistics { questions contributions participants { total byKind { count } } }
        summary { changes { lots { lotId } criteria { name { text } } } notice { number } } }
} }";

#[tokio::test]
async fn must_share_statements_do_not_depend_on_questions() {
    let app = TestApp::without_workers().await;
    let mut costs = Vec::new();
    for count in [1, 20] {
        let id = published(&app, "UPCOMING").await;
        for _ in 0..2 {
            let round = dialogue(&app, &id).await;
            ask_and_answer(&app, &round, 1).await;
            for number in 0..count {
                if number % 10 == 0 {
                    app.advance(TimeDelta::hours(1));
                }
                let text = format!("And {number}?");
                let input = json!({ "dialogueId": round, "text": text, "language": "en" });
                let clerk = app.as_(Person::Clerk);
                clerk.mutate("askQuestion", input).await.id();
            }
            let change = json!({ "text": english("So."), "lotIds": [LOT] });
            let changes: Vec<Value> = vec![change; count];
            let input =
                json!({ "dialogueId": round, "heard": english("Much."), "changes": changes });
            let editor = app.as_(Person::Editor);
            editor.mutate("publishDialogueSummary", input).await.id();
        }
        app.advance(TimeDelta::days(14));
        let variables = json!({ "id": id });
        let (cost, data) = statements_of(&app, Person::Editor, MUST_SHARE, variables).await;
        assert_eq!(data["procurement"]["mustShare"]["totalCount"], 2 * count);
        let round = &data["procurement"]["dialogues"][1];
        assert_eq!(
            round["summary"]["changes"][count - 1]["lots"][0]["lotId"],
            LOT
        );
        // Withheld, because the asker is not named.
        let nothing = json!({ "total": null, "byKind": null });
        assert_eq!(round["statistics"]["participants"], nothing);
        costs.push(cost);
    }
    assert!((5..=12).contains(&costs[0].len()), "{:#?}", costs[0]);
    assert_eq!(costs[0], costs[1]);
}
