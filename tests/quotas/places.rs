//! Places of one organisation: the last one, places given back, hours, bytes.

use chrono::TimeDelta;
use futures::future::join_all;
use serde_json::json;
use torg::database::quota::{MEGABYTE, StorageKind};

use super::{
    assert_counters_match, assert_exceeded, create, create_draft, discard, guest, parameter, quotas,
};
use crate::support::{
    app::TestApp,
    cast::Person,
    stage::{content_with, dialogue, english, published, question, revision},
};

const DRAFT: StorageKind = StorageKind::ProcurementDraft;

#[tokio::test]
async fn of_concurrent_requests_one_gets_the_last_place() {
    let app = TestApp::without_search().await;
    let address = app
        .server_with_quotas(quotas(DRAFT, |limits| limits.total = 3))
        .await;
    let editors = [Person::Editor, Person::Publisher];
    let attempts = (0..12).map(|number| {
        let (app, address) = (&app, &address);
        async move {
            let client = app.as_(editors[number % 2]).at(address);
            create_draft(app, &client).await
        }
    });
    let outcomes = join_all(attempts).await;
    let refused: Vec<_> = outcomes
        .iter()
        .filter_map(|one| one.as_ref().err())
        .collect();
    assert_eq!(outcomes.len() - refused.len(), 3);
    refused.into_iter().for_each(|refused| {
        assert_exceeded(refused);
    });
    assert_counters_match(&app).await;
}

#[tokio::test]
async fn a_discarded_draft_gives_back_its_place_but_not_its_hour() {
    let app = TestApp::without_search().await;
    let limits = quotas(DRAFT, |limits| (limits.total, limits.hour) = (1, 2));
    let address = app.server_with_quotas(limits).await;
    let editor = app.as_(Person::Editor).at(&address);
    let first = create_draft(&app, &editor).await.unwrap();
    let refused = create_draft(&app, &editor).await.unwrap_err();
    let error = assert_exceeded(&refused);
    assert_eq!(
        error.message,
        "drafts of procurements: your organisation may store at most 1; delete or discard some, or ask the \
         marketplace's administrators for a higher quota"
    );
    assert_eq!(parameter(error, "limit"), Some("1"));
    assert_eq!(parameter(error, "retryAt"), None);
    // Another member gives back the place.
    discard(&app.as_(Person::Publisher).at(&address), &first).await;
    let second = create_draft(&app, &editor).await.unwrap();
    discard(&editor, &second).await;
    let refused = create_draft(&app, &editor).await.unwrap_err();
    let error = assert_exceeded(&refused);
    assert!(
        error
            .message
            .contains("at most 2 within an hour; try again at"),
        "{error:?}"
    );
    assert_counters_match(&app).await;
}

#[tokio::test]
async fn an_hour_passes() {
    let app = TestApp::without_search().await;
    let address = app
        .server_with_quotas(quotas(DRAFT, |limits| limits.hour = 2))
        .await;
    let editor = app.as_(Person::Editor).at(&address);
    create_draft(&app, &editor).await.unwrap();
    app.advance(TimeDelta::minutes(30));
    create_draft(&app, &editor).await.unwrap();
    app.advance(TimeDelta::minutes(29));
    let refused = create_draft(&app, &editor).await.unwrap_err();
    let retry_at = parameter(assert_exceeded(&refused), "retryAt").unwrap();
    let retry_at: chrono::DateTime<chrono::Utc> = retry_at.parse().unwrap();
    assert!(retry_at > app.now() && retry_at < app.now() + TimeDelta::minutes(2));
    app.advance(TimeDelta::minutes(1));
    for _ in 0..2 {
        create_draft(&app, &editor).await.unwrap();
    }
    assert_exceeded(&create_draft(&app, &editor).await.unwrap_err());
    assert_counters_match(&app).await;
}

#[tokio::test]
async fn saving_a_draft_again_takes_no_other_place() {
    let app = TestApp::without_search().await;
    let address = app
        .server_with_quotas(quotas(DRAFT, |limits| limits.total = 1))
        .await;
    let editor = app.as_(Person::Editor).at(&address);
    let id = create_draft(&app, &editor).await.unwrap();
    for person in [Person::Publisher, Person::Editor] {
        let revision = revision(&app, &id).await;
        let content = content_with(&app, json!({ "description": english("Another plan.") }));
        let input = json!({ "procurementId": id, "revision": revision, "content": content });
        let saved = app
            .as_(person)
            .at(&address)
            .mutate("updateProcurement", input)
            .await;
        assert_eq!(saved.id(), id);
    }
    assert_counters_match(&app).await;
    // A published draft is no draft any more, but a notice.
    let input = json!({ "procurementId": id, "phase": "UPCOMING" });
    app.as_(Person::Publisher)
        .at(&address)
        .mutate("publishNotice", input)
        .await
        .id();
    create_draft(&app, &editor).await.unwrap();
    assert_counters_match(&app).await;
}

#[tokio::test]
async fn bytes_are_limited_in_total_and_within_an_hour() {
    let app = TestApp::without_search().await;
    let text = |letters: usize| json!({ "description": english(&"x".repeat(letters)) });
    for (total, hour, expected) in [
        (20_000, 50 * MEGABYTE, "may store at most 0.02 MB;"),
        (
            50 * MEGABYTE,
            20_000,
            "may save at most 0.02 MB within an hour;",
        ),
    ] {
        let limits = quotas(DRAFT, |limits| {
            (limits.total_bytes, limits.hour_bytes) = (total, hour);
        });
        let address = app.server_with_quotas(limits).await;
        let editor = app.as_(Person::Stranger).at(&address);
        let input = |letters| json!({ "content": content_with(&app, text(letters)) });
        let id = editor.mutate("createProcurement", input(8_000)).await.id();
        let refused = editor
            .mutate("createProcurement", input(9_900))
            .await
            .errors;
        let error = assert_exceeded(&refused);
        assert!(error.message.contains(expected), "{error:?}");
        discard(&editor, &id).await;
        app.advance(TimeDelta::hours(1));
    }
    assert_counters_match(&app).await;
}

#[tokio::test]
async fn an_answer_gives_back_the_place_of_its_draft() {
    let app = TestApp::without_search().await;
    let address = app
        .server_with_quotas(quotas(StorageKind::AnswerDraft, |limits| limits.total = 1))
        .await;
    let editor = app.as_(Person::Editor).at(&address);
    let round = dialogue(&app, &published(&app, "UPCOMING").await).await;
    let questions = [question(&app, &round).await, question(&app, &round).await];
    let draft =
        |question: &str| json!({ "questionId": question, "text": english("Soon."), "revision": 0 });
    editor
        .mutate("saveAnswerDraft", draft(&questions[0]))
        .await
        .id();
    let refused = editor.mutate("saveAnswerDraft", draft(&questions[1])).await;
    assert_exceeded(&refused.errors);
    let answer = json!({ "questionId": questions[0], "text": english("Yes.") });
    editor.mutate("answerQuestion", answer).await.id();
    editor
        .mutate("saveAnswerDraft", draft(&questions[1]))
        .await
        .id();
    assert_counters_match(&app).await;
}

#[tokio::test]
async fn an_unverified_buyer_has_fewer_places_until_it_is_verified() {
    let app = TestApp::without_search().await;
    let built_in = quotas(DRAFT, |limits| limits.total = 2);
    let mut quota = *built_in.of(DRAFT);
    quota.unverified_buyer.total = 1;
    let address = app.server_with_quotas(built_in.with(DRAFT, quota)).await;
    let town = create(&guest(&app, &address, "mayor", None), "BUYER", "A new town").await;
    let mayor = guest(&app, &address, "mayor", Some(&town));
    create_draft(&app, &mayor).await.unwrap();
    assert_exceeded(&create_draft(&app, &mayor).await.unwrap_err());
    let verify = json!({ "organisationId": town, "expectedRevision": 1 });
    app.as_(Person::Admin)
        .mutate("verifyOrganisation", verify)
        .await
        .id();
    create_draft(&app, &mayor).await.unwrap();
    assert_exceeded(&create_draft(&app, &mayor).await.unwrap_err());
    assert_counters_match(&app).await;
}
