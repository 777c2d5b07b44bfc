//! Business secrets are read by the buyer's editors and publishers and by their own organisation,
//! and by no other client.

use chrono::TimeDelta;
use serde_json::json;

use super::{answer, input, read, round, secret};
use crate::{
    journey::dump,
    support::{
        app::{TestApp, eventually},
        cast::{COMPANY, Person},
        log::Log,
    },
};

const SECRET: &str = "kanariefågel-77b1c9";
const OPEN: &str = "öppet-svar-19cc02";
const DRAFTED: &str = "utkast-fågel-0e51aa";
const WITHDRAWN: &str = "ångrat-svar-5a2d10";

/// Everyone except the company's members and the buyer's editors and publishers.
const OTHERS: [Option<Person>; 7] = [
    None,
    Some(Person::Stranger),
    Some(Person::Trainee),
    Some(Person::Opener),
    Some(Person::Chair),
    Some(Person::Volunteer),
    Some(Person::Nobody),
];

async fn contributed(app: &TestApp, named: bool) -> (String, String) {
    let (procurement, dialogue) = round(app).await;
    let answers = json!([
        answer("Q-1", json!({ "text": OPEN })),
        secret("Q-2", json!({ "number": "77.25" })),
        secret(
            "Q-5",
            json!({ "money": { "amount": "991.17", "currency": "SEK" } })
        ),
    ]);
    let mut contribution = input(&dialogue, 1, answers);
    contribution["named"] = json!(named);
    let with_secret = json!([
        secret("Q-1", json!({ "text": SECRET })),
        answer("Q-2", json!({ "number": "3" })),
    ]);
    let client = app.as_(Person::Clerk);
    let mut first = input(&dialogue, 1, with_secret);
    first["named"] = json!(named);
    client
        .mutate("contributeToDialogue", first.clone())
        .await
        .id();
    // An open version replaces the secret one, and a secret version the open one. The secrets of
    // earlier versions stay secret.
    client
        .mutate("contributeToDialogue", contribution)
        .await
        .id();
    client.mutate("contributeToDialogue", first).await.id();
    let mut draft = input(
        &dialogue,
        1,
        json!([answer("Q-1", json!({ "text": DRAFTED }))]),
    );
    draft["revision"] = json!(0);
    client.mutate("saveContributionDraft", draft).await.id();
    (procurement, dialogue)
}

async fn nobody_else_reads(app: &TestApp, procurement: &str, canaries: &[&str]) {
    for other in OTHERS {
        let seen = read(app, other, procurement).await.to_string();
        for canary in canaries {
            assert!(!seen.contains(canary), "{other:?} reads {canary}: {seen}");
        }
    }
}

/// The must-share list counts withheld secrets for the people who may read them, without
/// their text.
async fn still_to_be_shared(app: &TestApp, procurement: &str) {
    let query = "query($id: ID!) { procurement(id: $id) { mustShare { totalCount nodes {
        kind mend since dueAt subjectId contributionCount withheldSecretCount dialogue { id title { text } }
        question { text } } } } }";
    for other in OTHERS {
        let client = match other {
            Some(person) => app.as_(person),
            None => app.anonymous(),
        };
        let seen = client.ask(query, json!({ "id": procurement })).await;
        let nothing = json!({ "mustShare": null });
        assert_eq!(seen["procurement"], nothing, "{other:?}");
    }
    let editor = app.as_(Person::Editor);
    let seen = editor.ask(query, json!({ "id": procurement })).await;
    let list = &seen["procurement"]["mustShare"]["nodes"];
    assert_eq!(list[0]["kind"], "CONTRIBUTIONS_UNPUBLISHED");
    assert_eq!(list[0]["contributionCount"], 1, "replaced ones are gone");
    assert_eq!(list[0]["withheldSecretCount"], 1);
    for canary in [SECRET, DRAFTED, COMPANY] {
        assert!(!seen.to_string().contains(canary), "{seen}");
    }
}

#[tokio::test]
async fn a_secret_is_read_by_buyer_and_owner_only() {
    let app = TestApp::start().await;
    let (procurement, dialogue) = contributed(&app, false).await;
    nobody_else_reads(&app, &procurement, &[SECRET, OPEN, DRAFTED, COMPANY]).await;
    for buyer in [Person::Editor, Person::Publisher] {
        let seen = read(&app, Some(buyer), &procurement).await.to_string();
        assert!(seen.contains(SECRET), "{buyer:?} reads it");
        assert!(!seen.contains(DRAFTED), "{buyer:?} reads no draft");
        assert!(
            !seen.contains(COMPANY),
            "{buyer:?} does not read whose it is"
        );
    }
    // The other figures are known, so this figure would reveal the organisation.
    let buyers = read(&app, Some(Person::Editor), &procurement).await;
    assert_eq!(buyers["contributions"]["nodes"][0]["sha256"], json!(null));
    let own = read(&app, Some(Person::Signatory), &procurement).await;
    assert!(own["ownContribution"].to_string().contains(SECRET));
    assert!(own["ownContributionDraft"].to_string().contains(DRAFTED));

    app.advance(TimeDelta::days(14));
    let publication = json!({ "dialogueId": dialogue });
    let client = app.as_(Person::Editor);
    still_to_be_shared(&app, &procurement).await;
    client
        .mutate("publishContributions", publication)
        .await
        .id();
    nobody_else_reads(
        &app,
        &procurement,
        &[SECRET, DRAFTED, OPEN, "77.25", "991.17"],
    )
    .await;
    let public = read(&app, None, &procurement).await;
    let node = &public["contributions"]["nodes"][0];
    assert_eq!(node["contributorNumber"], 1);
    assert_eq!(
        (&node["organisation"], &node["sha256"]),
        (&json!(null), &json!(null))
    );
    assert_eq!(node["answers"].as_array().unwrap().len(), 1, "{node}");
    assert_eq!(node["answers"][0]["number"], "3");
}

/// Only the tables of drafts and contributions contain a secret. No queue, notification, audit row,
/// event, index, log line or export contains it.
#[tokio::test]
async fn a_secret_is_kept_in_one_place() {
    let (log, _logging) = Log::here();
    let app = TestApp::start().await;
    let (procurement, dialogue) = contributed(&app, true).await;
    // A refusal repeats no part of the input, and a failed request leaves no trace.
    let bad = input(
        &dialogue,
        1,
        json!([secret("Q-1", json!({ "text": format!("{SECRET}\u{7}") }))]),
    );
    let refused = app
        .as_(Person::Clerk)
        .mutate("contributeToDialogue", bad)
        .await;
    assert!(!refused.errors[0].message.contains(SECRET));
    app.advance(TimeDelta::days(14));
    let publication = json!({ "dialogueId": dialogue });
    let client = app.as_(Person::Editor);
    client
        .mutate("publishContributions", publication)
        .await
        .id();
    let follow = json!({ "procurementId": procurement });
    app.as_(Person::Chair)
        .mutate("followProcurement", follow)
        .await
        .id();
    eventually("the queue is empty", async || {
        // Only due jobs; the deadline's job waits.
        let due = "select count(*) from graphile_worker.jobs where run_at <= now()";
        let left: i64 = sqlx::query_scalar(due)
            .fetch_one(&app.database.pool)
            .await
            .unwrap();
        (left == 0).then_some(())
    })
    .await;
    let dump = dump::database(&app.database.pool).await;
    for canary in [SECRET, DRAFTED] {
        let lines = dump::lines_with(&dump, canary);
        assert!(!lines.is_empty(), "the dump holds nothing");
        for line in lines {
            let table = line.split(": ").next().unwrap();
            let may = ["public.contribution", "public.contribution_draft"];
            assert!(may.contains(&table), "{line}");
        }
        assert_eq!(
            dump::files_with(&app.search_folder(), canary),
            [] as [String; 0]
        );
    }
    let logged = log.text();
    for canary in [SECRET, DRAFTED, OPEN] {
        assert!(!logged.contains(canary), "{canary} is logged");
    }
    for person in Person::ALL {
        let export = "{ viewer { personalData } }";
        let export = app.as_(person).ask(export, json!({})).await.to_string();
        let own = [Person::Clerk].contains(&person);
        assert!(own || !export.contains(SECRET), "{person:?} takes it away");
    }
    let open: Vec<serde_json::Value> = sqlx::query_scalar("select answers from contribution")
        .fetch_all(&app.database.pool)
        .await
        .unwrap();
    assert_eq!(open.len(), 3);
    assert!(!serde_json::to_string(&open).unwrap().contains(SECRET));
}

/// A named contributor is shown; a withdrawn contribution is neither shown nor published.
#[tokio::test]
async fn a_withdrawn_contribution_is_read_by_its_owner_only() {
    let app = TestApp::without_search().await;
    let (procurement, dialogue) = round(&app).await;
    let answers = json!([answer("Q-1", json!({ "text": WITHDRAWN }))]);
    let client = app.as_(Person::Chair);
    let id = client
        .mutate("contributeToDialogue", input(&dialogue, 1, answers))
        .await
        .id();
    let before = read(&app, Some(Person::Editor), &procurement).await;
    assert_eq!(before["contributions"]["totalCount"], 1);
    assert!(before["contributions"]["nodes"][0]["organisation"]["name"].is_string());
    let withdrawal = json!({ "contributionId": id });
    client.mutate("withdrawContribution", withdrawal).await.id();
    app.advance(TimeDelta::days(14));
    let publication = json!({ "dialogueId": dialogue });
    let editor = app.as_(Person::Editor);
    editor
        .mutate("publishContributions", publication)
        .await
        .id();
    for reader in [None, Some(Person::Editor), Some(Person::Clerk)] {
        let seen = read(&app, reader, &procurement).await;
        assert_eq!(seen["contributions"]["totalCount"], 0, "{reader:?}");
        assert!(!seen.to_string().contains(WITHDRAWN), "{reader:?}");
    }
    let own = read(&app, Some(Person::Volunteer), &procurement).await;
    assert!(own["ownContribution"]["withdrawnAt"].is_string());
}

/// Contributions and questions have separate pseudonyms, so that a signed contribution does not
/// reveal the questions of its organisation.
#[tokio::test]
async fn contributions_are_not_linked_to_questions() {
    let app = TestApp::without_search().await;
    let (_, dialogue) = round(&app).await;
    let question = json!({ "dialogueId": dialogue, "text": "How big?", "language": "en" });
    app.as_(Person::Chair)
        .mutate("askQuestion", question)
        .await
        .id();
    for (person, named) in [(Person::Clerk, true), (Person::Chair, false)] {
        let answers = json!([answer("Q-1", json!({ "text": "Yes." }))]);
        let mut contribution = input(&dialogue, 1, answers);
        contribution["named"] = json!(named);
        app.as_(person)
            .mutate("contributeToDialogue", contribution)
            .await
            .id();
    }
    let participants: i64 = sqlx::query_scalar("select count(*) from dialogue_participant")
        .fetch_one(&app.database.pool)
        .await
        .unwrap();
    assert_eq!(
        participants, 1,
        "who contributes takes no number of the questions"
    );
}
