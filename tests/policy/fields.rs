//! The matrix of restricted fields and readers: each kind of person, and systems with API keys,
//! read each field in each state. The results are a snapshot, and agree with the rules of the
//! table.

use std::{collections::BTreeSet, fmt::Write};

use serde_json::{Value, json};
use torg::{
    auth::{
        Actor,
        key::Secret,
        policy::{
            Rule, Subject,
            table::{self, FIELDS},
        },
        store::keys::find_by_secret,
    },
    kernel::ids::OrganisationId,
};

use super::{ASKING, actor, client, scenes};
use crate::{
    live::begin,
    organisation::api_keys,
    support::{
        app::TestApp,
        cast::Person,
        client::Client,
        stage::{draft, joint_draft},
    },
};

/// Owners of an object; see [`Subject`].
#[derive(Clone, Default)]
pub struct Whose {
    pub buyer: Option<OrganisationId>,
    pub joint: Vec<OrganisationId>,
    pub whose: Vec<OrganisationId>,
    pub out: bool,
}

/// A field in one state.
pub struct Scene {
    /// Type and field, as in `Procurement.draft`.
    pub field: (&'static str, &'static str),
    /// Description of the state.
    pub about: String,
    /// Selection of a query with the variable `$id`.
    pub selection: String,
    pub id: String,
    /// JSON pointer to the value, which is not null for permitted readers.
    pub pointer: String,
    pub of: Whose,
}

/// A person or system that reads.
struct Reader<'a> {
    name: &'static str,
    client: Client<'a>,
    /// The reader's memberships and roles.
    actor: Actor,
}

/// Returns the persons, and the systems by their keys.
async fn readers<'a>(app: &'a TestApp, keys: &Keys) -> Vec<Reader<'a>> {
    let mut readers = Vec::new();
    for (name, person) in ASKING {
        readers.push(Reader {
            name,
            client: client(app, person),
            actor: actor(app, person).await,
        });
    }
    for (name, secret) in keys {
        let pool = &app.database.pool;
        let found = find_by_secret(pool, &Secret::read(secret).unwrap(), app.now()).await;
        let Ok(Ok(found)) = found else {
            panic!("{name} is good");
        };
        readers.push(Reader {
            name,
            client: Client::new(app, Some(secret.clone()), None),
            actor: Actor::Person(found.actor),
        });
    }
    readers
}

/// API keys of systems: name and secret.
type Keys = Vec<(&'static str, String)>;

async fn make_keys(app: &TestApp) -> Keys {
    let of = app.organisations;
    let all = ["PROCUREMENT", "DIALOGUE", "TENDER", "ORGANISATION"];
    let buyers = ["OWNER", "EDITOR", "PUBLISHER", "OPENER", "AUDITOR"];
    let suppliers = ["OWNER", "SIGNATORY", "CONTRIBUTOR"];
    let mut keys = Keys::new();
    for (name, owner, organisation, roles, scopes) in [
        (
            "buyer's key",
            Person::Mayor,
            of.buyer,
            &buyers[..],
            &all[..],
        ),
        ("buyer's key to read", Person::Mayor, of.buyer, &buyers, &[]),
        (
            "nonprofit's key",
            Person::Chair,
            of.nonprofit,
            &suppliers,
            &all,
        ),
        (
            "nonprofit's key to read",
            Person::Chair,
            of.nonprofit,
            &suppliers,
            &[],
        ),
    ] {
        let input = api_keys::input(app, &organisation.to_global(), roles, scopes);
        keys.push((name, api_keys::make(&app.as_(owner), input).await.1));
    }
    keys
}

/// Reads each scene as each reader, and adds a line with the permitted readers.
async fn read_all(app: &TestApp, keys: &Keys, scenes: &[Scene], lines: &mut String) {
    let all = readers(app, keys).await;
    let mut wrong = Vec::new();
    for (scene, answers) in scenes.iter().zip(answers(&all, scenes).await) {
        let (kind, field) = scene.field;
        let rule = table::of(kind, field);
        let mut readers = Vec::new();
        for (Reader { name, actor, .. }, data) in all.iter().zip(answers) {
            let read = data.pointer(&scene.pointer);
            // `Question.own` and `supported` are false for readers without permission.
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
        line(lines, scene.field, &scene.about, &readers, all.len());
    }
    assert!(wrong.is_empty(), "not as the table says: {wrong:#?}");
}

/// Number of scenes that one request reads.
const SCENES_OF_REQUEST: usize = 6;

/// Returns what each reader gets, by scene: the data of the scene's own query. A request reads
/// several scenes, each under an alias.
async fn answers(readers: &[Reader<'_>], scenes: &[Scene]) -> Vec<Vec<Value>> {
    let mut answers = Vec::new();
    for scenes in scenes.chunks(SCENES_OF_REQUEST) {
        let (mut parameters, mut selections) = (String::new(), String::new());
        let mut variables = json!({});
        for (number, scene) in scenes.iter().enumerate() {
            let selection = scene.selection.replace("$id", &format!("$id{number}"));
            write!(parameters, "$id{number}: ID! ").unwrap();
            write!(selections, "scene{number}: {selection} ").unwrap();
            variables[format!("id{number}")] = json!(scene.id);
        }
        let query = format!("query({parameters}) {{ {selections} }}");
        let mut of_scenes = vec![Vec::new(); scenes.len()];
        for reader in readers {
            let mut data = reader.client.ask(&query, variables.clone()).await;
            for (number, (scene, answers)) in scenes.iter().zip(&mut of_scenes).enumerate() {
                let top_field = scene.pointer.split('/').nth(1).unwrap();
                let answer = data[format!("scene{number}")].take();
                answers.push(json!({ top_field: answer }));
            }
        }
        answers.extend(of_scenes);
    }
    answers
}

/// Returns whether the rule admits the actor.
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

fn line(
    lines: &mut String,
    (kind, field): (&str, &str),
    about: &str,
    readers: &[&str],
    all: usize,
) {
    let readers = match readers.len() {
        0 => "nobody".to_owned(),
        number if number == all => "everyone".to_owned(),
        _ => readers.join(", "),
    };
    writeln!(lines, "{kind}.{field} ({about}): {readers}").unwrap();
}

/// Adds lines with the readers who may subscribe to an unpublished procurement.
async fn listening(app: &TestApp, keys: &Keys, lines: &mut String) {
    let of = app.organisations;
    let all = readers(app, keys).await;
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
        for Reader {
            name,
            client,
            actor,
        } in &all
        {
            let mut socket = client.socket().await;
            let query = "subscription($id: ID!) { dialogueChanged(procurementId: $id) { id } }";
            let admitted = admits(table::of("Subscription", "dialogueChanged"), actor, &whose);
            if admitted {
                begin(&mut socket, app.live(), &id, Value::Null).await;
                listeners.push(*name);
            } else {
                socket.subscribe(query, json!({ "id": id })).await;
                assert_eq!(socket.refused().await, "NOT_FOUND", "{name} {about}");
            }
        }
        line(
            lines,
            ("Subscription", "dialogueChanged"),
            about,
            &listeners,
            all.len(),
        );
    }
}

#[tokio::test]
async fn each_field_is_read_by_those_it_is_for_and_by_nobody_else() {
    let app = TestApp::without_search().await;
    let mut lines = String::new();
    let mut played: BTreeSet<_> = [("Subscription", "dialogueChanged")].into();
    let keys = make_keys(&app).await;
    listening(&app, &keys, &mut lines).await;
    let mut stage = scenes::Stage::new(&app).await;
    for act in 1..=scenes::ACTS {
        let scenes = stage.act(act).await;
        read_all(&app, &keys, &scenes, &mut lines).await;
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
