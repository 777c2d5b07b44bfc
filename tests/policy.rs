//! The matrix of mutations and persons: each kind of person calls each mutation. The verdicts are a
//! snapshot, and agree with the declared rules.
//! [`fields`] does the same for fields.

mod drafts;
mod fields;
mod rounds;
mod scenes;
pub mod staged;
mod table;

use std::{collections::BTreeSet, fmt::Write};

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};
use torg::{
    auth::{Actor, policy},
    graphql, jobs,
};

use crate::{
    refusals,
    support::{
        app::TestApp,
        cast::Person,
        client::{Client, mutations},
        stage::{dialogue, opened, published, question},
    },
};

/// The columns: the callers. `None` is a client without a token.
pub const ASKING: [(&str, Option<Person>); 14] = [
    ("anonymous", None),
    ("other buyer", Some(Person::Stranger)),
    ("trainee", Some(Person::Trainee)),
    ("editor", Some(Person::Editor)),
    ("publisher", Some(Person::Publisher)),
    ("opener", Some(Person::Opener)),
    ("signatory", Some(Person::Signatory)),
    ("clerk", Some(Person::Clerk)),
    ("chair", Some(Person::Chair)),
    ("volunteer", Some(Person::Volunteer)),
    ("nobody", Some(Person::Nobody)),
    ("of two", Some(Person::Both)),
    ("buyer owner", Some(Person::Mayor)),
    ("admin", Some(Person::Admin)),
];

/// Objects that the scenes of the matrix share. A scene creates objects that a call may change.
pub struct Scenes<'a> {
    pub app: &'a TestApp,
    /// UPCOMING, with a round of dialogue and a question.
    pub upcoming: String,
    pub dialogue: String,
    pub question: String,
    /// EVALUATION with opened tenders; and its tender.
    pub opened: (String, String),
}

impl<'a> Scenes<'a> {
    pub async fn new(app: &'a TestApp) -> Self {
        let opened = opened(app).await;
        let upcoming = published(app, "UPCOMING").await;
        let dialogue = dialogue(app, &upcoming).await;
        let question = question(app, &dialogue).await;
        Self {
            app,
            upcoming,
            dialogue,
            question,
            opened,
        }
    }

    /// Returns the input of a mutation's scene.
    pub async fn input(&self, mutation: &str) -> Value {
        refusals::scene(self, mutation).await
    }
}

impl Scenes<'_> {
    /// Returns a client of a new person.
    pub fn guest(&self) -> Client<'_> {
        let subject = uuid::Uuid::now_v7().to_string();
        let token = self.app.mint(&subject, TimeDelta::hours(1), Utc::now());
        Client::new(self.app, Some(token), None)
    }

    /// Returns an invitation code to a new organisation without any of the callers as a member.
    pub async fn code_of_a_new_organisation(&self) -> Value {
        let host = self.guest();
        let input = json!({ "kind": "COMPANY", "profile": { "name": "A host" } });
        let organisation = host.mutate("createOrganisation", input).await.id();
        code(&host, &organisation, "CONTRIBUTOR").await
    }

    /// Adds a new member to the buyer; returns the person's ID.
    pub async fn member(&self) -> Value {
        let guest = self.guest();
        let buyer = self.app.organisations.buyer.to_global();
        let code = code(&self.app.as_(Person::Mayor), &buyer, "OPENER").await;
        let accept = json!({ "code": code });
        guest.mutate("acceptInvitation", accept).await.id();
        let data = guest.ask("{ viewer { id } }", json!({})).await;
        data["viewer"]["id"].clone()
    }
}

async fn code(owner: &Client<'_>, organisation: &str, role: &str) -> Value {
    let query = "mutation($input: InviteMemberInput!) { inviteMember(input: $input) { code } }";
    let input = json!({ "organisationId": organisation, "roles": [role] });
    let data = owner.ask(query, json!({ "input": input })).await;
    data["inviteMember"]["code"].clone()
}

pub fn client(app: &TestApp, person: Option<Person>) -> Client<'_> {
    match person {
        Some(person) => app.as_(person),
        None => app.anonymous(),
    }
}

/// Reads a field of the organisation that the person acts for.
pub async fn own(app: &TestApp, person: Person, field: &str) -> Value {
    let query = format!("{{ viewer {{ actingFor {{ {field} }} }} }}");
    let data = app.as_(person).ask(&query, json!({})).await;
    data["viewer"]["actingFor"][field].clone()
}

/// Loads the caller's current memberships.
async fn actor(app: &TestApp, person: Option<Person>) -> Actor {
    match person {
        Some(person) => app.actor(person).await,
        None => Actor::Anonymous,
    }
}

/// Returns the owners of a scene's object.
fn whose(app: &TestApp, mutation: &str) -> fields::Whose {
    let of = app.organisations;
    let owner = match mutation {
        "declareNonprofit" => of.nonprofit,
        "answerClarification"
        | "changeTenderGroup"
        | "consentToTenderGroup"
        | "declineTenderGroup"
        | "dissolveTenderGroup"
        | "leaveTenderGroup"
        | "discloseAsker"
        | "refuseAward"
        | "withdrawQuestion"
        | "withdrawContribution"
        | "withdrawTender" => of.company,
        _ => of.buyer,
    };
    fields::Whose {
        buyer: Some(of.buyer),
        joint: vec![of.other_buyer],
        whose: vec![owner],
        out: false,
    }
}

/// Calls the mutation; returns `yes` or the codes of the refusal.
async fn verdict(client: &Client<'_>, mutation: &str, input: Value) -> String {
    let answer = client.mutate(mutation, input).await;
    if answer.errors.is_empty() {
        assert!(
            answer.id.is_some(),
            "{mutation} was allowed and answers nothing"
        );
        return "yes".to_owned();
    }
    assert_eq!(answer.id, None, "{mutation}");
    for error in &answer.errors {
        let of_caller = ["NOT_AUTHENTICATED", "NOT_ALLOWED"].contains(&error.code.as_str());
        assert!(
            !of_caller || error.field.is_empty(),
            "{mutation}: {error:?}"
        );
    }
    let codes: Vec<String> = answer.errors.into_iter().map(|error| error.code).collect();
    codes.join(" ")
}

/// Removes the memberships that earlier calls created.
async fn forget_guests(app: &TestApp) {
    let of = app.organisations;
    let own = [of.buyer, of.other_buyer, of.company, of.nonprofit].map(|id| id.0);
    sqlx::query("delete from membership where organisation_id <> all($1)")
        .bind(own.as_slice())
        .execute(&app.database.pool)
        .await
        .unwrap();
}

/// Returns a line for each mutation and person.
async fn matrix(app: &TestApp) -> String {
    let scenes = Scenes::new(app).await;
    let mut lines = String::new();
    for mutation in matrix_order() {
        writeln!(lines, "{mutation}").unwrap();
        // A refused call changes nothing, so its input serves the next person.
        let mut unused = None;
        for (name, person) in ASKING {
            let input = match unused.take() {
                Some(input) => input,
                None => scenes.input(mutation).await,
            };
            let actor = actor(app, person).await;
            let verdict = verdict(&client(app, person), mutation, input.clone()).await;
            let rule = rule(mutation);
            assert_eq!(
                !["NOT_AUTHENTICATED", "NOT_ALLOWED", "NOT_FOUND"].contains(&verdict.as_str()),
                fields::admits(rule, &actor, &whose(app, mutation)),
                "{mutation} is {rule:?}: {name} hears {verdict}"
            );
            if verdict == "yes" {
                forget_guests(app).await;
            } else {
                unused = Some(input);
            }
            writeln!(lines, "    {name:<12} {verdict}").unwrap();
        }
    }
    lines
}

#[tokio::test]
async fn each_mutation_is_open_to_its_audience_only() {
    let app = TestApp::without_search().await;
    insta::assert_snapshot!(matrix(&app).await);
}

/// Returns the rule that the mutation is declared with.
fn rule(mutation: &str) -> policy::Rule {
    let declared = graphql::declarations().find(|declared| declared.name == mutation);
    declared
        .unwrap_or_else(|| panic!("{mutation} is not declared"))
        .rule
}

/// Returns the mutations in the order of their declarations.
fn matrix_order() -> impl Iterator<Item = &'static str> {
    graphql::declarations().map(|declared| declared.name)
}

#[test]
fn each_mutation_of_the_schema_is_declared_exactly_once() {
    let of_schema: Vec<&str> = mutations().keys().map(String::as_str).collect();
    let mut declared: Vec<&str> = matrix_order().collect();
    declared.sort_unstable();
    assert_eq!(of_schema, declared);
}

#[test]
fn the_schema_has_each_notification_event() {
    let declared: BTreeSet<&str> = jobs::notification_events()
        .map(|event| event.as_str())
        .collect();
    let sdl = graphql::sdl();
    let (_, body) = sdl.split_once("\nenum NotificationEvent {\n").unwrap();
    let (body, _) = body.split_once("\n}").unwrap();
    let is_value = |line: &&str| line.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    let in_schema: BTreeSet<&str> = body.lines().map(str::trim).filter(is_value).collect();
    assert_eq!(declared, in_schema);
}
