//! Verified names and numbers belong to one organisation; claims exclude none.

use serde_json::{Value, json};

use super::{codes, create, guest, guest_for, read};
use crate::support::{
    app::TestApp,
    cast::{BUYER, Person},
    client::Client,
    stage::organisation_revision,
};

/// Returns the input of `verifyOrganisation` with the current revision.
async fn verification(app: &TestApp, id: &str) -> Value {
    json!({ "organisationId": id, "expectedRevision": organisation_revision(app, id).await })
}

async fn verify(app: &TestApp, id: &str) {
    let input = verification(app, id).await;
    app.as_(Person::Admin)
        .mutate("verifyOrganisation", input)
        .await
        .id();
}

async fn creation_codes(client: &Client<'_>, kind: &str, profile: Value) -> Vec<String> {
    codes(
        client,
        "createOrganisation",
        json!({ "kind": kind, "profile": profile }),
    )
    .await
}

fn numbered(name: &str, scheme: &str, value: &str) -> Value {
    json!({ "name": name, "publicProfile": true, "identifiers": [{ "scheme": scheme, "value": value }] })
}

const IDENTITY: &str =
    "name nameStatus revision identifiers { scheme value verified } formerNames { name until }";

#[tokio::test]
async fn a_verified_name_cannot_be_taken_in_any_disguise() {
    let app = TestApp::without_search().await;
    let stranger = guest(&app, "impostor");
    let own = create(&stranger, "COMPANY", json!({ "name": "Something else" })).await;
    let disguises = [
        BUYER.to_owned(),
        BUYER.to_uppercase(),
        format!("{BUYER}."),
        format!("“{BUYER}” AB"),
        BUYER.replace(' ', "-"),
        format!("{BUYER}™"),
        format!("{BUYER} ℠"),
        BUYER.replace('o', "0"),
        BUYER.replace(' ', " \u{200b}"),
    ];
    for name in &disguises {
        for kind in ["BUYER", "COMPANY", "NONPROFIT", "SOCIAL_ENTERPRISE"] {
            let refused = creation_codes(&stranger, kind, json!({ "name": name })).await;
            assert_eq!(refused, ["TAKEN"], "{kind} {name}");
        }
        let rename = json!({ "organisationId": own, "revision": 1, "profile": { "name": name } });
        assert_eq!(
            codes(&stranger, "updateOrganisation", rename).await,
            ["TAKEN"],
            "{name}"
        );
    }
    // A word with letters of two scripts is refused whatever it looks like.
    let mixed = json!({ "name": BUYER.replace('o', "\u{43e}") });
    assert_eq!(
        creation_codes(&stranger, "COMPANY", mixed).await,
        ["INVALID"]
    );
    // The buyer itself keeps its name when it changes something else.
    let buyer = app.organisations.buyer.to_global();
    let revision = organisation_revision(&app, &buyer).await;
    let same =
        json!({ "organisationId": buyer, "revision": revision, "profile": { "name": BUYER } });
    assert_eq!(
        codes(&app.as_(Person::Mayor), "updateOrganisation", same).await,
        [""; 0]
    );
}

#[tokio::test]
async fn an_unverified_claim_excludes_nobody_and_yields_to_a_verification() {
    let app = TestApp::without_search().await;
    let (squatter, town) = (guest(&app, "squatter"), guest(&app, "town"));
    let number = ("SE-ORGNR", "556036-0793");
    let squat = create(
        &squatter,
        "COMPANY",
        numbered("Nya staden", number.0, number.1),
    )
    .await;
    let seen = read(&app.anonymous(), &squat, IDENTITY).await;
    assert_eq!(seen["nameStatus"], "UNVERIFIED");
    assert_eq!(
        seen["identifiers"],
        json!([{ "scheme": "SE-ORGNR", "value": "5560360793", "verified": false }])
    );
    // The same legal person by its VAT number, and the same name.
    let id = create(
        &town,
        "BUYER",
        numbered("Nya staden", "EU-VAT", "SE 556036-0793 01"),
    )
    .await;
    verify(&app, &id).await;
    let seen = read(&app.anonymous(), &id, IDENTITY).await;
    assert_eq!(seen["nameStatus"], "VERIFIED");
    assert_eq!(seen["identifiers"][0]["verified"], true);
    let seen = read(&app.anonymous(), &squat, IDENTITY).await;
    assert_eq!(seen["nameStatus"], "CONTESTED");
    assert_eq!(seen["identifiers"], json!([]));
    assert_eq!(seen["revision"], 2);
    // It must choose another name with its next change, and cannot claim the number again.
    let change = |name: &str, numbers: Value| {
        let profile = json!({ "name": name, "publicProfile": true, "identifiers": numbers });
        json!({ "organisationId": squat, "revision": 2, "profile": profile })
    };
    let kept = change("Nya staden", json!([]));
    assert_eq!(
        codes(&squatter, "updateOrganisation", kept).await,
        ["TAKEN"]
    );
    for (scheme, value) in [
        number,
        ("EU-VAT", "SE556036079301"),
        ("SE-ORGNR", "16 556036 0793"),
    ] {
        let again = change("Annan", json!([{ "scheme": scheme, "value": value }]));
        assert_eq!(
            codes(&squatter, "updateOrganisation", again).await,
            ["TAKEN"],
            "{value}"
        );
    }
    let other = change("Annan", json!([]));
    assert_eq!(codes(&squatter, "updateOrganisation", other).await, [""; 0]);
    let seen = read(&app.anonymous(), &squat, IDENTITY).await;
    assert_eq!(seen["nameStatus"], "UNVERIFIED");
    assert_eq!(seen["formerNames"][0]["name"], "Nya staden");
    // A second buyer with the name or the number cannot be verified.
    let audited: i64 = sqlx::query_scalar(
        "select count(*) from audit where action = 'organisation.identifier.removed'",
    )
    .fetch_one(&app.database.pool)
    .await
    .unwrap();
    assert_eq!(audited, 1);
}

#[tokio::test]
async fn two_buyers_with_one_name_or_number_are_not_both_verified() {
    let app = TestApp::without_search().await;
    let clients = ["one", "two", "three"].map(|subject| guest(&app, subject));
    let first = create(
        &clients[0],
        "BUYER",
        numbered("Öppna kommunen", "FI-PRO", "0112038-9"),
    )
    .await;
    let name = create(&clients[1], "BUYER", json!({ "name": "ÖPPNA kommunen" })).await;
    let number = create(
        &clients[2],
        "BUYER",
        numbered("En annan", "EU-VAT", "FI01120389"),
    )
    .await;
    verify(&app, &first).await;
    let admin = app.as_(Person::Admin);
    let input = verification(&app, &name).await;
    assert_eq!(codes(&admin, "verifyOrganisation", input).await, ["TAKEN"]);
    // The claim to the number was removed, so that the rest can be verified.
    let seen = read(&app.anonymous(), &number, IDENTITY).await;
    assert_eq!(seen["identifiers"], json!([]));
    verify(&app, &number).await;
}

#[tokio::test]
async fn a_verified_buyer_is_renamed_by_an_administrator_and_keeps_its_earlier_name() {
    let app = TestApp::without_search().await;
    let (admin, stranger) = (app.as_(Person::Admin), guest(&app, "stranger"));
    let id = app.organisations.buyer.to_global();
    let revision = organisation_revision(&app, &id).await;
    let profile = numbered("Den nya staden", "DK-CVR", "64942212");
    let rename = json!({ "organisationId": id, "revision": revision, "profile": profile });
    assert_eq!(codes(&admin, "updateOrganisation", rename).await, [""; 0]);
    let seen = read(&app.anonymous(), &id, IDENTITY).await;
    assert_eq!(seen["nameStatus"], "VERIFIED");
    assert_eq!(seen["formerNames"][0]["name"], BUYER);
    assert!(seen["formerNames"][0]["until"].is_string());
    assert_eq!(
        seen["identifiers"][0]["verified"], true,
        "the administrator vouches for it"
    );
    for name in [BUYER, "Den nya staden"] {
        assert_eq!(
            creation_codes(&stranger, "COMPANY", json!({ "name": name })).await,
            ["TAKEN"]
        );
    }
    let claim = numbered("Någon", "EU-VAT", "DK64942212");
    assert_eq!(creation_codes(&stranger, "COMPANY", claim).await, ["TAKEN"]);
    let change = "update organisation_former_name set name = 'x'";
    let refused = sqlx::query(change).execute(&app.database.pool).await;
    assert!(refused.unwrap_err().to_string().contains("append-only"));
}

/// An administrator verifies what they read, not what the owner wrote since.
#[tokio::test]
async fn a_change_since_the_reading_stops_a_verification() {
    let app = TestApp::without_search().await;
    let (owner, admin) = (guest(&app, "owner"), app.as_(Person::Admin));
    let town = create(&owner, "BUYER", json!({ "name": "Lilla staden" })).await;
    let read_before = verification(&app, &town).await;
    let rename =
        json!({ "organisationId": town, "revision": 1, "profile": { "name": "Stora staden" } });
    owner.mutate("updateOrganisation", rename).await.id();
    assert_eq!(
        codes(&admin, "verifyOrganisation", read_before).await,
        ["CONFLICT"]
    );
    verify(&app, &town).await;

    let club = create(
        &owner,
        "NONPROFIT",
        json!({ "name": "Föreningen", "publicProfile": true }),
    )
    .await;
    let record = |revision: i32| {
        json!({ "organisationId": club, "expectedRevision": revision, "status": "REGISTERED",
            "source": "The register", "asOf": "2024-01-02" })
    };
    let number = numbered("Föreningen", "SE-ORGNR", "802002-4280");
    let update = json!({ "organisationId": club, "revision": 1, "profile": number });
    // The owner has two organisations by now.
    let of_club = guest_for(&app, "owner", &club);
    of_club.mutate("updateOrganisation", update).await.id();
    assert_eq!(
        codes(&admin, "recordNonprofitStatus", record(1)).await,
        ["CONFLICT"]
    );
    assert_eq!(
        codes(&admin, "recordNonprofitStatus", record(2)).await,
        [""; 0]
    );
    let seen = read(&app.anonymous(), &club, IDENTITY).await;
    assert_eq!(seen["identifiers"][0]["verified"], true);
    assert_eq!(seen["revision"], 3);
    // What the register states is of this name and number.
    let rename = json!({ "organisationId": club, "revision": 3, "profile": numbered("Annan", "SE-ORGNR", "802002-4280") });
    assert_eq!(
        codes(&of_club, "updateOrganisation", rename).await,
        ["NOT_ALLOWED"]
    );
}

/// A closed organisation frees its name and its numbers.
#[tokio::test]
async fn a_closed_organisation_excludes_nobody() {
    let app = TestApp::without_search().await;
    let (owner, other) = (guest(&app, "owner"), guest(&app, "other"));
    let profile = || numbered("Korta staden", "NO-BRC", "974 760 673");
    let id = create(&owner, "BUYER", profile()).await;
    verify(&app, &id).await;
    assert_eq!(creation_codes(&other, "BUYER", profile()).await, ["TAKEN"]);
    owner
        .mutate("erasePerson", json!({ "confirm": "ERASE" }))
        .await
        .id();
    assert_eq!(creation_codes(&other, "BUYER", profile()).await, [""; 0]);
}

/// Keys of an earlier version of the computation are computed again at start.
#[tokio::test]
async fn stored_keys_of_names_are_renewed_at_start() {
    let app = TestApp::without_search().await;
    let pool = &app.database.pool;
    let buyer = app.organisations.buyer.to_global();
    let revision = organisation_revision(&app, &buyer).await;
    let renamed =
        json!({ "organisationId": buyer, "revision": revision, "profile": { "name": "Nystad" } });
    let admin = app.as_(Person::Admin);
    assert_eq!(codes(&admin, "updateOrganisation", renamed).await, [""; 0]);
    let keys = async || -> Vec<String> {
        let query = "select name_skeleton from organisation
                     union all select name_skeleton from organisation_former_name order by 1";
        sqlx::query_scalar(query).fetch_all(pool).await.unwrap()
    };
    let before = keys().await;
    assert!(
        before.len() > 3 && before.iter().all(|key| key.starts_with("2:")),
        "{before:?}"
    );
    for table in ["organisation", "organisation_former_name"] {
        let old = format!("update {table} set name_skeleton = substr(name_skeleton, 3)");
        sqlx::query(sqlx::AssertSqlSafe(old))
            .execute(pool)
            .await
            .unwrap();
    }
    assert_ne!(keys().await, before);
    torg::organisation::store::identity::fill_skeletons(pool)
        .await
        .unwrap();
    assert_eq!(keys().await, before);
    let forged = sqlx::query("update organisation_former_name set name = 'Forged'");
    assert!(forged.execute(pool).await.is_err());
}
