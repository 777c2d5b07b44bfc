//! Nonprofit status: a recorded history that only reserved lots require.

use serde_json::{Value, json};

use super::{create, guest, read};
use crate::support::{
    app::TestApp,
    cast::Person,
    stage::{dialogue, organisation_revision, published, tender_input},
};

const HISTORY: &str = "nonprofitStatus { status verified } nonprofitHistory { status verified source asOf note recordedBy }";

#[tokio::test]
async fn history_is_kept_and_the_latest_status_is_current() {
    let app = TestApp::without_search().await;
    let owner = guest(&app, "owner");
    let profile = json!({ "name": "Föreningen Ny", "publicProfile": true });
    let id = create(&owner, "NONPROFIT", profile).await;
    let seen = read(&app.anonymous(), &id, HISTORY).await;
    assert_eq!(
        seen["nonprofitStatus"],
        json!({ "status": "SELF_DECLARED", "verified": false })
    );
    for (status, as_of) in [("REGISTERED", "2024-05-02"), ("DEREGISTERED", "2025-01-31")] {
        let input = json!({
            "organisationId": id, "status": status, "source": "https://register.example/1", "asOf": as_of,
            "note": "Seen in the register.", "expectedRevision": organisation_revision(&app, &id).await,
        });
        app.as_(Person::Admin)
            .mutate("recordNonprofitStatus", input)
            .await
            .id();
    }
    let seen = read(&app.anonymous(), &id, HISTORY).await;
    assert_eq!(
        seen["nonprofitStatus"],
        json!({ "status": "DEREGISTERED", "verified": true })
    );
    let history = seen["nonprofitHistory"].as_array().unwrap();
    assert_eq!(history.len(), 3);
    assert_eq!(history[1]["asOf"], "2024-05-02");
    assert_eq!(history[1]["source"], "https://register.example/1");
    // Only members and administrators read who recorded it.
    assert_eq!(history[1]["recordedBy"], Value::Null);
    assert_eq!(history[1]["note"], Value::Null);
    let seen = read(&owner, &id, HISTORY).await;
    assert_eq!(
        seen["nonprofitHistory"][1]["recordedBy"],
        Person::Admin.name().as_str()
    );
    assert_eq!(seen["nonprofitHistory"][2]["recordedBy"], "owner");

    let change = "update nonprofit_status set status = 'REGISTERED'";
    let refused = sqlx::query(change).execute(&app.database.pool).await;
    assert!(refused.unwrap_err().to_string().contains("append-only"));
}

/// Browsing, dialogue and unreserved tenders are open to an organisation created a minute ago,
/// without a number, a status or a public profile.
#[tokio::test]
async fn status_is_not_required_for_dialogue_or_open_tenders() {
    let app = TestApp::without_search().await;
    let procurement = published(&app, "TENDERING").await;
    let upcoming = published(&app, "UPCOMING").await;
    let round = dialogue(&app, &upcoming).await;
    for kind in ["COMPANY", "NONPROFIT", "SOCIAL_ENTERPRISE"] {
        let client = guest(&app, kind);
        let profile = json!({ "name": format!("A new {kind}") });
        let id = create(&client, kind, profile).await;
        if kind != "NONPROFIT" {
            let seen = read(&client, &id, HISTORY).await;
            assert_eq!(seen["nonprofitStatus"], Value::Null, "{kind}");
        }
        let ask = json!({ "dialogueId": round, "text": "May we?", "language": "en" });
        client.mutate("askQuestion", ask).await.id();
        client
            .mutate("submitTender", tender_input(&procurement))
            .await
            .id();
    }
}
