//! Who may do what: each mutation asked for by each kind of person, as one table. A change of it shows in the snapshot.

use std::{collections::BTreeSet, fmt::Write};

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{
    app::TestApp,
    cast::Person,
    client::{Client, MUTATIONS},
    stage::{
        LOT, award_input, content, dialogue, dialogue_input, draft, english, joint_draft, opened,
        published, question, revision, tender, tender_input,
    },
};

/// The columns: who asks. `None` is nobody in particular.
const ASKING: [(&str, Option<Person>); 12] = [
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
];

/// Something to ask for that is refused for nothing but who asks. What may succeed is made anew for each.
struct Scenes<'a> {
    app: &'a TestApp,
    /// UPCOMING, with a round of dialogue and a question.
    upcoming: String,
    dialogue: String,
    question: String,
    /// EVALUATION, opened; and its tender.
    opened: (String, String),
}

impl<'a> Scenes<'a> {
    async fn new(app: &'a TestApp) -> Self {
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

    async fn input(&self, mutation: &str) -> Value {
        let app = self.app;
        match mutation {
            "createProcurement" => json!({ "content": content(app) }),
            "updateProcurement" => {
                let id = published(app, "UPCOMING").await;
                let revision = revision(app, &id).await;
                json!({ "procurementId": id, "revision": revision, "content": content(app) })
            }
            "publishNotice" => {
                json!({ "procurementId": published(app, "UPCOMING").await, "phase": "TENDERING" })
            }
            "endProcurement" => json!({
                "procurementId": published(app, "UPCOMING").await,
                "phase": "CANCELLED",
                "reasonCode": "INS_FUND",
                "reason": english("There is no money."),
            }),
            "answerJointProcurement" => {
                json!({ "procurementId": joint_draft(app).await, "consent": true })
            }
            "followProcurement" | "unfollowProcurement" => {
                json!({ "procurementId": self.upcoming })
            }
            "openDialogue" => dialogue_input(app, &self.upcoming),
            "askQuestion" => {
                json!({ "dialogueId": self.dialogue, "text": "When?", "language": "en" })
            }
            "answerQuestion" => json!({ "questionId": self.question, "text": english("Soon.") }),
            "submitTender" => tender_input(&published(app, "TENDERING").await),
            "withdrawTender" => {
                json!({ "tenderId": tender(app, &published(app, "TENDERING").await).await })
            }
            "openTenders" => json!({ "procurementId": past_deadline(app).await }),
            "awardProcurement" => award_input(&self.opened.0, &self.opened.1, LOT),
            other => panic!("no scene for {other}; the matrix has to have every mutation"),
        }
    }
}

/// A procurement whose deadline has passed, not opened.
async fn past_deadline(app: &TestApp) -> String {
    let id = published(app, "TENDERING").await;
    app.advance(crate::support::stage::TENDERING + TimeDelta::seconds(1));
    id
}

fn client(app: &TestApp, person: Option<Person>) -> Client<'_> {
    match person {
        Some(person) => app.as_(person),
        None => app.anonymous(),
    }
}

/// `yes`, or the codes of the refusal.
async fn verdict(client: &Client<'_>, mutation: &str, input: Value) -> String {
    let answer = client.mutate(mutation, input).await;
    if answer.errors.is_empty() {
        assert!(
            answer.id.is_some(),
            "{mutation} was allowed and answers nothing"
        );
        return "yes".to_owned();
    }
    let codes: Vec<String> = answer.errors.into_iter().map(|error| error.code).collect();
    codes.join(" ")
}

/// A line for each mutation and person.
async fn matrix(app: &TestApp) -> String {
    let scenes = Scenes::new(app).await;
    let mut lines = String::new();
    for (mutation, _) in MUTATIONS {
        writeln!(lines, "{mutation}").unwrap();
        for (name, person) in ASKING {
            let input = scenes.input(mutation).await;
            let verdict = verdict(&client(app, person), mutation, input).await;
            writeln!(lines, "    {name:<12} {verdict}").unwrap();
        }
    }
    lines
}

#[tokio::test]
async fn each_mutation_is_open_to_those_it_is_for_and_to_nobody_else() {
    let app = TestApp::without_search().await;
    insta::assert_snapshot!(matrix(&app).await);
}

#[tokio::test]
async fn the_matrix_has_every_mutation() {
    let app = TestApp::without_search().await;
    let query = "{ __schema { mutationType { fields { name } } } }";
    let data = app.anonymous().ask(query, json!({})).await;
    let fields = data["__schema"]["mutationType"]["fields"]
        .as_array()
        .unwrap();
    let of_schema: BTreeSet<&str> = fields
        .iter()
        .map(|field| field["name"].as_str().unwrap())
        .collect();
    let of_matrix: BTreeSet<&str> = MUTATIONS.into_iter().map(|(name, _)| name).collect();
    assert_eq!(of_schema, of_matrix);
}

/// A draft is no secret that can be felt for: who may not see it hears what they would hear if it were not there.
#[tokio::test]
async fn a_draft_is_not_found_by_others_whatever_they_ask() {
    let app = TestApp::without_search().await;
    let draft = draft(&app).await;
    let missing = torg::kernel::ids::ProcurementId::new().to_global();
    let inputs = |id: &str| {
        [
            (
                "updateProcurement",
                json!({ "procurementId": id, "revision": 1, "content": content(&app) }),
            ),
            (
                "publishNotice",
                json!({ "procurementId": id, "phase": "UPCOMING" }),
            ),
            (
                "endProcurement",
                json!({ "procurementId": id, "phase": "CANCELLED" }),
            ),
            (
                "answerJointProcurement",
                json!({ "procurementId": id, "consent": true }),
            ),
            ("followProcurement", json!({ "procurementId": id })),
            ("unfollowProcurement", json!({ "procurementId": id })),
            ("openDialogue", dialogue_input(&app, id)),
            ("submitTender", tender_input(id)),
            ("openTenders", json!({ "procurementId": id })),
            ("awardProcurement", award_input(id, &missing, LOT)),
        ]
    };
    let mut not_found = 0;
    for person in [Person::Stranger, Person::Signatory, Person::Nobody] {
        for ((mutation, of_draft), (_, of_none)) in inputs(&draft).into_iter().zip(inputs(&missing))
        {
            let hidden = app.as_(person).mutate(mutation, of_draft).await.errors;
            let absent = app.as_(person).mutate(mutation, of_none).await.errors;
            assert_eq!(hidden, absent, "{person:?} {mutation}");
            assert!(!hidden.is_empty(), "{person:?} {mutation}");
            not_found += usize::from(hidden[0].code == "NOT_FOUND");
        }
    }
    // All but submitting by who may not tender at all and answering by who is no buyer, which are refused for that.
    assert_eq!(not_found, 26);
    let query = "query($id: ID!) { procurement(id: $id) { id } node(id: $id) { id } }";
    for client in [
        app.anonymous(),
        app.as_(Person::Stranger),
        app.as_(Person::Nobody),
    ] {
        let data = client.ask(query, json!({ "id": draft })).await;
        assert_eq!(data, json!({ "procurement": null, "node": null }));
    }
    let own = app
        .as_(Person::Trainee)
        .ask(query, json!({ "id": draft }))
        .await;
    assert_eq!(own["procurement"]["id"], draft.as_str());
}
