//! Invitations, members and persons.

use serde_json::{Value, json};
use torg::kernel::ids::{ApiKeyId, InvitationId, PersonId};

use super::{Case, check, with};
use crate::organisation::api_keys;
use crate::support::{
    app::TestApp,
    cast::Person::{self, Admin, Chair, Editor, Mayor, Nobody},
    client::Client,
    stage::time,
};

/// Returns the cases of roles that a nonprofit's member cannot have.
fn wrong_roles(input: &Value) -> Vec<Case> {
    let roles = |roles: Value| with(input.clone(), json!({ "roles": roles }));
    let (buyers, none) = (roles(json!(["PUBLISHER"])), roles(json!([])));
    vec![
        ("a buyer's role", Some(Chair), buyers, "INVALID", "roles"),
        ("no role", Some(Chair), none, "REQUIRED", "roles"),
    ]
}

#[tokio::test]
async fn invitations() {
    let app = TestApp::without_search().await;
    let id = app.organisations.nonprofit.to_global();
    let input = json!({ "organisationId": id, "roles": ["CONTRIBUTOR"] });
    let but = |changes: Value| with(input.clone(), changes);
    let mut cases = wrong_roles(&input);
    cases.extend([
        (
            "no address",
            Some(Chair),
            but(json!({ "email": "hej" })),
            "INVALID",
            "email",
        ),
        (
            "a long note",
            Some(Chair),
            but(json!({ "note": "x".repeat(1_001) })),
            "TOO_LONG",
            "note",
        ),
    ]);
    check(&app, "inviteMember", cases).await;
    let mut invitation = String::new();
    for _ in 0..50 {
        invitation = app
            .as_(Chair)
            .mutate("inviteMember", input.clone())
            .await
            .id();
    }
    let cases = vec![("the 51st", Some(Chair), input, "LIMIT_REACHED", "")];
    check(&app, "inviteMember", cases).await;

    let revoke = json!({ "invitationId": invitation });
    let absent = json!({ "invitationId": InvitationId::new().to_global() });
    let cases = vec![
        (
            "of another",
            Some(Mayor),
            revoke.clone(),
            "NOT_FOUND",
            "invitationId",
        ),
        ("none", Some(Chair), absent, "NOT_FOUND", "invitationId"),
    ];
    check(&app, "revokeInvitation", cases).await;
    app.as_(Chair)
        .mutate("revokeInvitation", revoke.clone())
        .await
        .id();
    let cases = vec![("twice", Some(Chair), revoke, "ALREADY_DONE", "")];
    check(&app, "revokeInvitation", cases).await;

    let accept = json!({ "code": "nonsense" });
    let cases = vec![("no such code", Some(Nobody), accept, "NOT_FOUND", "code")];
    check(&app, "acceptInvitation", cases).await;
    let code = code(&app.as_(Mayor), &app.organisations.buyer.to_global()).await;
    app.advance(chrono::TimeDelta::days(14));
    let late = json!({ "code": code });
    let cases = vec![("too late", Some(Nobody), late, "EXPIRED", "code")];
    check(&app, "acceptInvitation", cases).await;
}

async fn code(owner: &Client<'_>, organisation: &str) -> Value {
    let query = "mutation($input: InviteMemberInput!) { inviteMember(input: $input) { code } }";
    let input = json!({ "organisationId": organisation, "roles": ["EDITOR"] });
    let data = owner.ask(query, json!({ "input": input })).await;
    data["inviteMember"]["code"].clone()
}

async fn id_of(app: &TestApp, person: Person) -> Value {
    let data = app.as_(person).ask("{ viewer { id } }", json!({})).await;
    data["viewer"]["id"].clone()
}

#[tokio::test]
async fn members() {
    let app = TestApp::without_search().await;
    let id = app.organisations.buyer.to_global();
    let of = |person: Value| json!({ "organisationId": id, "personId": person });
    let (editor, mayor) = (of(id_of(&app, Editor).await), of(id_of(&app, Mayor).await));
    let stranger = of(json!(PersonId::new().to_global()));
    let roles = |input: &Value, roles: Value| with(input.clone(), json!({ "roles": roles }));
    let opener = json!(["OPENER"]);
    let cases = vec![
        (
            "a supplier's role",
            Some(Mayor),
            roles(&editor, json!(["SIGNATORY"])),
            "INVALID",
            "roles",
        ),
        (
            "no role",
            Some(Mayor),
            roles(&editor, json!([])),
            "REQUIRED",
            "roles",
        ),
        (
            "no member",
            Some(Mayor),
            roles(&stranger, opener.clone()),
            "NOT_FOUND",
            "personId",
        ),
        (
            "the last owner",
            Some(Mayor),
            roles(&mayor, opener),
            "LAST_OWNER",
            "",
        ),
    ];
    check(&app, "setMemberRoles", cases).await;
    let cases = vec![
        ("no member", Some(Mayor), stranger, "NOT_FOUND", "personId"),
        ("the last owner", Some(Mayor), mayor, "LAST_OWNER", ""),
    ];
    check(&app, "removeMember", cases).await;
    let leave = json!({ "organisationId": id });
    let cases = vec![("the last owner", Some(Mayor), leave, "LAST_OWNER", "")];
    check(&app, "leaveOrganisation", cases).await;
}

#[tokio::test]
async fn keys() {
    let app = TestApp::without_search().await;
    let id = app.organisations.nonprofit.to_global();
    let input = api_keys::input(&app, &id, &["SIGNATORY"], &["TENDER"]);
    let but = |changes: Value| with(input.clone(), changes);
    let at = |days: i64| time(app.now() + chrono::TimeDelta::days(days));
    let mut cases = wrong_roles(&input);
    cases.extend([
        (
            "no name",
            Some(Chair),
            but(json!({ "name": " " })),
            "REQUIRED",
            "name",
        ),
        (
            "a long name",
            Some(Chair),
            but(json!({ "name": "x".repeat(201) })),
            "TOO_LONG",
            "name",
        ),
        (
            "ended before",
            Some(Chair),
            but(json!({ "expiresAt": at(0) })),
            "OUT_OF_RANGE",
            "expiresAt",
        ),
        (
            "for long",
            Some(Chair),
            but(json!({ "expiresAt": at(367) })),
            "OUT_OF_RANGE",
            "expiresAt",
        ),
    ]);
    check(&app, "createApiKey", cases).await;
    let mut key = String::new();
    for _ in 0..20 {
        key = app
            .as_(Chair)
            .mutate("createApiKey", input.clone())
            .await
            .id();
    }
    let cases = vec![("the 21st", Some(Chair), input.clone(), "LIMIT_REACHED", "")];
    check(&app, "createApiKey", cases).await;

    let revoke = json!({ "apiKeyId": key });
    let absent = json!({ "apiKeyId": ApiKeyId::new().to_global() });
    let cases = vec![
        (
            "of another",
            Some(Mayor),
            revoke.clone(),
            "NOT_FOUND",
            "apiKeyId",
        ),
        ("none", Some(Chair), absent, "NOT_FOUND", "apiKeyId"),
    ];
    check(&app, "revokeApiKey", cases).await;
    app.as_(Chair)
        .mutate("revokeApiKey", revoke.clone())
        .await
        .id();
    let cases = vec![("twice", Some(Chair), revoke, "ALREADY_DONE", "")];
    check(&app, "revokeApiKey", cases).await;
    // A revoked key frees its slot.
    app.as_(Chair).mutate("createApiKey", input).await.id();
}

#[tokio::test]
async fn erase_person() {
    let app = TestApp::without_search().await;
    let other = json!({ "confirm": "ERASE", "personId": id_of(&app, Editor).await });
    let absent = json!({ "confirm": "ERASE", "personId": PersonId::new().to_global() });
    let erase = json!({ "confirm": "ERASE" });
    let cases = vec![
        (
            "unconfirmed",
            Some(Nobody),
            json!({ "confirm": "" }),
            "INVALID",
            "confirm",
        ),
        ("another", Some(Mayor), other, "NOT_ALLOWED", ""),
        ("nobody there", Some(Admin), absent, "NOT_FOUND", "personId"),
        ("the last owner", Some(Mayor), erase, "LAST_OWNER", ""),
    ];
    check(&app, "erasePerson", cases).await;
}
