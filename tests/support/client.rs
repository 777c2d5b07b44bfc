//! A GraphQL client of one person.

use std::{collections::BTreeMap, path::Path, sync::LazyLock};

use reqwest::{RequestBuilder, header::AUTHORIZATION};
use serde::Deserialize;
use serde_json::{Value, json};
use torg::{http::ACTING_FOR, kernel::ids::OrganisationId};

use super::{app::TestApp, socket::Socket};

/// Sends requests as one person, or without a token.
pub struct Client<'a> {
    app: &'a TestApp,
    token: Option<String>,
    acting_for: Option<OrganisationId>,
    /// Address of another server than the app's.
    address: Option<String>,
}

/// A `userErrors` entry.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct UserError {
    pub code: String,
    pub field: Vec<String>,
    pub message: String,
    /// Empty where the operation does not ask for them.
    #[serde(default)]
    pub parameters: Vec<MessageParameter>,
}

/// A value of a refusal's message.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct MessageParameter {
    pub name: String,
    pub value: String,
}

/// The answer of a mutation.
#[derive(Debug)]
pub struct Answer {
    /// ID of the changed object; `None` when refused.
    pub id: Option<String>,
    pub errors: Vec<UserError>,
}

impl Answer {
    /// Returns the ID; panics when the mutation was refused.
    pub fn id(self) -> String {
        assert!(self.errors.is_empty(), "refused: {:?}", self.errors);
        self.id
            .expect("a mutation that is not refused answers with the thing")
    }
}

/// A mutation, as the schema has it.
pub struct Mutation {
    /// Type of its input.
    pub input: String,
    /// Selection of its payload that has the ID of the changed object.
    pub object: String,
}

/// All mutations of the schema, by name.
pub fn mutations() -> &'static BTreeMap<String, Mutation> {
    static MUTATIONS: LazyLock<BTreeMap<String, Mutation>> = LazyLock::new(|| {
        let sdl = torg::graphql::sdl();
        let mut mutations = BTreeMap::new();
        let mut name = String::new();
        let mut input = String::new();
        for line in type_body(&sdl, "Mutation") {
            if let Some(field) = line.strip_suffix('(') {
                name = field.to_owned();
            } else if let Some(argument) = line.strip_prefix("input: ") {
                input = argument.trim_end_matches('!').to_owned();
            } else if let Some(payload) = line.strip_prefix("): ") {
                let mutation = Mutation {
                    input: input.clone(),
                    object: object_of(&sdl, payload.trim_end_matches('!')),
                };
                mutations.insert(name.clone(), mutation);
            }
        }
        mutations
    });
    &MUTATIONS
}

/// The lines of a type's body in the schema, without their indentation.
fn type_body<'s>(sdl: &'s str, name: &str) -> impl Iterator<Item = &'s str> {
    let head = format!("\ntype {name} {{\n");
    let (_, body) = sdl
        .split_once(&head)
        .unwrap_or_else(|| panic!("the schema has no type {name}"));
    let (body, _) = body.split_once("\n}").expect("a type ends");
    body.lines().map(str::trim)
}

/// Payloads whose changed object is another field.
const OBJECTS: [(&str, &str); 4] = [
    ("AcceptJointInvitationPayload", "procurement"),
    ("MergeQuestionsPayload", "question"),
    ("PublishNoticePayload", "procurement"),
    ("TenderPayload", "tender"),
];

/// The selection of the ID of the changed object in a payload: of the field of the type that the
/// payload is named after, else of the first that is neither `userErrors` nor a scalar.
fn object_of(sdl: &str, payload: &str) -> String {
    const SCALARS: [&str; 3] = ["String", "[UserError!]!", "[Warning!]!"];
    let fields: Vec<(&str, &str)> = type_body(sdl, payload)
        .filter_map(|line| line.split_once(": "))
        .filter(|(name, kind)| name.chars().all(char::is_alphanumeric) && !kind.contains(' '))
        .filter(|(_, kind)| !SCALARS.contains(kind))
        .collect();
    let namesake = payload.trim_end_matches("Payload");
    let chosen = OBJECTS.iter().find(|(of, _)| *of == payload);
    let named = match chosen {
        Some((_, chosen)) => fields.iter().find(|(name, _)| name == chosen),
        None => fields.iter().find(|(_, kind)| *kind == namesake),
    };
    let (name, kind) = named
        .or(fields.first())
        .unwrap_or_else(|| panic!("{payload} has no object"));
    match *kind {
        "ID" => (*name).to_owned(),
        _ => format!("{name} {{ id }}"),
    }
}

impl<'a> Client<'a> {
    pub fn new(
        app: &'a TestApp,
        token: Option<String>,
        acting_for: Option<OrganisationId>,
    ) -> Self {
        Self {
            app,
            token,
            acting_for,
            address: None,
        }
    }

    /// Returns the client, sending its requests to another server on the app's database.
    pub fn at(mut self, address: &str) -> Self {
        self.address = Some(address.to_owned());
        self
    }

    fn address(&self) -> &str {
        self.address.as_deref().unwrap_or(&self.app.address)
    }

    /// Returns a `POST /graphql` request with this person's headers.
    pub fn post(&self) -> RequestBuilder {
        let address = format!("{}/graphql", self.address());
        self.as_this_person(self.app.http.post(address))
    }

    /// Returns a `POST /documents` request without a body.
    pub fn upload(&self) -> RequestBuilder {
        let address = format!("{}/documents", self.address());
        self.as_this_person(self.app.http.post(address))
    }

    /// Returns a request that uploads a document of a tender in a procurement.
    pub fn upload_for_tender(&self, procurement: &str) -> RequestBuilder {
        let address = format!("{}/tenders/documents", self.address());
        let request = self.app.http.post(address);
        self.as_this_person(request.query(&[("procurement", procurement)]))
    }

    /// Returns a `GET` request of a path.
    pub fn get(&self, path: &str) -> RequestBuilder {
        self.as_this_person(self.app.get(path, &[]))
    }

    fn as_this_person(&self, mut request: RequestBuilder) -> RequestBuilder {
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        if let Some(organisation) = self.acting_for {
            request = request.header(ACTING_FOR, organisation.to_global());
        }
        request
    }

    /// Returns the payload of this person's `connection_init`.
    pub fn init_payload(&self) -> Value {
        let mut payload = json!({});
        if let Some(token) = &self.token {
            payload["Authorization"] = json!(format!("Bearer {token}"));
        }
        if let Some(organisation) = self.acting_for {
            payload[ACTING_FOR.as_str()] = json!(organisation.to_global());
        }
        payload
    }

    /// Opens a WebSocket as this person.
    pub async fn socket(&self) -> Socket {
        Socket::open(&self.app.address, self.init_payload()).await
    }

    /// Subscribes with a file of `schema/operations`.
    pub async fn listen(&self, operation: &str, variables: Value) -> Socket {
        let query = std::fs::read_to_string(operation_file(operation)).unwrap();
        self.app.note_operation(operation);
        let mut socket = self.socket().await;
        socket.subscribe(&query, variables).await;
        socket
    }

    /// Sends a document and returns the whole response.
    pub async fn respond(&self, query: &str, variables: Value) -> Value {
        let body = json!({ "query": query, "variables": variables });
        let response = self.post().json(&body).send().await.unwrap();
        response.json().await.unwrap()
    }

    /// Sends a document and returns the data; panics when there are errors.
    pub async fn ask(&self, query: &str, variables: Value) -> Value {
        let mut response = self.respond(query, variables).await;
        assert_eq!(response.get("errors"), None, "{query}");
        response["data"].take()
    }

    /// Runs a file of `schema/operations`, named without number and extension; returns the data.
    pub async fn run(&self, operation: &str, variables: Value) -> Value {
        let file = operation_file(operation);
        let query = std::fs::read_to_string(&file).unwrap();
        self.app.note_operation(operation);
        self.ask(&query, variables).await
    }

    /// Runs a mutation's file and returns the payload; panics when it is refused.
    pub async fn done(&self, operation: &str, variables: Value) -> Value {
        let payload = self.payload(operation, variables).await;
        assert_eq!(payload["userErrors"], json!([]), "{operation}");
        payload
    }

    /// Runs a mutation's file and returns the codes of its refusals; panics when there is none.
    pub async fn refused(&self, operation: &str, variables: Value) -> Vec<String> {
        let payload = self.payload(operation, variables).await;
        let errors: Vec<UserError> = serde_json::from_value(payload["userErrors"].clone()).unwrap();
        assert!(!errors.is_empty(), "{operation} was not refused: {payload}");
        errors.into_iter().map(|error| error.code).collect()
    }

    async fn payload(&self, operation: &str, mut variables: Value) -> Value {
        let payload = self.answered(operation, variables.clone()).await;
        let Some(codes) = warning_codes(&payload) else {
            return payload;
        };
        variables["confirmedWarnings"] = codes;
        self.answered(operation, variables).await
    }

    async fn answered(&self, operation: &str, variables: Value) -> Value {
        let data = self.run(operation, variables).await;
        let payload = data.as_object().and_then(|data| data.values().next());
        payload
            .cloned()
            .unwrap_or_else(|| panic!("{operation} answered {data}"))
    }

    /// Runs a mutation by its name, and confirms its warnings.
    pub async fn mutate(&self, mutation: &str, input: Value) -> Answer {
        let known = mutations()
            .get(mutation)
            .unwrap_or_else(|| panic!("no mutation {mutation}"));
        let (kind, object) = (&known.input, &known.object);
        let query = format!(
            "mutation($input: {kind}!) {{ {mutation}(input: $input) {{
                thing: {object} userErrors {{ code field message parameters {{ name value }} }}
                warnings {{ code }} }} }}"
        );
        let mut data = self.ask(&query, json!({ "input": input })).await;
        if let Some(codes) = warning_codes(&data[mutation]) {
            let mut confirmed = input;
            confirmed["confirmedWarnings"] = codes;
            data = self.ask(&query, json!({ "input": confirmed })).await;
        }
        let payload = &data[mutation];
        let thing = &payload["thing"];
        let id = if thing.is_object() {
            &thing["id"]
        } else {
            thing
        };
        Answer {
            id: id.as_str().map(str::to_owned),
            errors: serde_json::from_value(payload["userErrors"].clone()).unwrap(),
        }
    }
}

/// Returns the codes of a payload's warnings; `None` without any. A test on a day before a weekend
/// would otherwise fail.
fn warning_codes(payload: &Value) -> Option<Value> {
    let warnings = payload["warnings"].as_array()?;
    let codes: Vec<Value> = warnings.iter().map(|one| one["code"].clone()).collect();
    (!codes.is_empty()).then(|| json!(codes))
}

/// Returns the path of an operation's file.
fn operation_file(operation: &str) -> std::path::PathBuf {
    let ending = format!("-{operation}.graphql");
    let mut found: Vec<_> = operation_files()
        .into_iter()
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            // `12-publish.graphql`: a number of two digits before the name.
            name.get(2..) == Some(ending.as_str())
        })
        .collect();
    assert_eq!(
        found.len(),
        1,
        "files of the operation {operation}: {found:?}"
    );
    found.remove(0)
}

/// Returns all files of `schema/operations`.
pub fn operation_files() -> Vec<std::path::PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/operations");
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}
