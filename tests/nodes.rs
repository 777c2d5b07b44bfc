//! Global IDs: every type with one implements `Node`, and `node` resolves exactly what the fields of
//! the schema show to a reader.

pub mod schema;
pub mod walk;
pub mod world;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use self::{
    schema::{nodes, objects},
    walk::{Found, resolved, walk},
};
use crate::support::{app::TestApp, cast::Person};

#[test]
fn each_type_with_an_id_is_a_node() {
    let objects = objects();
    for (name, object) in &objects {
        let id = object.field("id").map(|field| field.written.as_str());
        assert_eq!(object.is_node, id == Some("ID!"), "{name}.id is {id:?}");
    }
}

/// Readers of each kind; `None` has no token.
const READERS: [Option<Person>; 14] = [
    None,
    Some(Person::Stranger),
    Some(Person::Trainee),
    Some(Person::Editor),
    Some(Person::Publisher),
    Some(Person::Opener),
    Some(Person::Mayor),
    Some(Person::Signatory),
    Some(Person::Clerk),
    Some(Person::Chair),
    Some(Person::Volunteer),
    Some(Person::Both),
    Some(Person::Nobody),
    Some(Person::Admin),
];

/// A type whose objects a reader may resolve without a field that leads to them: the name of an
/// organisation is public, and codes are in lists that are not walked.
const UNLISTED: [&str; 2] = ["Organisation", "Code"];

#[tokio::test]
async fn node_resolves_what_fields_show_and_nothing_else() {
    let app = TestApp::without_search().await;
    let roots = world::create(&app).await;
    let client = |person: Option<Person>| person.map_or(app.anonymous(), |one| app.as_(one));
    let mut reached: Vec<Found> = Vec::new();
    for reader in READERS {
        reached.push(walk(&client(reader), &roots).await);
    }
    let mut all = Found::new();
    for found in &reached {
        for (id, kind) in found {
            let before = all.insert(id.clone(), kind.clone());
            assert!(
                before.is_none_or(|before| before == *kind),
                "{id} has two types"
            );
        }
    }
    let seen: BTreeSet<&str> = all.values().map(String::as_str).collect();
    assert_eq!(
        seen,
        nodes(&objects()),
        "each type has an object in this test"
    );
    let ids: Vec<&String> = all.keys().collect();
    let mut numbers: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (reader, found) in READERS.iter().zip(&reached) {
        let unlisted = |id: &String| UNLISTED.contains(&all[id].as_str());
        let resolved = resolved(&client(*reader), &ids).await;
        let leaks: Vec<_> = resolved
            .iter()
            .filter(|id| !found.contains_key(*id) && !unlisted(id))
            .map(|id| (&all[id], id))
            .collect();
        assert!(
            leaks.is_empty(),
            "{reader:?} resolves, but does not reach: {leaks:?}"
        );
        for kind in &seen {
            let of_kind = resolved.iter().filter(|id| all[*id] == **kind).count();
            numbers.entry((*kind).to_owned()).or_default().push(of_kind);
        }
    }
    // What not everyone may see is hidden from some reader.
    for kind in [
        "ApiKey",
        "ContributionDraft",
        "Invitation",
        "MeetingRegistration",
        "Membership",
        "MustShareItem",
        "Notification",
        "OrganisationMember",
        "OwnContribution",
        "OwnTender",
        "Question",
        "Tender",
        "TenderDraft",
        "Viewer",
        "Lot",
        "Procurement",
        "NoticeChange",
        "Attachment",
    ] {
        let counts = &numbers[kind];
        assert!(
            counts.iter().min() < counts.iter().max(),
            "{kind}: {counts:?}"
        );
    }
    assert_eq!(
        numbers["Viewer"][0], 0,
        "a client without a token is no viewer"
    );
}

#[tokio::test]
async fn nodes_keep_their_order_and_number() {
    let app = TestApp::without_search().await;
    let buyer = app.organisations.buyer.to_global();
    let query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    let ids = json!([buyer, "nonsense", "", "TG90Ong", buyer]);
    let data = app.anonymous().ask(query, json!({ "ids": ids })).await;
    let found = json!({ "id": buyer });
    assert_eq!(data["nodes"], json!([found, null, null, null, found]));
    let many = vec![buyer; 101];
    let refused = app.anonymous().respond(query, json!({ "ids": many })).await;
    let error = &refused["errors"][0];
    assert_eq!(error["extensions"]["code"], "TOO_LONG", "{refused}");
    assert_eq!(error["extensions"]["field"], json!(["ids"]));
}

#[tokio::test]
async fn a_procurement_is_found_by_id_or_ocid() {
    let app = TestApp::without_search().await;
    let id = crate::support::stage::published(&app, "UPCOMING").await;
    let hidden = crate::support::stage::draft(&app).await;
    let query = "query($id: ID, $ocid: String) { procurement(id: $id, ocid: $ocid) { id ocid } }";
    let ocid_of = async |id: &str| {
        let data = app
            .as_(Person::Editor)
            .ask(query, json!({ "id": id }))
            .await;
        data["procurement"]["ocid"].clone()
    };
    let found = app
        .anonymous()
        .ask(query, json!({ "ocid": ocid_of(&id).await }))
        .await;
    assert_eq!(found["procurement"]["id"], id);
    for ocid in [
        ocid_of(&hidden).await,
        json!("ocds-none"),
        json!(""),
        json!("a\u{0}b"),
    ] {
        let found = app.anonymous().ask(query, json!({ "ocid": ocid })).await;
        assert_eq!(found["procurement"], Value::Null, "{ocid}");
    }
    for (variables, code, field) in [
        (json!({}), "REQUIRED", "id"),
        (json!({ "id": id, "ocid": "x" }), "INVALID", "ocid"),
    ] {
        let refused = app.anonymous().respond(query, variables).await;
        let extensions = &refused["errors"][0]["extensions"];
        assert_eq!(extensions["code"], code, "{refused}");
        assert_eq!(extensions["field"], json!([field]));
    }
}
