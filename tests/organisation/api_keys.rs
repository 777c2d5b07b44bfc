//! API keys: systems act for their organisation within the roles and scopes of the key, while it is
//! valid.

use chrono::TimeDelta;
use reqwest::{StatusCode, header::WWW_AUTHENTICATE};
use serde_json::{Value, json};
use torg::kernel::ids::OrganisationId;
use uuid::Uuid;

use super::{codes, person_id};
use crate::{
    journey::dump,
    support::{
        app::TestApp,
        cast::Person,
        client::Client,
        log::Log,
        stage::{TENDERING, content, dialogue, dialogue_input, published, tender_input, time},
    },
};

const CREATE: &str = "mutation($input: CreateApiKeyInput!) { createApiKey(input: $input) {
    secret apiKey { id name roles scopes madeBy createdAt expiresAt lastUsedAt revokedAt } userErrors { code } } }";

/// Everything that an owner can read about the keys.
pub const KEYS: &str = "{ viewer { actingFor { apiKeys(first: 100) { nodes { id name scopes madeBy lastUsedAt revokedAt } } } } }";

/// Returns an input of `createApiKey` for a key that is valid for 90 days.
pub fn input(app: &TestApp, organisation: &str, roles: &[&str], scopes: &[&str]) -> Value {
    json!({
        "organisationId": organisation, "name": "The back office", "roles": roles, "scopes": scopes,
        "expiresAt": time(app.now() + TimeDelta::days(90)),
    })
}

/// Creates a key and returns its ID and secret.
pub async fn make(owner: &Client<'_>, input: Value) -> (String, String) {
    let data = owner.ask(CREATE, json!({ "input": input })).await;
    let payload = &data["createApiKey"];
    assert_eq!(payload["userErrors"], json!([]));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&payload["apiKey"]["id"]), text(&payload["secret"]))
}

/// Returns a system with a key of the buyer that has all roles and these scopes.
async fn of_buyer<'a>(app: &'a TestApp, scopes: &[&str]) -> Client<'a> {
    let buyer = app.organisations.buyer.to_global();
    let roles = ["OWNER", "EDITOR", "PUBLISHER", "OPENER"];
    let input = input(app, &buyer, &roles, scopes);
    let (_, secret) = make(&app.as_(Person::Mayor), input).await;
    Client::new(app, Some(secret), None)
}

/// Returns a system with a key of the nonprofit that has all roles and these scopes.
async fn of_nonprofit<'a>(app: &'a TestApp, scopes: &[&str]) -> Client<'a> {
    let nonprofit = app.organisations.nonprofit.to_global();
    let roles = ["OWNER", "SIGNATORY", "CONTRIBUTOR"];
    let input = input(app, &nonprofit, &roles, scopes);
    let (_, secret) = make(&app.as_(Person::Chair), input).await;
    Client::new(app, Some(secret), None)
}

/// Sends a request with this bearer token; returns the status and the error code.
pub async fn verdict(app: &TestApp, secret: &str) -> (StatusCode, String) {
    let request = app.post().bearer_auth(secret);
    let request = request.json(&json!({ "query": "{ viewer { name } }" }));
    let response = request.send().await.unwrap();
    let status = response.status();
    let challenge = response.headers().get(WWW_AUTHENTICATE).cloned();
    let body: Value = response.json().await.unwrap();
    if status == StatusCode::UNAUTHORIZED {
        let challenge = challenge.unwrap();
        let challenge = challenge.to_str().unwrap();
        assert!(
            challenge.contains(r#"error="invalid_token""#),
            "{challenge}"
        );
    }
    let code = body["errors"][0]["extensions"]["code"].as_str();
    (status, code.unwrap_or_default().to_owned())
}

#[tokio::test]
async fn key_acts_for_its_organisation_and_its_secret_is_shown_once() {
    let app = TestApp::without_search().await;
    let mayor = app.as_(Person::Mayor);
    let buyer = app.organisations.buyer.to_global();
    let mut wanted = input(&app, &buyer, &["EDITOR"], &["PROCUREMENT", "PROCUREMENT"]);
    wanted["idempotencyKey"] = json!("one-key");
    let first = mayor.ask(CREATE, json!({ "input": wanted })).await["createApiKey"].take();
    let key = &first["apiKey"];
    assert_eq!(key["scopes"], json!(["READ", "PROCUREMENT"]));
    assert_eq!(key["roles"], json!(["EDITOR"]));
    assert_eq!(key["madeBy"], Person::Mayor.name());
    assert_eq!(key["lastUsedAt"], Value::Null);
    let secret = first["secret"].as_str().unwrap();
    assert!(
        secret.starts_with("torg_") && secret.len() == 77,
        "{}",
        secret.len()
    );
    let again = mayor.ask(CREATE, json!({ "input": wanted })).await["createApiKey"].take();
    assert_eq!(again["apiKey"]["id"], key["id"]);
    assert_eq!(again["secret"], Value::Null);

    let system = Client::new(&app, Some(secret.to_owned()), None);
    let query = "{ viewer { id name admin may apiKey { id scopes } actingFor { id } memberships { roles } } }";
    let viewer = system.ask(query, json!({})).await["viewer"].take();
    assert_eq!(viewer["name"], "The back office");
    assert_eq!(viewer["admin"], false);
    assert_eq!(viewer["apiKey"]["id"], key["id"]);
    assert_eq!(viewer["actingFor"]["id"], buyer);
    assert_eq!(viewer["memberships"], json!([{ "roles": ["EDITOR"] }]));
    assert_eq!(
        viewer["may"],
        json!(["EDIT_PROCUREMENTS", "UPLOAD_DOCUMENTS"])
    );
    let person = app.as_(Person::Editor).ask(query, json!({})).await["viewer"].take();
    assert_eq!(person["apiKey"], Value::Null);
    assert_eq!(
        person["may"],
        json!([
            "EDIT_PROCUREMENTS",
            "RUN_DIALOGUES",
            "READ_TENDERS",
            "UPLOAD_DOCUMENTS",
            "ACT_IN_PERSON"
        ])
    );

    // The audit log records the key as the actor.
    let create = json!({ "content": content(&app) });
    system.mutate("createProcurement", create).await.id();
    let by: String = sqlx::query_scalar(
        "select name from audit join person on person.id = person_id where action = 'procurement.create'",
    )
    .fetch_one(&app.database.pool)
    .await
    .unwrap();
    assert_eq!(by, "The back office");
    // The key acts for its own organisation only.
    let elsewhere = Client::new(
        &app,
        Some(secret.to_owned()),
        Some(app.organisations.company),
    );
    let refused = elsewhere.respond(query, json!({})).await;
    assert_eq!(refused["errors"][0]["extensions"]["code"], "NOT_A_MEMBER");
    // The key is not a member.
    let members = "{ viewer { actingFor { members { name } } } }";
    let members = mayor.ask(members, json!({})).await.to_string();
    assert!(!members.contains("The back office"), "{members}");
}

#[tokio::test]
async fn scope_allows_only_its_own_mutations() {
    let app = TestApp::without_search().await;
    let upcoming = published(&app, "UPCOMING").await;
    let round = dialogue(&app, &upcoming).await;
    let tendering = published(&app, "TENDERING").await;
    let ask = |at: usize| json!({ "dialogueId": round, "text": format!("Which, {at}?"), "language": "en" });
    let profile = |organisation: OrganisationId, revision: i32, name: &str| {
        let of = organisation.to_global();
        json!({ "organisationId": of, "revision": revision, "profile": { "name": name } })
    };
    let buyer = profile(app.organisations.buyer, 1, crate::support::cast::BUYER);
    let nonprofit = profile(
        app.organisations.nonprofit,
        1,
        crate::support::cast::NONPROFIT,
    );
    let scopes = ["READ", "PROCUREMENT", "DIALOGUE", "TENDER", "ORGANISATION"];
    for (at, scope) in scopes.into_iter().enumerate() {
        let (buys, supplies) = (
            of_buyer(&app, &[scope]).await,
            of_nonprofit(&app, &[scope]).await,
        );
        let cases = [
            (
                &buys,
                "createProcurement",
                json!({ "content": content(&app) }),
                "PROCUREMENT",
            ),
            (
                &buys,
                "openDialogue",
                dialogue_input(&app, &upcoming),
                "DIALOGUE",
            ),
            (&buys, "updateOrganisation", buyer.clone(), "ORGANISATION"),
            (&supplies, "askQuestion", ask(at), "DIALOGUE"),
            (
                &supplies,
                "submitTender",
                tender_input(&tendering),
                "TENDER",
            ),
            (
                &supplies,
                "updateOrganisation",
                nonprofit.clone(),
                "ORGANISATION",
            ),
        ];
        for (system, mutation, input, covering) in cases {
            let errors = system.mutate(mutation, input).await.errors;
            if scope == covering {
                assert_eq!(errors, [], "{scope} {mutation}");
                continue;
            }
            assert_eq!(errors[0].code, "NOT_ALLOWED", "{scope} {mutation}");
            let names_it = format!("API key with the scope {covering};");
            assert!(
                errors[0].message.contains(&names_it),
                "{}",
                errors[0].message
            );
        }
    }
    app.advance(TENDERING);
    let open = json!({ "procurementId": tendering });
    let refused = codes(
        &of_buyer(&app, &["PROCUREMENT"]).await,
        "openTenders",
        open.clone(),
    )
    .await;
    assert_eq!(refused, ["NOT_ALLOWED"]);
    of_buyer(&app, &["TENDER"])
        .await
        .mutate("openTenders", open)
        .await
        .id();
    // Every scope includes reading; a field that requires a role requires its scope as well.
    let draft = app
        .as_(Person::Editor)
        .mutate("createProcurement", json!({ "content": content(&app) }))
        .await
        .id();
    let query = "query($id: ID!) { procurement(id: $id) { id } }";
    let reads = of_buyer(&app, &[])
        .await
        .ask(query, json!({ "id": draft }))
        .await;
    assert_eq!(reads["procurement"]["id"], draft);
}

#[tokio::test]
async fn key_cannot_do_what_requires_a_person() {
    let app = TestApp::without_search().await;
    let scopes = ["PROCUREMENT", "DIALOGUE", "TENDER", "ORGANISATION"];
    let system = of_nonprofit(&app, &scopes).await;
    let nonprofit = app.organisations.nonprofit.to_global();
    let upcoming = published(&app, "UPCOMING").await;
    let chair = app.as_(Person::Chair);
    let (other_key, _) = make(&chair, input(&app, &nonprofit, &["CONTRIBUTOR"], &[])).await;
    let member = person_id(&app.as_(Person::Volunteer)).await;
    let own = person_id(&system).await;
    let of = |more: Value| {
        let mut input = json!({ "organisationId": nonprofit });
        input
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        input
    };
    let invite = of(json!({ "roles": ["OWNER"] }));
    let invitation = chair.mutate("inviteMember", invite.clone()).await.id();
    for (mutation, input) in [
        (
            "createOrganisation",
            json!({ "kind": "COMPANY", "profile": { "name": "A shell" } }),
        ),
        ("acceptInvitation", json!({ "code": "a code" })),
        ("inviteMember", invite),
        ("revokeInvitation", json!({ "invitationId": invitation })),
        (
            "setMemberRoles",
            of(json!({ "personId": own, "roles": ["OWNER"] })),
        ),
        ("removeMember", of(json!({ "personId": member }))),
        ("leaveOrganisation", of(json!({}))),
        ("erasePerson", json!({ "confirm": "ERASE" })),
        ("followProcurement", json!({ "procurementId": upcoming })),
        ("unfollowProcurement", json!({ "procurementId": upcoming })),
        ("markNotificationsRead", json!({})),
        (
            "createApiKey",
            self::input(&app, &nonprofit, &["OWNER"], &scopes),
        ),
        ("revokeApiKey", json!({ "apiKeyId": other_key })),
        ("verifyOrganisation", of(json!({ "expectedRevision": 1 }))),
    ] {
        let refused = codes(&system, mutation, input).await;
        assert_eq!(refused, ["NOT_ALLOWED"], "{mutation}");
    }
    let data = system
        .respond("{ viewer { personalData } }", json!({}))
        .await;
    assert_eq!(
        data["errors"][0]["extensions"]["code"], "NOT_ALLOWED",
        "{data}"
    );
    let keys = system.ask(KEYS, json!({})).await;
    assert_eq!(keys["viewer"]["actingFor"]["apiKeys"]["nodes"], json!([]));
    // The identity of a key can neither be erased nor made a member.
    let erase = json!({ "confirm": "ERASE", "personId": own });
    assert_eq!(
        codes(&app.as_(Person::Admin), "erasePerson", erase).await,
        ["NOT_FOUND"]
    );
    let promote = of(json!({ "personId": own, "roles": ["OWNER"] }));
    assert_eq!(
        codes(&chair, "setMemberRoles", promote).await,
        ["NOT_FOUND"]
    );
    // Only owners see the keys.
    for (person, count) in [
        (Person::Chair, 2),
        (Person::Volunteer, 0),
        (Person::Mayor, 0),
    ] {
        let keys = app.as_(person).ask(KEYS, json!({})).await;
        let nodes = keys["viewer"]["actingFor"]["apiKeys"]["nodes"]
            .as_array()
            .unwrap()
            .len();
        assert_eq!(nodes, count, "{person:?}");
    }
    let query =
        "query($id: ID!) { node(id: $id) { ... on Organisation { apiKeys { nodes { id } } } } }";
    let seen = app.anonymous().ask(query, json!({ "id": nonprofit })).await;
    assert_eq!(seen["node"]["apiKeys"]["nodes"], json!([]));
}

#[tokio::test]
async fn last_use_is_recorded_to_the_minute() {
    let app = TestApp::without_search().await;
    let nonprofit = app.organisations.nonprofit.to_global();
    let chair = app.as_(Person::Chair);
    let (_, secret) = make(&chair, input(&app, &nonprofit, &["SIGNATORY"], &[])).await;
    let used = async || {
        let keys = chair.ask(KEYS, json!({})).await;
        keys["viewer"]["actingFor"]["apiKeys"]["nodes"][0]["lastUsedAt"].clone()
    };
    assert_eq!(used().await, Value::Null);
    let seen = |passes: i64| {
        app.advance(TimeDelta::seconds(passes));
        verdict(&app, &secret)
    };
    seen(0).await;
    let first = used().await;
    assert!(first.is_string());
    seen(30).await;
    assert_eq!(used().await, first, "a second request writes nothing");
    seen(31).await;
    assert_ne!(used().await, first);
}

#[tokio::test]
async fn secret_is_not_stored() {
    let (log, _guard) = Log::here();
    let app = TestApp::without_search().await;
    let buyer = app.organisations.buyer.to_global();
    let wanted = input(&app, &buyer, &["EDITOR"], &["PROCUREMENT"]);
    let (_, secret) = make(&app.as_(Person::Mayor), wanted).await;
    let system = Client::new(&app, Some(secret.clone()), None);
    system
        .mutate(
            "createProcurement",
            json!({ "content": content(&app), "idempotencyKey": "k" }),
        )
        .await
        .id();
    let wrong = format!("{}x", &secret);
    assert_eq!(verdict(&app, &wrong).await.0, StatusCode::UNAUTHORIZED);
    let random = &secret["torg_".len()..];
    let stored = dump::database(&app.database.pool).await;
    for text in [&secret, random, &random[..64]] {
        assert_eq!(dump::lines_with(&stored, text), [""; 0]);
        assert!(!log.text().contains(text));
    }
    let digest: Vec<u8> = sqlx::query_scalar("select secret_sha256 from api_key")
        .fetch_one(&app.database.pool)
        .await
        .unwrap();
    assert_eq!(digest.len(), 32);
}

#[tokio::test]
async fn database_refuses_changes_of_a_key() {
    let app = TestApp::without_search().await;
    let nonprofit = app.organisations.nonprofit.to_global();
    let chair = app.as_(Person::Chair);
    let (id, _) = make(&chair, input(&app, &nonprofit, &["CONTRIBUTOR"], &[])).await;
    chair
        .mutate("revokeApiKey", json!({ "apiKeyId": id }))
        .await
        .id();
    for change in [
        "update api_key set roles = '{OWNER}'",
        "update api_key set scopes = '{READ,TENDER}'",
        "update api_key set expires_at = expires_at + interval '1 hour'",
        "update api_key set revoked_at = null, revoked_by = null",
        "delete from api_key",
    ] {
        let refused = sqlx::query(change)
            .execute(&app.database.pool)
            .await
            .unwrap_err();
        assert!(refused.to_string().contains("does not change"), "{refused}");
    }
    let organisation: Uuid = sqlx::query_scalar("select organisation_id from api_key")
        .fetch_one(&app.database.pool)
        .await
        .unwrap();
    assert_eq!(organisation, app.organisations.nonprofit.0);
}
