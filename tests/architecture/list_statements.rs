//! Every list of the schema loads in batches: a request that selects all fields of ten objects runs
//! no statement once for each object, and a request that selects each list under ten aliases runs
//! each statement as often as a request without aliases. The requests are generated from the schema.

use std::collections::BTreeMap;

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
    async fn check(&self, query: &str, variables: &Value) {
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
    }

    /// Returns how often each statement runs for a query, without those of the opener.
    async fn statements(&self, query: &str, variables: &Value) -> StatementCounts {
        start_recording();
        self.check(query, variables).await;
        let mut counts = stop_recording();
        counts.retain(|statement, _| !statement.contains("graphile_worker"));
        counts
    }
}

fn is_list(field: &Field) -> bool {
    field.written.starts_with('[') || field.of.ends_with("Connection")
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

/// Checks the fields of a type's objects; returns the problems.
async fn check_type(
    reader: &Reader<'_>,
    types: &BTreeMap<String, Object>,
    (kind, ids): (&str, &[String]),
) -> Vec<String> {
    let fields = selection(types, kind, &[]);
    let query = format!(
        "query($ids: [ID!]!) {{ nodes(ids: $ids) {{ __typename ... on {kind} {{ {fields} }} }} }}"
    );
    let mut each = Vec::new();
    for id in ids.iter().take(ALONE) {
        let counts = reader.statements(&query, &json!({ "ids": [id] })).await;
        each.push(counts);
    }
    let mut problems = Vec::new();
    let ten: Vec<_> = ids.iter().cycle().take(PARENTS).collect();
    let many = reader.statements(&query, &json!({ "ids": ten })).await;
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
    let many = reader
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
    let one = reader
        .statements(&format!("{{ {ROOTS} }}"), &json!({}))
        .await;
    let many = reader.statements(&format!("{{ {ten} }}"), &json!({})).await;
    let excess = excess(&many, &[one], 0).into_iter();
    excess
        .map(|(statement, count, most)| {
            format!("{PARENTS} aliases: {count} instead of {most} × {statement}")
        })
        .collect()
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
    let mut problems = Vec::new();
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
            let found = check_type(&reader, &types, (kind, ids)).await;
            problems.extend(
                found
                    .into_iter()
                    .map(|problem| format!("{person:?}: {problem}")),
            );
        }
        problems.extend(check_roots(&reader).await);
    }
    assert!(problems.is_empty(), "{problems:#?}");
}
