//! Every list of the schema loads in batches: a request that selects all fields of ten objects runs
//! no statement once for each object, and a request that selects each list under ten aliases runs
//! each statement as often as a request without aliases. The requests are generated from the schema.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};
use torg::http::{OperationLimits as Limits, Settings};

use crate::{
    nodes::{
        schema::{Field, Object, objects},
        walk::{selection, walk},
        world,
    },
    support::{
        app::{SOCKET_LIMITS, TestApp, unhurried},
        cast::Person,
        statements::{StatementCounts, start_recording, stop_recording},
    },
};

/// Readers who together may read every list.
const READERS: [Person; 4] = [
    Person::Editor,
    Person::Mayor,
    Person::Signatory,
    Person::Both,
];
/// Number of objects in one request.
const PARENTS: usize = 10;
/// Number of objects of a type that are read alone, for comparison.
const ALONE: usize = 3;
/// Maximum number of batches more for ten objects than for one. Objects in different states lead to
/// the same object by paths of different length, and each length is a batch.
const PATHS: usize = 3;
/// Lists of the root that need no argument.
const ROOTS: &str = "organisations(first: 5) { totalCount nodes { __typename id } } \
    cpv(search: \"a\", first: 5) { totalCount nodes { code } } nuts(first: 5) { nodes { code } } \
    reservationRules { __typename id } ";

/// Sends requests to a server without limits on operations.
struct Reader<'a> {
    app: &'a TestApp,
    address: &'a str,
    token: String,
}

impl Reader<'_> {
    async fn data(&self, query: &str, variables: &Value) -> Value {
        let request = self.app.http.post(format!("{}/graphql", self.address));
        let request = request.bearer_auth(&self.token);
        let body = json!({ "query": query, "variables": variables });
        let body: Value = request
            .json(&body)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        assert_eq!(body.get("errors"), None, "{query}: {}", body["errors"]);
        body["data"].clone()
    }

    /// Returns how often each statement runs for a query, without those of the opener, and the data.
    async fn statements(&self, query: &str, variables: &Value) -> (StatementCounts, Value) {
        start_recording();
        let data = self.data(query, variables).await;
        let mut counts = stop_recording();
        counts.retain(|statement, _| !statement.contains("graphile_worker"));
        (counts, data)
    }
}

fn is_list(field: &Field) -> bool {
    field.written.starts_with('[') || field.of.ends_with("Connection")
}

/// Adds the lists of an answer that have items, by type and field.
fn collect_lists(
    types: &BTreeMap<String, Object>,
    (kind, value): (&str, &Value),
    found: &mut BTreeSet<(String, String)>,
) {
    if let Value::Array(items) = value {
        for item in items {
            collect_lists(types, (kind, item), found);
        }
        return;
    }
    let (Some(object), Value::Object(fields)) = (types.get(kind), value) else {
        return;
    };
    for (name, value) in fields {
        let Some(field) = object.field(name) else {
            continue;
        };
        let items = value.get("nodes").or(value.get("edges")).unwrap_or(value);
        if is_list(field) && items.as_array().is_some_and(|items| !items.is_empty()) {
            found.insert((kind.to_owned(), name.clone()));
        }
        collect_lists(types, (&field.of, value), found);
    }
}

/// Returns the statements that ran in `many` more than `tolerated` times more often than in any of
/// `each`.
fn excess<'c>(
    many: &'c StatementCounts,
    each: &[StatementCounts],
    tolerated: usize,
) -> Vec<(&'c str, usize, usize)> {
    let most = |statement: &String| {
        let counts = each.iter().filter_map(|counts| counts.get(statement));
        counts.max().copied().unwrap_or(1)
    };
    let excess = many.iter().filter_map(|(statement, count)| {
        let most = most(statement);
        (*count > most + tolerated).then_some((statement.as_str(), *count, most))
    });
    excess.collect()
}

/// Checks the fields of a type's objects; returns the problems. Adds the lists that have items.
async fn check_type(
    reader: &Reader<'_>,
    types: &BTreeMap<String, Object>,
    (kind, ids): (&str, &[String]),
    lists: &mut BTreeSet<(String, String)>,
) -> Vec<String> {
    let fields = selection(types, kind, &[]);
    let query = format!(
        "query($ids: [ID!]!) {{ nodes(ids: $ids) {{ __typename ... on {kind} {{ {fields} }} }} }}"
    );
    let mut each = Vec::new();
    for id in ids.iter().take(ALONE) {
        let (counts, data) = reader.statements(&query, &json!({ "ids": [id] })).await;
        collect_lists(types, (kind, &data["nodes"]), lists);
        each.push(counts);
    }
    let mut problems = Vec::new();
    let ten: Vec<_> = ids.iter().cycle().take(PARENTS).collect();
    let (many, _) = reader.statements(&query, &json!({ "ids": ten })).await;
    for (statement, count, most) in excess(&many, &each, PATHS) {
        problems.push(format!(
            "{PARENTS} × {kind}: {count} instead of {most} × {statement}"
        ));
    }
    // The same lists under other names, next to each other.
    let aliased = types[kind].fields.iter().filter(|field| is_list(field));
    let aliased: Vec<String> = aliased
        .filter(|field| !field.needs_argument)
        .flat_map(|field| {
            let of = match types.get(&field.of) {
                Some(_) if field.of.ends_with("Connection") => {
                    "(first: 50) { totalCount nodes { __typename } }"
                }
                Some(_) => "{ __typename }",
                None => "",
            };
            (0..PARENTS).map(move |n| format!("a{n}_{}: {} {of}", field.name, field.name))
        })
        .collect();
    if aliased.is_empty() {
        return problems;
    }
    let aliased = format!(
        "query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {kind} {{ {} }} }} }}",
        aliased.join(" ")
    );
    let (many, _) = reader
        .statements(&aliased, &json!({ "ids": [ids[0]] }))
        .await;
    for (statement, count, most) in excess(&many, &each, 0) {
        problems.push(format!(
            "{PARENTS} aliases in {kind}: {count} instead of {most} × {statement}"
        ));
    }
    problems
}

/// Checks the lists at the root under ten aliases.
async fn check_roots(reader: &Reader<'_>) -> Vec<String> {
    let ten: String = (0..PARENTS)
        .map(|n| {
            ROOTS
                .replace("organisations(", &format!("o{n}: organisations("))
                .replace("cpv(", &format!("c{n}: cpv("))
                .replace("nuts(", &format!("n{n}: nuts("))
                .replace("reservationRules", &format!("r{n}: reservationRules"))
        })
        .collect();
    let (one, _) = reader
        .statements(&format!("{{ {ROOTS} }}"), &json!({}))
        .await;
    let (many, _) = reader.statements(&format!("{{ {ten} }}"), &json!({})).await;
    let excess = excess(&many, &[one], 0).into_iter();
    excess
        .map(|(statement, count, most)| {
            format!("{PARENTS} aliases: {count} instead of {most} × {statement}")
        })
        .collect()
}

/// Lists that have no item in this test, with the reason.
const EMPTY: [(&str, &str); 0] = [];

/// Returns the lists of all types that an object with a global ID leads to.
fn all_lists(types: &BTreeMap<String, Object>) -> BTreeSet<(String, String)> {
    let mut open: Vec<&str> = types
        .iter()
        .filter(|(_, object)| object.is_node)
        .map(|(name, _)| name.as_str())
        .collect();
    let (mut seen, mut lists) = (BTreeSet::new(), BTreeSet::new());
    while let Some(kind) = open.pop() {
        if !seen.insert(kind) {
            continue;
        }
        for field in types.get(kind).into_iter().flat_map(|of| &of.fields) {
            if is_list(field) && !kind.ends_with("Connection") && !field.needs_argument {
                lists.insert((kind.to_owned(), field.name.clone()));
            }
            open.push(&field.of);
        }
    }
    lists
}

#[tokio::test]
async fn each_list_of_the_schema_loads_in_batches() {
    let app = TestApp::without_search().await;
    let roots = world::create(&app).await;
    let settings = Settings {
        operations: Limits {
            length: usize::MAX,
            tokens: usize::MAX,
            selections: usize::MAX,
            aliases: usize::MAX,
            aliases_per_field: usize::MAX,
            complexity: usize::MAX,
            nodes: usize::MAX,
            response_bytes: usize::MAX,
            ..Limits::default()
        },
        ..unhurried()
    };
    let server = app.server_with(SOCKET_LIMITS, settings).await;
    let types = objects();
    let (mut problems, mut lists) = (Vec::new(), BTreeSet::new());
    for person in READERS {
        let reader = Reader {
            app: &app,
            address: &server.address,
            token: app.mint(&person.subject(), TimeDelta::hours(1), Utc::now()),
        };
        let mut by_type: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (id, kind) in walk(&app.as_(person), &roots).await {
            by_type.entry(kind).or_default().push(id);
        }
        for (kind, ids) in &by_type {
            let found = check_type(&reader, &types, (kind, ids), &mut lists).await;
            problems.extend(
                found
                    .into_iter()
                    .map(|problem| format!("{person:?}: {problem}")),
            );
        }
        problems.extend(check_roots(&reader).await);
    }
    assert!(problems.is_empty(), "{problems:#?}");
    let missing: Vec<_> = all_lists(&types)
        .into_iter()
        .filter(|(kind, name)| {
            !lists.contains(&(kind.clone(), name.clone()))
                && !EMPTY.contains(&(kind.as_str(), name.as_str()))
        })
        .collect();
    assert!(missing.is_empty(), "lists without an item: {missing:?}");
}
