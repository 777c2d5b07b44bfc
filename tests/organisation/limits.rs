//! Limits of one person hold across organisations and erasures.

use chrono::TimeDelta;
use serde_json::json;
use torg::kernel::ids::PersonId;

use super::{codes, create, guest, guest_for, invite, person_id};
use crate::support::{
    app::TestApp,
    cast::Person,
    stage::{dialogue, published, question_by, time},
};

#[tokio::test]
async fn erasure_does_not_reset_the_number_of_created_organisations() {
    let app = TestApp::without_search().await;
    let person = guest(&app, "prolific");
    for number in 0..20 {
        create(
            &person,
            "COMPANY",
            json!({ "name": format!("Number {number}") }),
        )
        .await;
        if number % 7 == 6 {
            person
                .mutate("erasePerson", json!({ "confirm": "ERASE" }))
                .await
                .id();
        }
    }
    let another = || json!({ "kind": "COMPANY", "profile": { "name": "Another" } });
    assert_eq!(
        codes(&person, "createOrganisation", another()).await,
        ["LIMIT_REACHED"]
    );
    person
        .mutate("erasePerson", json!({ "confirm": "ERASE" }))
        .await
        .id();
    assert_eq!(
        codes(&person, "createOrganisation", another()).await,
        ["LIMIT_REACHED"]
    );
    let other = guest(&app, "another-person");
    assert_eq!(
        codes(&other, "createOrganisation", another()).await,
        [""; 0]
    );
    // Nothing but the keyed hash is left of the erased person.
    let left: Vec<(String, String, Option<Vec<u8>>)> = sqlx::query_as(
        "select name, subject, identity_hash from person where erased_at is not null",
    )
    .fetch_all(&app.database.pool)
    .await
    .unwrap();
    assert_eq!(left.len(), 3);
    for (name, subject, hash) in left {
        assert_eq!(name, "erased");
        assert!(!subject.contains("prolific"));
        assert_eq!(hash.unwrap().len(), 32);
    }
}

#[tokio::test]
async fn questions_of_one_person_count_for_all_their_organisations() {
    let app = TestApp::without_search().await;
    let round = dialogue(&app, &published(&app, "UPCOMING").await).await;
    let person = guest(&app, "puppeteer");
    let mut organisations = Vec::new();
    for number in 0..3 {
        let profile = json!({ "name": format!("Puppet {number}") });
        organisations.push(create(&person, "COMPANY", profile).await);
    }
    let ask = async |number: usize| {
        let client = guest_for(&app, "puppeteer", &organisations[number % 3]);
        let input = json!({ "dialogueId": round, "text": format!("What about room {number}?"), "language": "en" });
        codes(&client, "askQuestion", input).await
    };
    for number in 0..20 {
        assert_eq!(ask(number).await, [""; 0], "{number}");
    }
    for number in 20..23 {
        assert_eq!(ask(number).await, ["RATE_LIMITED"], "{number}");
    }
    app.advance(TimeDelta::hours(1));
    assert_eq!(ask(23).await, [""; 0]);
}

#[tokio::test]
async fn one_person_supports_a_question_once() {
    let app = TestApp::without_search().await;
    let round = dialogue(&app, &published(&app, "UPCOMING").await).await;
    let question = question_by(&app, &round, Person::Clerk).await;
    let person = guest(&app, "puppeteer");
    let mut clients = Vec::new();
    for number in 0..2 {
        let id = create(
            &person,
            "COMPANY",
            json!({ "name": format!("Puppet {number}") }),
        )
        .await;
        clients.push(guest_for(&app, "puppeteer", &id));
    }
    let support = json!({ "questionId": question });
    assert_eq!(
        codes(&clients[0], "supportQuestion", support.clone()).await,
        [""; 0]
    );
    assert_eq!(
        codes(&clients[0], "supportQuestion", support.clone()).await,
        [""; 0],
        "again"
    );
    assert_eq!(
        codes(&clients[1], "supportQuestion", support).await,
        ["ALREADY_DONE"]
    );
    let ask = json!({ "dialogueId": round, "text": "Is there a lift?", "language": "en" });
    let own = clients[0].mutate("askQuestion", ask).await.id();
    let support = json!({ "questionId": own });
    assert_eq!(
        codes(&clients[1], "supportQuestion", support).await,
        ["OWN_QUESTION"]
    );
}

#[tokio::test]
async fn invitations_of_one_person_are_limited_within_a_day() {
    let app = TestApp::without_search().await;
    let person = guest(&app, "inviter");
    let mut organisations = Vec::new();
    for number in 0..3 {
        let profile = json!({ "name": format!("Inviting {number}") });
        organisations.push(create(&person, "COMPANY", profile).await);
    }
    let invite = async |number: usize| {
        let id = &organisations[number % 3];
        let client = guest_for(&app, "inviter", id);
        let input = json!({ "organisationId": id, "roles": ["SIGNATORY"] });
        codes(&client, "inviteMember", input).await
    };
    for number in 0..100 {
        assert_eq!(invite(number).await, [""; 0], "{number}");
    }
    assert_eq!(invite(100).await, ["RATE_LIMITED"]);
    let key = json!({ "organisationId": organisations[0], "name": "A key", "roles": ["SIGNATORY"], "scopes": ["READ"],
        "expiresAt": time(app.now() + TimeDelta::days(9)) });
    let client = guest_for(&app, "inviter", &organisations[0]);
    assert_eq!(
        codes(&client, "createApiKey", key).await,
        [""; 0],
        "another limit"
    );
}

/// Adds persons to an organisation, or a person to organisations, up to this number of memberships.
async fn fill(app: &TestApp, statement: &'static str, id: uuid::Uuid, number: i32) {
    let filled = sqlx::query(statement).bind(id).bind(number);
    filled.execute(&app.database.pool).await.unwrap();
}

const MEMBERS: &str = "with persons as (
        insert into person (id, issuer, subject, name)
        select gen_random_uuid(), 'test', 'member ' || number, 'Member' from generate_series(1, $2) as number
        returning id)
    insert into membership (organisation_id, person_id, roles) select $1, id, '{SIGNATORY}' from persons";

const MEMBERSHIPS: &str = "with organisations as (
        insert into organisation (id, kind, name)
        select gen_random_uuid(), 'COMPANY', 'Number ' || number from generate_series(1, $2) as number
        returning id)
    insert into membership (organisation_id, person_id, roles) select id, $1, '{SIGNATORY}' from organisations";

#[tokio::test]
async fn an_organisation_has_a_limited_number_of_members() {
    let app = TestApp::without_search().await;
    let owner = app.as_(Person::Chair);
    let organisation = app.organisations.nonprofit;
    let members = "select count(*)::int from membership where organisation_id = $1";
    let present: i32 = sqlx::query_scalar(members)
        .bind(organisation.0)
        .fetch_one(&app.database.pool)
        .await
        .unwrap();
    fill(&app, MEMBERS, organisation.0, 999 - present).await;
    let id = organisation.to_global();
    let mut verdicts = Vec::new();
    for guest in [guest(&app, "last"), guest(&app, "excess")] {
        let code = invite(&owner, &id, json!(["CONTRIBUTOR"])).await;
        verdicts.push(codes(&guest, "acceptInvitation", json!({ "code": code })).await);
    }
    assert_eq!(verdicts, [vec![""; 0], vec!["LIMIT_REACHED"]]);
    // A member gets further roles.
    let code = invite(&owner, &id, json!(["SIGNATORY"])).await;
    let last = guest(&app, "last");
    let accepted = codes(&last, "acceptInvitation", json!({ "code": code })).await;
    assert_eq!(accepted, [""; 0]);
}

#[tokio::test]
async fn a_person_accepts_a_limited_number_of_memberships() {
    let app = TestApp::without_search().await;
    let owner = app.as_(Person::Chair);
    let id = app.organisations.nonprofit.to_global();
    let busy = guest(&app, "busy");
    let person = PersonId::from_global(&person_id(&busy).await).unwrap();
    fill(&app, MEMBERSHIPS, person.0, 100).await;
    let code = invite(&owner, &id, json!(["CONTRIBUTOR"])).await;
    let refused = codes(&busy, "acceptInvitation", json!({ "code": code })).await;
    assert_eq!(refused, ["LIMIT_REACHED"]);
}
