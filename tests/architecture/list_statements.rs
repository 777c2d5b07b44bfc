//! Every list of the schema loads in batches: a request that selects all fields of ten objects runs
//! no statement once for each object, and a request that selects each list under ten aliases runs
//! each statement as often as a request without aliases. The requests are generated from the schema.
//! An empty list proves nothing, so each list has an item in at least one of the answers; the exceptions
//! are stated.

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
/// the same object by paths of different length, and each length is a batch. When no reader sees more
/// objects of a type than this, fewer are tolerated, so that a statement that runs once for each object
/// is always found.
const PATHS: usize = 3;
/// Lists, as `Type.field`, that have no item in `nodes::world`: their items are not tested here.
const EMPTY: [&str; 39] = [
    "Answer.attachments",
    "ApiKeyConnection.edges",
    "ApiKeyConnection.nodes",
    "AwardCriterion.lotIds",
    "AwardReason.ownScores",
    "ContributionAnswer.files",
    "ContributionAnswer.optionIds",
    "Dialogue.extensions",
    "DialogueParticipants.byKind",
    "DialogueParticipants.bySize",
    "DialogueSummary.attachments",
    "InvitationConnection.edges",
    "InvitationConnection.nodes",
    "Lot.cpv",
    "Lot.nuts",
    "Minutes.attachments",
    "MissingPart.field",
    "Organisation.apiKeys",
    "Organisation.formerNames",
    "Organisation.invitations",
    "Organisation.jointInvitations",
    "OwnTender.clarifications",
    "Procurement.documents",
    "Procurement.jointBuyers",
    "Procurement.jointConsents",
    "Procurement.lotEnds",
    "Procurement.pastAwards",
    "ProcurementContent.documents",
    "ProcurementContent.jointBuyers",
    "ProcurementContent.pastAwards",
    "ProcurementDraft.documents",
    "ProcurementDraft.jointBuyers",
    "ProcurementDraft.pastAwards",
    "Tender.clarifications",
    "Tender.documents",
    "TenderLot.priceList",
    "TenderOffer.answers",
    "TenderOffer.businessSecrets",
    "TenderOffer.subcontractors",
];
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
    /// Returns the data of a query.
    async fn read(&self, query: &str, variables: &Value) -> Value {
        let request = self.app.http.post(format!("{}/graphql", self.address));
        let request = request.bearer_auth(&self.token);
        let body = json!({ "query": query, "variables": variables });
        let mut body: Value = request
            .json(&body)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        assert_eq!(body.get("errors"), None, "{query}: {}", body["errors"]);
        body["data"].take()
    }

    /// Returns how often each statement runs for a query, without those of the opener.
    async fn statements(&self, query: &str, variables: &Value) -> StatementCounts {
        start_recording();
        self.read(query, variables).await;
        let mut counts = stop_recording();
        counts.retain(|statement, _| !statement.contains("graphile_worker"));
        counts
    }
}

/// The lists of the schema that were read.
struct Lists<'t> {
    types: &'t BTreeMap<String, Object>,
    /// Lists that were selected, as `Type.field`.
    selected: BTreeSet<String>,
    /// Those of them that had an item.
    with_item: BTreeSet<String>,
}

impl Lists<'_> {
    /// Notes the lists in an object of a type, and in the objects without an ID that it contains.
    fn note(&mut self, kind: &str, object: &Value) {
        let types = self.types;
        let Some(declared) = types.get(kind) else {
            return;
        };
        for field in &declared.fields {
            let Some(value) = object.get(&field.name) else {
                continue;
            };
            if is_list(field) {
                let name = format!("{kind}.{}", field.name);
                let items = if value.is_array() {
                    value
                } else {
                    &value["nodes"]
                };
                if items.as_array().is_some_and(|items| !items.is_empty()) {
                    self.with_item.insert(name.clone());
                }
                self.selected.insert(name);
            }
            match value {
                Value::Array(items) => items.iter().for_each(|item| self.note(&field.of, item)),
                value => self.note(&field.of, value),
            }
        }
    }

    /// Returns the lists that had no item.
    fn empty(&self) -> Vec<&str> {
        let empty = self.selected.difference(&self.with_item);
        empty.map(String::as_str).collect()
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
    lists: &mut Lists<'_>,
    (kind, ids): (&str, &[String]),
    tolerated: usize,
) -> Vec<String> {
    let types = lists.types;
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
    // All of them for the items of their lists, ten for the statements.
    for ids in ids.chunks(PARENTS) {
        let data = reader.read(&query, &json!({ "ids": ids })).await;
        for object in data["nodes"].as_array().unwrap() {
            lists.note(kind, object);
        }
    }
    let ten: Vec<_> = ids.iter().cycle().take(PARENTS).collect();
    let many = reader.statements(&query, &json!({ "ids": ten })).await;
    for (statement, count, most) in excess(&many, &each, tolerated) {
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
                    "(first: 20) { totalCount nodes { __typename } }"
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
    let mut lists = Lists {
        types: &types,
        selected: BTreeSet::new(),
        with_item: BTreeSet::new(),
    };
    let mut visible = Vec::new();
    let mut most: BTreeMap<String, usize> = BTreeMap::new();
    for person in READERS {
        let mut by_type: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (id, kind) in walk(&app.as_(person), &roots).await {
            by_type.entry(kind).or_default().push(id);
        }
        for (kind, ids) in &by_type {
            let most = most.entry(kind.clone()).or_default();
            *most = ids.len().max(*most);
        }
        visible.push((person, by_type));
    }
    let mut problems = Vec::new();
    for (person, by_type) in visible {
        let reader = Reader {
            app: &app,
            address: &server.address,
            token: app.mint(&person.subject(), TimeDelta::hours(1), Utc::now()),
        };
        for (kind, ids) in &by_type {
            let tolerated = PATHS.min(most[kind].saturating_sub(2));
            let found = check_type(&reader, &mut lists, (kind, ids), tolerated).await;
            let found = found.into_iter();
            problems.extend(found.map(|problem| format!("{person:?}: {problem}")));
        }
        problems.extend(check_roots(&reader).await);
    }
    assert!(problems.is_empty(), "{problems:#?}");
    let empty = lists.empty().into_iter();
    let unproven: Vec<_> = empty.filter(|list| !EMPTY.contains(list)).collect();
    let fix = "add an item to `nodes::world`, or the list to `EMPTY`";
    assert!(unproven.is_empty(), "{fix}: {unproven:?}");
}
