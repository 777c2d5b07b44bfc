//! Invitations, roles and leaving.

use chrono::TimeDelta;
use futures::future::join;
use serde_json::{Value, json};

use super::{codes, create, guest, invite, join as make_member, person_id, read};
use crate::support::{app::TestApp, cast::Person, stage::content};

#[tokio::test]
async fn invitation_is_accepted_once() {
    let app = TestApp::without_search().await;
    let owner = app.as_(Person::Chair);
    let organisation = app.organisations.nonprofit.to_global();
    let code = invite(&owner, &organisation, json!(["SIGNATORY"])).await;
    let stored: Vec<Vec<u8>> = sqlx::query_scalar("select code_sha256 from invitation")
        .fetch_all(&app.database.pool)
        .await
        .unwrap();
    assert!(!stored.contains(&code.clone().into_bytes()));

    let first = guest(&app, "first");
    let accept = json!({ "code": code });
    assert_eq!(
        first.mutate("acceptInvitation", accept.clone()).await.id(),
        organisation
    );
    let data = first
        .ask(
            "{ viewer { memberships { roles organisation { id } } } }",
            json!({}),
        )
        .await;
    let expected = json!([{ "roles": ["SIGNATORY"], "organisation": { "id": organisation } }]);
    assert_eq!(data["viewer"]["memberships"], expected);

    let revoked = revoked(&app, &organisation).await;
    let mut answers = Vec::new();
    for code in [code, revoked, "never-given-out".into(), String::new()] {
        let input = json!({ "code": code });
        let answer = guest(&app, "second")
            .mutate("acceptInvitation", input)
            .await;
        assert_eq!(answer.id, None);
        answers.push(answer.errors);
    }
    assert_eq!(answers[0][0].code, "NOT_FOUND");
    assert!(
        answers.iter().all(|answer| *answer == answers[0]),
        "{answers:?}"
    );
}

/// Returns the code of a revoked invitation.
async fn revoked(app: &TestApp, organisation: &str) -> String {
    let owner = app.as_(Person::Chair);
    let code = invite(&owner, organisation, json!(["CONTRIBUTOR"])).await;
    let newest = read(
        &owner,
        organisation,
        "invitations(first: 1) { nodes { id acceptedAt } }",
    )
    .await;
    let invitation = &newest["invitations"]["nodes"][0];
    assert_eq!(invitation["acceptedAt"], Value::Null);
    let input = json!({ "invitationId": invitation["id"] });
    owner.mutate("revokeInvitation", input).await.id();
    code
}

#[tokio::test]
async fn invitation_expires_by_the_clock() {
    let app = TestApp::without_search().await;
    let owner = app.as_(Person::Chair);
    let organisation = app.organisations.nonprofit.to_global();
    let early = invite(&owner, &organisation, json!(["CONTRIBUTOR"])).await;
    app.advance(TimeDelta::days(14) - TimeDelta::minutes(5));
    let late = invite(&owner, &organisation, json!(["CONTRIBUTOR"])).await;
    let guest = guest(&app, "guest");
    assert_eq!(
        codes(&guest, "acceptInvitation", json!({ "code": early })).await,
        [""; 0]
    );
    app.advance(TimeDelta::days(14));
    assert_eq!(
        codes(&guest, "acceptInvitation", json!({ "code": late })).await,
        ["EXPIRED"]
    );
}

#[tokio::test]
async fn concurrent_acceptance_admits_one_person() {
    let app = TestApp::without_search().await;
    let owner = app.as_(Person::Chair);
    let organisation = app.organisations.nonprofit.to_global();
    let code = invite(&owner, &organisation, json!(["CONTRIBUTOR"])).await;
    let (one, other) = (guest(&app, "one"), guest(&app, "other"));
    let input = json!({ "code": code });
    let (one, other) = join(
        one.mutate("acceptInvitation", input.clone()),
        other.mutate("acceptInvitation", input),
    )
    .await;
    let let_in = [one.id, other.id].into_iter().flatten().count();
    assert_eq!(let_in, 1);
}

#[tokio::test]
async fn repeated_request_does_not_return_the_code() {
    let app = TestApp::without_search().await;
    let owner = app.as_(Person::Chair);
    let query = "mutation($input: InviteMemberInput!) {
        inviteMember(input: $input) { code invitation { id } userErrors { code } } }";
    let input = json!({
        "organisationId": app.organisations.nonprofit.to_global(),
        "roles": ["CONTRIBUTOR"],
        "idempotencyKey": "once",
    });
    let first = owner.ask(query, json!({ "input": input })).await;
    let again = owner.ask(query, json!({ "input": input })).await;
    assert!(first["inviteMember"]["code"].is_string());
    assert_eq!(again["inviteMember"]["code"], Value::Null);
    assert_eq!(
        again["inviteMember"]["invitation"]["id"],
        first["inviteMember"]["invitation"]["id"]
    );
}

#[tokio::test]
async fn removed_roles_end_with_the_next_request() {
    let app = TestApp::without_search().await;
    let editor = app.as_(Person::Editor);
    let mayor = app.as_(Person::Mayor);
    let draft = json!({ "content": content(&app) });
    assert_eq!(
        codes(&editor, "createProcurement", draft.clone()).await,
        [""; 0]
    );
    let organisation = app.organisations.buyer.to_global();
    let member = json!({ "organisationId": organisation, "personId": person_id(&editor).await });
    let roles = super::super::refusals::with(member.clone(), json!({ "roles": ["OPENER"] }));
    mayor.mutate("setMemberRoles", roles).await.id();
    assert_eq!(
        codes(&editor, "createProcurement", draft.clone()).await,
        ["NOT_ALLOWED"]
    );
    mayor.mutate("removeMember", member).await.id();
    let data = editor
        .ask("{ viewer { memberships { roles } } }", json!({}))
        .await;
    assert_eq!(data["viewer"]["memberships"], json!([]));
}

#[tokio::test]
async fn concurrent_leaving_keeps_one_owner() {
    let app = TestApp::without_search().await;
    for round in 0..5 {
        let (one, other) = (
            guest(&app, &format!("one-{round}")),
            guest(&app, &format!("other-{round}")),
        );
        let profile = json!({ "name": format!("Round {round}") });
        let organisation = create(&one, "NONPROFIT", profile).await;
        make_member(&one, &organisation, json!(["OWNER"]), &other).await;
        let input = json!({ "organisationId": organisation });
        let (left, stayed) = join(
            codes(&one, "leaveOrganisation", input.clone()),
            codes(&other, "leaveOrganisation", input),
        )
        .await;
        let mut both = [left.concat(), stayed.concat()];
        both.sort();
        assert_eq!(both, ["", "LAST_OWNER"], "round {round}");
        let owners: i64 = sqlx::query_scalar(
            "select count(*) from membership where organisation_id = $1 and 'OWNER' = any(roles)",
        )
        .bind(super::organisation_id(&organisation).0)
        .fetch_one(&app.database.pool)
        .await
        .unwrap();
        assert_eq!(owners, 1, "round {round}");
    }
}

/// Each of two owners takes the role away from the other at the same time.
#[tokio::test]
async fn concurrent_demotion_keeps_one_owner() {
    let app = TestApp::without_search().await;
    let (one, other) = (guest(&app, "one"), guest(&app, "other"));
    let organisation = create(&one, "COMPANY", json!({ "name": "Duell AB" })).await;
    make_member(&one, &organisation, json!(["OWNER"]), &other).await;
    let demote = |person: String| json!({ "organisationId": organisation, "personId": person, "roles": ["CONTRIBUTOR"] });
    let (of_one, of_other) = (
        demote(person_id(&one).await),
        demote(person_id(&other).await),
    );
    let (a, b) = join(
        codes(&one, "setMemberRoles", of_other),
        codes(&other, "setMemberRoles", of_one),
    )
    .await;
    let mut both = [a.concat(), b.concat()];
    both.sort();
    assert_eq!(both, ["", "NOT_ALLOWED"]);
}

#[tokio::test]
async fn members_read_members_and_owners_read_invitations() {
    let app = TestApp::without_search().await;
    let organisation = app.organisations.nonprofit.to_global();
    invite(&app.as_(Person::Chair), &organisation, json!(["SIGNATORY"])).await;
    let fields = "members { name roles } invitations(first: 5) { nodes { id } }";
    for (client, members, invitations) in [
        (app.as_(Person::Chair), 3, 1),
        (app.as_(Person::Volunteer), 3, 0),
        (app.as_(Person::Signatory), 0, 0),
        (app.as_(Person::Stranger), 0, 0),
        (app.as_(Person::Admin), 0, 0),
        (app.anonymous(), 0, 0),
    ] {
        let seen = read(&client, &organisation, fields).await;
        let listed = seen["members"].as_array().map_or(0, Vec::len);
        assert_eq!(listed, members, "{seen}");
        let open = seen["invitations"]["nodes"].as_array().map_or(0, Vec::len);
        assert_eq!(open, invitations, "{seen}");
    }
}

#[tokio::test]
async fn setting_roles_returns_the_member() {
    let app = TestApp::without_search().await;
    let (mayor, editor) = (app.as_(Person::Mayor), app.as_(Person::Editor));
    let input = json!({
        "organisationId": app.organisations.buyer.to_global(),
        "personId": person_id(&editor).await,
        "roles": ["OPENER"],
        "idempotencyKey": "roles",
    });
    let query = "mutation($input: SetMemberRolesInput!) { setMemberRoles(input: $input) {
        member { personId roles } organisation { id } userErrors { code } } }";
    let expected = json!({
        "member": { "personId": input["personId"], "roles": ["OPENER"] },
        "organisation": { "id": input["organisationId"] },
        "userErrors": [],
    });
    for _ in 0..2 {
        let data = mayor.ask(query, json!({ "input": input })).await;
        assert_eq!(data["setMemberRoles"], expected);
    }
    // An answer that an earlier version stored has the organisation alone.
    sqlx::query("update idempotency set outcome = to_jsonb($1::uuid)")
        .bind(app.organisations.buyer.0)
        .execute(&app.database.pool)
        .await
        .unwrap();
    let data = mayor.ask(query, json!({ "input": input })).await;
    let again = &data["setMemberRoles"];
    assert_eq!(
        (&again["member"], &again["organisation"]),
        (&json!(null), &expected["organisation"])
    );
}
