//! Lists: their shape in the schema, their pages in both directions, and their cursors.

mod bounds;

use serde_json::{Value, json};

use crate::{
    nodes::{schema::objects, world},
    support::{app::TestApp, cast::Person, client::Client},
};

/// Fields of connections and edges that only some lists have.
const EXTRA: [&str; 2] = ["facets", "highlights"];

#[test]
fn all_connections_look_alike() {
    let objects = objects();
    for (name, object) in &objects {
        let Some(of) = name.strip_suffix("Connection") else {
            continue;
        };
        let edge = format!("{of}Edge");
        let node = objects[&edge].field("node").map(|field| field.of.clone());
        let node = node.unwrap_or_default();
        let expected = [
            ("edges", format!("[{edge}!]!")),
            ("nodes", format!("[{node}!]!")),
            ("pageInfo", "PageInfo!".to_owned()),
            ("totalCount", "Int!".to_owned()),
        ];
        let fields = object
            .fields
            .iter()
            .map(|field| (field.name.as_str(), field.written.clone()));
        let fields = fields.filter(|(name, _)| !EXTRA.contains(name));
        assert_eq!(fields.collect::<Vec<_>>(), expected, "{name}");
        let parts = objects[&edge].fields.iter();
        let parts = parts.map(|field| (field.name.as_str(), field.written.clone()));
        let parts = parts.filter(|(name, _)| !EXTRA.contains(name));
        let expected = [
            ("cursor", "String!".to_owned()),
            ("node", format!("{node}!")),
        ];
        assert_eq!(parts.collect::<Vec<_>>(), expected, "{edge}");
        assert!(objects[&node].is_node, "{node} has no global ID");
    }
}

#[test]
fn lists_are_paged_by_cursors_in_both_directions() {
    for (name, object) in objects() {
        for field in &object.fields {
            let arguments: Vec<&str> = field.arguments.iter().map(String::as_str).collect();
            assert!(!arguments.contains(&"skip"), "{name}.{}", field.name);
            if !field.of.ends_with("Connection") {
                continue;
            }
            // A search engine ranks from the best match on.
            let backward = field.name != "searchProcurements";
            for argument in ["first", "after"] {
                assert!(arguments.contains(&argument), "{name}.{}", field.name);
            }
            for argument in ["last", "before"] {
                assert_eq!(
                    arguments.contains(&argument),
                    backward,
                    "{name}.{}",
                    field.name
                );
            }
        }
    }
}

/// A list: who reads it, its path from the root, the path in JSON, and whether it has several items
/// in this world.
struct List {
    reader: Option<Person>,
    outer: &'static str,
    field: &'static str,
    pointer: &'static str,
}

const fn list(
    reader: Option<Person>,
    outer: &'static str,
    field: &'static str,
    pointer: &'static str,
) -> List {
    List {
        reader,
        outer,
        field,
        pointer,
    }
}

const ROUND: &str = "procurement(id: $id) { dialogues { # } }";
const PROCUREMENT: &str = "procurement(id: $id) { # }";
const VIEWER: &str = "viewer { # }";

fn lists() -> Vec<List> {
    let of = |reader, field, pointer| list(reader, PROCUREMENT, field, pointer);
    vec![
        of(None, "lots", "/procurement/lots"),
        of(None, "notices", "/procurement/notices"),
        of(None, "timeline", "/procurement/timeline"),
        of(None, "dialogueEvents", "/procurement/dialogueEvents"),
        of(None, "jointBidInterests", "/procurement/jointBidInterests"),
        of(Some(Person::Editor), "mustShare", "/procurement/mustShare"),
        of(
            Some(Person::Editor),
            "pendingChanges",
            "/procurement/pendingChanges",
        ),
        list(
            Some(Person::Editor),
            "procurement(id: $id) { draft { # } }",
            "lots",
            "/procurement/draft/lots",
        ),
        list(
            None,
            "procurement(id: $id) { notices(last: 1) { nodes { # } } }",
            "changes",
            "/procurement/notices/nodes/0/changes",
        ),
        list(
            Some(Person::Editor),
            ROUND,
            "questions",
            "/procurement/dialogues/0/questions",
        ),
        list(
            Some(Person::Editor),
            ROUND,
            "contributions",
            "/procurement/dialogues/1/contributions",
        ),
        list(
            Some(Person::Editor),
            "procurement(id: $id) { dialogues { meetings { # } } }",
            "registrations",
            "/procurement/dialogues/2/meetings/0/registrations",
        ),
        list(
            Some(Person::Editor),
            VIEWER,
            "procurements",
            "/viewer/procurements",
        ),
        list(
            Some(Person::Clerk),
            VIEWER,
            "notifications",
            "/viewer/notifications",
        ),
        list(
            Some(Person::Chair),
            "viewer { actingFor { # } }",
            "invitations",
            "/viewer/actingFor/invitations",
        ),
        list(
            Some(Person::Chair),
            "viewer { actingFor { # } }",
            "apiKeys",
            "/viewer/actingFor/apiKeys",
        ),
        list(None, "#", "organisations", "/organisations"),
        list(None, "#", "cpv", "/cpv"),
        list(None, "#", "nuts", "/nuts"),
    ]
}

const PARTS: &str = "totalCount edges { cursor node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }";

impl List {
    fn query(&self, arguments: &str, parts: &str) -> String {
        let field = format!("{}{arguments} {{ {parts} }}", self.field);
        // The query uses its variable in any case.
        format!(
            "query($id: ID!) {{ {} node(id: $id) {{ id }} }}",
            self.outer.replace('#', &field)
        )
    }

    async fn read(&self, client: &Client<'_>, id: &str, arguments: &str) -> Value {
        let data = client
            .ask(&self.query(arguments, PARTS), json!({ "id": id }))
            .await;
        let found = data.pointer(self.pointer).cloned();
        found.unwrap_or_else(|| panic!("{} has no list: {data}", self.pointer))
    }
}

fn ids(page: &Value) -> Vec<Value> {
    let edges = page["edges"].as_array().unwrap().iter();
    edges.map(|edge| edge["node"]["id"].clone()).collect()
}

#[tokio::test]
async fn pages_cover_each_list_in_both_directions() {
    let app = TestApp::without_search().await;
    let id = world::create(&app).await.remove(0);
    let mut cursors: Vec<(&'static str, String)> = Vec::new();
    for list in lists() {
        let client = list
            .reader
            .map_or(app.anonymous(), |person| app.as_(person));
        // Pages of 100 registrations of 20 meetings exceed the limit of complexity.
        let all = list.read(&client, &id, "(first: 90)").await;
        let expected = ids(&all);
        assert!(!expected.is_empty(), "{}", list.pointer);
        assert_eq!(all["totalCount"], expected.len(), "{}", list.pointer);
        assert_eq!(all["pageInfo"]["hasNextPage"], false);
        assert_eq!(all["pageInfo"]["hasPreviousPage"], false);
        for (size, edge, cursor, more) in [
            ("first", "after", "endCursor", "hasNextPage"),
            ("last", "before", "startCursor", "hasPreviousPage"),
        ] {
            let (mut found, mut place) = (Vec::new(), String::new());
            for _ in 0..=expected.len() {
                let page = list
                    .read(&client, &id, &format!("({size}: 2{place})"))
                    .await;
                let items = ids(&page);
                let at = if size == "first" { found.len() } else { 0 };
                found.splice(at..at, items);
                let next = page["pageInfo"][cursor].as_str().unwrap_or_default();
                place = format!(", {edge}: \"{next}\"");
                if page["pageInfo"][more] == false {
                    break;
                }
            }
            assert_eq!(found, expected, "{} {size}", list.pointer);
        }
        let cursor = all["edges"][0]["cursor"].as_str().unwrap().to_owned();
        cursors.push((list.pointer, cursor));
    }
    refuse_foreign(&app, &id, &cursors).await;
}

/// A cursor of another list, a changed cursor and any other text are refused; no list fails.
async fn refuse_foreign(app: &TestApp, id: &str, cursors: &[(&'static str, String)]) {
    for list in lists() {
        let client = list
            .reader
            .map_or(app.anonymous(), |person| app.as_(person));
        // A notice in force and the procurement have the same lots.
        let foreign = cursors
            .iter()
            .filter(|(pointer, _)| *pointer != list.pointer);
        let foreign = foreign.map(|(_, cursor)| cursor.clone());
        let garbage = [
            "",
            "x",
            "bm9uc2Vuc2U",
            "MQ",
            "WzEsMV0",
            "\u{0}",
            "W251bGwsbnVsbF0",
        ];
        for cursor in foreign.chain(garbage.map(str::to_owned)) {
            for argument in ["after", "before"] {
                let arguments = format!("(first: 1, {argument}: {})", json!(cursor));
                let answer = client
                    .respond(&list.query(&arguments, "totalCount"), json!({ "id": id }))
                    .await;
                let extensions = &answer["errors"][0]["extensions"];
                assert_eq!(
                    extensions["code"], "INVALID",
                    "{}: {cursor} {answer}",
                    list.pointer
                );
                assert_eq!(extensions["field"], json!([argument]), "{}", list.pointer);
            }
        }
        for (arguments, code) in [
            ("(first: 0)", "OUT_OF_RANGE"),
            ("(last: 101)", "OUT_OF_RANGE"),
            ("(first: -1)", "OUT_OF_RANGE"),
            ("(first: 1, last: 1)", "INVALID"),
        ] {
            let answer = client
                .respond(&list.query(arguments, "totalCount"), json!({ "id": id }))
                .await;
            let found = &answer["errors"][0]["extensions"]["code"];
            assert_eq!(found, code, "{} {arguments}: {answer}", list.pointer);
        }
    }
}

#[tokio::test]
async fn a_cursor_is_valid_for_its_filter_only() {
    let app = TestApp::without_search().await;
    let query = "query($kinds: [OrganisationKind!], $after: String) {
        organisations(kinds: $kinds, first: 1, after: $after) { edges { cursor } } }";
    let first = app
        .anonymous()
        .ask(query, json!({ "kinds": ["BUYER"] }))
        .await;
    let cursor = &first["organisations"]["edges"][0]["cursor"];
    let same = json!({ "kinds": ["BUYER", "BUYER"], "after": cursor });
    app.anonymous().ask(query, same).await;
    for kinds in [
        json!(null),
        json!(["NONPROFIT"]),
        json!(["BUYER", "NONPROFIT"]),
    ] {
        let variables = json!({ "kinds": kinds, "after": cursor });
        let refused = app.anonymous().respond(query, variables).await;
        assert_eq!(
            refused["errors"][0]["extensions"]["code"], "INVALID",
            "{refused}"
        );
    }
}
