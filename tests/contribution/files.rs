//! Files as answers: the readers of an answer can download its files.

use chrono::TimeDelta;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{answer, asked, input, publish, read, secret};
use crate::{
    documents::{CONTENT, document, download},
    support::{
        app::TestApp,
        cast::Person,
        stage::{dialogue, published},
    },
};

/// Returns who can download it: its own organisation, the buyer's editor, the buyer's trainee,
/// another supplier, the public.
async fn readers(app: &TestApp, id: &str) -> [bool; 5] {
    let people = [
        Some(Person::Signatory),
        Some(Person::Editor),
        Some(Person::Trainee),
        Some(Person::Chair),
        None,
    ];
    let mut may = [false; 5];
    for (place, person) in people.into_iter().enumerate() {
        let client = match person {
            Some(person) => app.as_(person),
            None => app.anonymous(),
        };
        let response = download(&client, id).await;
        may[place] = response.status() == StatusCode::OK;
        if may[place] {
            assert_eq!(response.bytes().await.unwrap(), CONTENT);
        } else {
            assert_eq!(response.status(), StatusCode::NOT_FOUND, "{person:?}");
        }
    }
    may
}

const OWN: [bool; 5] = [true, false, false, false, false];
const BUYER: [bool; 5] = [true, true, false, false, false];
const ALL: [bool; 5] = [true; 5];

async fn asking_for_files(app: &TestApp) -> (String, String) {
    let procurement = published(app, "UPCOMING").await;
    let round = dialogue(app, &procurement).await;
    let questions = json!([
        asked("Q-1", "FILE", json!({ "several": true })),
        asked("Q-2", "FILE", json!({})),
    ]);
    publish(app, &round, questions).await;
    (procurement, round)
}

fn files(open: &str, hidden: &str) -> Value {
    json!([
        answer("Q-1", json!({ "documentIds": [open] })),
        secret("Q-2", json!({ "documentIds": [hidden] })),
    ])
}

#[tokio::test]
async fn a_file_is_read_by_the_readers_of_the_answer() {
    let app = TestApp::without_search().await;
    let (procurement, round) = asking_for_files(&app).await;
    let clerk = app.as_(Person::Clerk);
    let [open, hidden] = [document(&clerk).await, document(&clerk).await];
    let sent = input(&round, 1, files(&open, &hidden));
    clerk
        .mutate("saveContributionDraft", sent.clone())
        .await
        .id();
    assert_eq!(readers(&app, &open).await, OWN);
    // A draft's file is never swept.
    app.advance(TimeDelta::days(2));
    torg::document::sweep(&app.database, &app.files)
        .await
        .unwrap();
    clerk.mutate("contributeToDialogue", sent).await.id();
    for file in [&open, &hidden] {
        assert_eq!(readers(&app, file).await, BUYER);
    }
    let buyers = read(&app, Some(Person::Editor), &procurement).await;
    let answers = &buyers["contributions"]["nodes"][0]["answers"];
    assert_eq!(answers[1]["files"][0]["id"], hidden.as_str());
    let own = read(&app, Some(Person::Clerk), &procurement).await;
    let receipt = own["ownContribution"]["canonicalJson"].as_str().unwrap();
    let digest = answers[0]["files"][0]["sha256"].as_str().unwrap();
    assert_eq!(receipt.matches(digest).count(), 2, "{receipt}");

    app.advance(TimeDelta::days(14));
    let publication = json!({ "dialogueId": round });
    let editor = app.as_(Person::Editor);
    editor
        .mutate("publishContributions", publication)
        .await
        .id();
    assert_eq!(readers(&app, &open).await, ALL);
    assert_eq!(readers(&app, &hidden).await, BUYER);
    let public = read(&app, None, &procurement).await.to_string();
    assert!(
        public.contains(&open) && !public.contains(&hidden),
        "{public}"
    );
}

#[tokio::test]
async fn a_file_that_is_replaced_or_withdrawn_is_ones_own_again() {
    let app = TestApp::without_search().await;
    let (procurement, round) = asking_for_files(&app).await;
    let clerk = app.as_(Person::Clerk);
    let mut documents = Vec::new();
    for _ in 0..4 {
        documents.push(document(&clerk).await);
    }
    let [first, second, third, fourth] = &documents[..] else {
        panic!("four documents");
    };
    for (open, hidden) in [(first, second), (third, second), (third, fourth)] {
        let sent = input(&round, 1, files(open, hidden));
        clerk.mutate("contributeToDialogue", sent).await.id();
    }
    for (file, expected) in documents.iter().zip([OWN, OWN, BUYER, BUYER]) {
        assert_eq!(readers(&app, file).await, expected);
    }
    let own = read(&app, Some(Person::Clerk), &procurement).await;
    let withdraw = json!({ "contributionId": own["ownContribution"]["id"] });
    clerk.mutate("withdrawContribution", withdraw).await.id();
    app.advance(TimeDelta::days(14));
    let publication = json!({ "dialogueId": round });
    let editor = app.as_(Person::Editor);
    editor
        .mutate("publishContributions", publication)
        .await
        .id();
    for file in &documents {
        assert_eq!(readers(&app, file).await, OWN);
    }
}

#[tokio::test]
async fn a_discarded_drafts_files_are_swept() {
    let app = TestApp::without_search().await;
    let (_, round) = asking_for_files(&app).await;
    let clerk = app.as_(Person::Clerk);
    let [open, hidden] = [document(&clerk).await, document(&clerk).await];
    let sent = input(&round, 1, files(&open, &hidden));
    clerk.mutate("saveContributionDraft", sent).await.id();
    let discard = json!({ "dialogueId": round });
    clerk.mutate("discardContributionDraft", discard).await.id();
    assert_eq!(readers(&app, &open).await, OWN);
    app.advance(TimeDelta::days(2));
    torg::document::sweep(&app.database, &app.files)
        .await
        .unwrap();
    assert_eq!(crate::documents::rows(&app).await, 0);
}
