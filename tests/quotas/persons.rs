//! Places of one person, for all organisations together.

use serde_json::json;
use torg::{
    database::{
        Database,
        quota::{Quotas, StorageKind},
    },
    interop::import::{Options, import},
};

use super::{assert_counters_match, assert_exceeded, create, guest, question, quotas};
use crate::support::{
    app::TestApp,
    cast::Person,
    folder::folder,
    stage::{dialogue, published},
};

/// Returns quotas that limit the questions of a person, but not those of an organisation.
fn two_questions() -> Quotas {
    let built_in = Quotas::default();
    let mut quota = *built_in.of(StorageKind::Question);
    quota.person.hour = 2;
    built_in.with(StorageKind::Question, quota)
}

#[tokio::test]
async fn a_person_has_the_same_places_in_all_organisations() {
    let app = TestApp::without_search().await;
    let address = app.server_with_quotas(two_questions()).await;
    let round = dialogue(&app, &published(&app, "UPCOMING").await).await;
    let puppeteer = guest(&app, &address, "puppeteer", None);
    let mut puppets = Vec::new();
    for number in 0..3 {
        puppets.push(create(&puppeteer, "COMPANY", &format!("Puppet {number}")).await);
    }
    for (number, puppet) in puppets.iter().enumerate() {
        let client = guest(&app, &address, "puppeteer", Some(puppet));
        let asked = client.mutate("askQuestion", question(&round, number)).await;
        if number < 2 {
            asked.id();
            continue;
        }
        let error = assert_exceeded(&asked.errors);
        assert!(
            error.message.starts_with(
                "questions: one person may save at most 2 within an hour for all organisations together; try again at"
            ),
            "{error:?}"
        );
    }
    // Another person of one of the organisations has places of their own.
    let clerk = app.as_(Person::Clerk).at(&address);
    clerk.mutate("askQuestion", question(&round, 9)).await.id();
    assert_counters_match(&app).await;
}

#[tokio::test]
async fn erasure_gives_a_person_no_new_places() {
    let app = TestApp::without_search().await;
    let address = app.server_with_quotas(two_questions()).await;
    let round = dialogue(&app, &published(&app, "UPCOMING").await).await;
    let ask = async |number: usize| {
        let name = format!("Puppet {number}");
        let puppet = create(&guest(&app, &address, "puppeteer", None), "COMPANY", &name).await;
        let client = guest(&app, &address, "puppeteer", Some(&puppet));
        let asked = client.mutate("askQuestion", question(&round, number)).await;
        let erase = json!({ "confirm": "ERASE" });
        client.mutate("erasePerson", erase).await.id();
        asked.errors
    };
    for number in 0..2 {
        assert_eq!(ask(number).await, []);
    }
    assert_exceeded(&ask(2).await);
}

#[tokio::test]
async fn an_administrator_has_no_quota() {
    let app = TestApp::without_search().await;
    let limits = quotas(StorageKind::Follow, |limits| limits.total = 0);
    let address = app.server_with_quotas(limits).await;
    let follow = json!({ "procurementId": published(&app, "UPCOMING").await });
    let refused = app
        .as_(Person::Nobody)
        .at(&address)
        .mutate("followProcurement", follow.clone())
        .await;
    assert_exceeded(&refused.errors);
    let followed = app
        .as_(Person::Admin)
        .at(&address)
        .mutate("followProcurement", follow)
        .await;
    assert_eq!(followed.errors, []);
}

#[tokio::test]
async fn an_import_has_no_quota() {
    let app = TestApp::without_search().await;
    let database = Database {
        quotas: quotas(StorageKind::Notice, |limits| limits.total = 0),
        ..app.database.clone()
    };
    let folder = folder();
    let file = folder.path().join("releases.jsonl");
    let release = json!({
        "ocid": "ocds-a-1", "id": "1", "date": "2024-05-02T09:00:00Z", "tag": ["tender"], "language": "en",
        "buyer": { "id": "SE-1", "name": "A town" }, "parties": [{ "id": "SE-1", "name": "A town", "roles": ["buyer"] }],
        "tender": { "id": "1", "title": "Cleaning", "status": "active" },
    });
    std::fs::write(&file, format!("{release}\n")).unwrap();
    import(&database, &[file], Options::default(), &mut Vec::new())
        .await
        .unwrap();
    let (notices, counted): (i64, i64) = sqlx::query_as(
        "select (select count(*) from notice), (select count(*) from storage_usage)",
    )
    .fetch_one(&app.database.pool)
    .await
    .unwrap();
    assert_eq!((notices, counted), (1, 0));
}

#[tokio::test]
async fn following_twice_at_once_counts_once() {
    let app = TestApp::without_search().await;
    let follow = json!({ "procurementId": published(&app, "UPCOMING").await });
    let clerk = app.as_(Person::Clerk);
    let attempts = (0..8).map(|_| clerk.mutate("followProcurement", follow.clone()));
    for followed in futures::future::join_all(attempts).await {
        followed.id();
    }
    assert_counters_match(&app).await;
    clerk.mutate("unfollowProcurement", follow.clone()).await;
    clerk.mutate("unfollowProcurement", follow).await;
    assert_counters_match(&app).await;
}

#[tokio::test]
async fn the_viewer_reads_quotas_of_organisation_and_person() {
    let app = TestApp::without_search().await;
    let address = app.server_with_quotas(two_questions()).await;
    let round = dialogue(&app, &published(&app, "UPCOMING").await).await;
    let clerk = app.as_(Person::Clerk).at(&address);
    clerk.mutate("askQuestion", question(&round, 1)).await.id();
    let read = async || {
        let query = "{ viewer { quotas { kind forPerson stored limit storedMegabytes limitMegabytes hourStored hourLimit
            hourStoredMegabytes hourLimitMegabytes hourEndsAt } } }";
        let data = clerk.ask(query, json!({})).await;
        let quotas = data["viewer"]["quotas"].as_array().unwrap().clone();
        let kinds = StorageKind::ALL.len();
        let personal = StorageKind::ALL
            .iter()
            .filter(|kind| kind.is_personal())
            .count();
        assert_eq!(quotas.len(), 2 * kinds - personal);
        quotas
            .into_iter()
            .filter(|quota| quota["kind"] == "QUESTION")
            .collect::<Vec<_>>()
    };
    let quotas = read().await;
    let shown = |quota: &serde_json::Value| {
        [
            "forPerson",
            "stored",
            "limit",
            "storedMegabytes",
            "hourStored",
            "hourLimit",
        ]
        .map(|field| quota[field].clone())
    };
    assert_eq!(
        shown(&quotas[0]),
        [
            json!(false),
            json!(1),
            json!(100_000),
            json!(1),
            json!(1),
            json!(1_000)
        ]
    );
    assert_eq!(
        shown(&quotas[1]),
        [
            json!(true),
            json!(1),
            json!(100_000),
            json!(1),
            json!(1),
            json!(2)
        ]
    );
    assert!(quotas[1]["hourEndsAt"].is_string());
    app.advance(chrono::TimeDelta::hours(1));
    let quotas = read().await;
    assert_eq!(
        (&quotas[1]["stored"], &quotas[1]["hourStored"]),
        (&json!(1), &json!(0))
    );
    assert!(quotas[1]["hourEndsAt"].is_null());
}
