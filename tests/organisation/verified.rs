//! Buyers are verified before they publish.

use futures::future::join;
use serde_json::{Value, json};

use super::{codes, create, guest, read};
use crate::support::{app::TestApp, cast::Person, stage::content};

#[tokio::test]
async fn buyer_publishes_only_after_verification() {
    let app = TestApp::without_search().await;
    let owner = guest(&app, "mayor-of-a-new-town");
    let id = create(&owner, "BUYER", json!({ "name": "Nyköping-Test" })).await;
    let draft = owner
        .mutate("createProcurement", json!({ "content": content(&app) }))
        .await
        .id();
    let publish = json!({ "procurementId": draft, "phase": "UPCOMING" });
    assert_eq!(
        codes(&owner, "publishNotice", publish.clone()).await,
        ["NOT_VERIFIED"]
    );
    let seen = read(&app.anonymous(), &id, "verifiedAt").await;
    assert_eq!(seen["verifiedAt"], Value::Null);

    let verify =
        json!({ "organisationId": id, "expectedRevision": 1, "note": "Called the switchboard." });
    assert_eq!(
        codes(&owner, "verifyOrganisation", verify.clone()).await,
        ["NOT_ALLOWED"]
    );
    let admin = app.as_(Person::Admin);
    admin
        .mutate("verifyOrganisation", verify.clone())
        .await
        .id();
    assert_eq!(
        codes(&admin, "verifyOrganisation", verify).await,
        ["ALREADY_DONE"]
    );
    assert_eq!(codes(&owner, "publishNotice", publish).await, [""; 0]);
    let seen = read(&app.anonymous(), &id, "verifiedAt").await;
    assert!(seen["verifiedAt"].is_string());
}

/// A buyer cannot take another buyer's identity by changing its name.
#[tokio::test]
async fn only_administrators_rename_a_verified_buyer() {
    let app = TestApp::without_search().await;
    let (mayor, admin) = (app.as_(Person::Mayor), app.as_(Person::Admin));
    let id = app.organisations.buyer.to_global();
    let rename = async |name: &str| {
        let revision = read(&mayor, &id, "revision").await["revision"].clone();
        let profile = json!({ "name": name, "contact": { "name": "The office" } });
        json!({ "organisationId": id, "revision": revision, "profile": profile })
    };
    let same = rename(crate::support::cast::BUYER).await;
    assert_eq!(codes(&mayor, "updateOrganisation", same).await, [""; 0]);
    let other = rename("Stockholms stad").await;
    assert_eq!(
        codes(&mayor, "updateOrganisation", other.clone()).await,
        ["NOT_ALLOWED"]
    );
    assert_eq!(codes(&admin, "updateOrganisation", other).await, [""; 0]);
    let seen = read(&app.anonymous(), &id, "name verifiedAt").await;
    assert_eq!(seen["name"], "Stockholms stad");
    assert!(seen["verifiedAt"].is_string());
}

/// Two administrators verify two buyers that claim the same number. One is verified; the claim of
/// the other is removed, which its administrator has to read first.
#[tokio::test]
async fn one_number_is_verified_once_by_two_administrators_at_once() {
    let app = TestApp::without_search().await;
    let admin = app.as_(Person::Admin);
    for (scheme, value) in [
        ("SE-ORGNR", "5560125790"),
        ("SE-ORGNR", "802002-4280"),
        ("FI-PRO", "0112038-9"),
        ("NO-BRC", "974760673"),
        ("DK-CVR", "64942212"),
    ] {
        let mut buyers = Vec::new();
        for place in ["North", "South"] {
            let owner = guest(&app, &format!("{place} {value}"));
            let profile = json!({
                "name": format!("{place} {value}"),
                "identifiers": [{ "scheme": scheme, "value": value }],
            });
            buyers.push(create(&owner, "BUYER", profile).await);
        }
        let verify = |id: &String| json!({ "organisationId": id, "expectedRevision": 1 });
        let (first, second) = join(
            codes(&admin, "verifyOrganisation", verify(&buyers[0])),
            codes(&admin, "verifyOrganisation", verify(&buyers[1])),
        )
        .await;
        let mut verdicts = [first.concat(), second.concat()];
        verdicts.sort();
        assert_eq!(verdicts, ["", "CONFLICT"], "{scheme} {value}");
    }
}
