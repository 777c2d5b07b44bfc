//! Who reads what: each field that is not for everyone, in each standing it can have, read by each kind of person. What
//! they get is what the table's rule says of them, and all of it is one snapshot.

use std::{collections::BTreeSet, fmt::Write, time::Duration};

use serde_json::json;
use tokio::time::timeout;
use torg::{
    auth::{
        Actor,
        policy::{
            Rule, Subject,
            table::{self, FIELDS},
        },
    },
    kernel::ids::OrganisationId,
};

use super::{ASKING, actor, client, scenes};
use crate::support::{
    app::TestApp,
    cast::Person,
    stage::{draft, joint_draft},
};

/// Whose something is; see [`Subject`].
#[derive(Clone, Default)]
pub struct Whose {
    pub buyer: Option<OrganisationId>,
    pub joint: Vec<OrganisationId>,
    pub whose: Vec<OrganisationId>,
    pub out: bool,
}

/// A field to read.
pub struct Scene {
    /// `Procurement.draft`.
    pub field: (&'static str, &'static str),
    /// What is special about the thing.
    pub about: String,
    /// The selection of a query of one `$id`.
    pub selection: String,
    pub id: String,
    /// Where in the data there is something for those who read it.
    pub pointer: String,
    pub of: Whose,
}

/// The actors as the database has them.
async fn actors(app: &TestApp) -> Vec<(&'static str, Option<Person>, Actor)> {
    let mut actors = Vec::new();
    for (name, person) in ASKING {
        actors.push((name, person, actor(app, person).await));
    }
    actors
}

/// Asks everyone for everything, and adds a line for each scene: who reads it.
async fn read_all(app: &TestApp, scenes: &[Scene], lines: &mut String) {
    let actors = actors(app).await;
    let mut wrong = Vec::new();
    for scene in scenes {
        let (kind, field) = scene.field;
        let rule = table::of(kind, field);
        let query = format!("query($id: ID!) {{ {} }}", scene.selection);
        let mut readers = Vec::new();
        for (name, person, actor) in &actors {
            let client = client(app, *person);
            let data = client.ask(&query, json!({ "id": scene.id })).await;
            let read = data.pointer(&scene.pointer);
            // `Question.own` and `supported` say no to those who may not know.
            let denied = kind == "Question" && read == Some(&json!(false));
            let shown = read.is_some_and(|value| !value.is_null()) && !denied;
            if shown != admits(rule, actor, &scene.of) {
                let about = &scene.about;
                wrong.push(format!("{kind}.{field} ({about}) for {name}: {data}"));
            }
            if shown {
                readers.push(*name);
            }
        }
        line(lines, scene.field, &scene.about, &readers);
    }
    assert!(wrong.is_empty(), "not as the table says: {wrong:#?}");
}

/// What the rule says.
pub fn admits(rule: Rule, actor: &Actor, of: &Whose) -> bool {
    let subject = Subject {
        buyer: of.buyer,
        joint: &of.joint,
        joint_in_force: &of.joint,
        whose: &of.whose,
        person: None,
        out: of.out,
    };
    rule.admits(actor, &subject)
}

fn line(lines: &mut String, (kind, field): (&str, &str), about: &str, readers: &[&str]) {
    let readers = match readers.len() {
        0 => "nobody".to_owned(),
        14 => "everyone".to_owned(),
        _ => readers.join(", "),
    };
    writeln!(lines, "{kind}.{field} ({about}): {readers}").unwrap();
}

/// Who may listen to a procurement that is not published.
async fn listening(app: &TestApp, lines: &mut String) {
    let of = app.organisations;
    for (about, id, joint) in [
        ("a draft", draft(app).await, vec![]),
        (
            "a joint draft",
            joint_draft(app).await,
            vec![of.other_buyer],
        ),
    ] {
        let whose = Whose {
            buyer: Some(of.buyer),
            joint,
            ..Whose::default()
        };
        let mut listeners = Vec::new();
        for (name, person, actor) in actors(app).await {
            let mut socket = client(app, person).socket().await;
            let query = "subscription($id: ID!) { dialogueChanged(procurementId: $id) { id } }";
            socket.subscribe(query, json!({ "id": id })).await;
            // Nothing happens there, so that only a refusal comes.
            let admitted = admits(table::of("Subscription", "dialogueChanged"), &actor, &whose);
            if admitted {
                let heard = timeout(Duration::from_millis(100), socket.hear()).await;
                assert!(heard.is_err(), "{name} {about}: {heard:?}");
                listeners.push(name);
            } else {
                assert_eq!(socket.refused().await, "NOT_FOUND", "{name} {about}");
            }
        }
        line(
            lines,
            ("Subscription", "dialogueChanged"),
            about,
            &listeners,
        );
    }
}

#[tokio::test]
async fn each_field_is_read_by_those_it_is_for_and_by_nobody_else() {
    let app = TestApp::without_search().await;
    let mut lines = String::new();
    let mut played: BTreeSet<_> = [("Subscription", "dialogueChanged")].into();
    listening(&app, &mut lines).await;
    let mut stage = scenes::Stage::new(&app).await;
    for act in 1..=scenes::ACTS {
        let scenes = stage.act(act).await;
        read_all(&app, &scenes, &mut lines).await;
        played.extend(scenes.iter().map(|scene| scene.field));
    }
    let guarded: BTreeSet<_> = FIELDS
        .iter()
        .filter(|(kind, _)| *kind != "Mutation")
        .flat_map(|(kind, rules)| rules.iter().map(move |(rule, fields)| (kind, rule, fields)))
        .filter(|(_, rule, _)| **rule != Rule::Everyone)
        .flat_map(|(kind, _, fields)| fields.iter().map(move |field| (*kind, *field)))
        .collect();
    assert_eq!(played, guarded, "each field with a rule has its scene");
    insta::assert_snapshot!(lines);
}
