//! A GraphQL client of one person.

use std::path::Path;

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
}

/// A `userErrors` entry.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct UserError {
    pub code: String,
    pub field: Vec<String>,
    pub message: String,
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

/// Every mutation with the payload field of its object.
pub const MUTATIONS: &[(&str, &str)] = &[
    ("createProcurement", "procurement"),
    ("updateProcurement", "procurement"),
    ("publishNotice", "procurement"),
    ("endProcurement", "procurement"),
    ("answerJointProcurement", "procurement"),
    ("followProcurement", "procurement"),
    ("unfollowProcurement", "procurement"),
    ("openDialogue", "dialogue"),
    ("askQuestion", "question"),
    ("answerQuestion", "question"),
    ("extendDialogue", "dialogue"),
    ("discloseAsker", "dialogue"),
    ("supportQuestion", "question"),
    ("withdrawSupport", "question"),
    ("withdrawQuestion", "question"),
    ("saveAnswerDraft", "question"),
    ("mergeQuestions", "question"),
    ("releaseQuestion", "question"),
    ("redactQuestion", "question"),
    ("refuseQuestion", "question"),
    ("publishQuestionnaire", "questionnaire"),
    ("saveContributionDraft", "draft"),
    ("contributeToDialogue", "contribution"),
    ("discardContributionDraft", "dialogue"),
    ("withdrawContribution", "contribution"),
    ("publishContributions", "dialogue"),
    ("publishDialogueSummary", "summary"),
    ("addDialogueDocuments", "dialogue"),
    ("scheduleMeeting", "meeting"),
    ("changeMeeting", "meeting"),
    ("cancelMeeting", "meeting"),
    ("registerForMeeting", "meeting"),
    ("cancelRegistration", "meeting"),
    ("publishMinutes", "meeting"),
    ("submitTender", "tender"),
    ("withdrawTender", "tender"),
    ("openTenders", "procurement"),
    ("awardProcurement", "procurement"),
    ("createOrganisation", "organisation"),
    ("updateOrganisation", "organisation"),
    ("verifyOrganisation", "organisation"),
    ("declareNonprofit", "organisation"),
    ("recordNonprofitStatus", "organisation"),
    ("inviteMember", "invitation"),
    ("acceptInvitation", "organisation"),
    ("revokeInvitation", "invitation"),
    ("createApiKey", "apiKey"),
    ("revokeApiKey", "apiKey"),
    ("setMemberRoles", "organisation"),
    ("removeMember", "organisation"),
    ("leaveOrganisation", "organisation"),
    ("declareJointBidInterest", "procurement"),
    ("withdrawJointBidInterest", "procurement"),
    ("erasePerson", "person"),
];

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
        }
    }

    /// Returns a `POST /graphql` request with this person's headers.
    pub fn post(&self) -> RequestBuilder {
        self.as_this_person(self.app.post())
    }

    /// Returns a `POST /documents` request without a body.
    pub fn upload(&self) -> RequestBuilder {
        let address = format!("{}/documents", self.app.address);
        self.as_this_person(self.app.http.post(address))
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

    async fn payload(&self, operation: &str, variables: Value) -> Value {
        let data = self.run(operation, variables).await;
        let payload = data.as_object().and_then(|data| data.values().next());
        payload
            .cloned()
            .unwrap_or_else(|| panic!("{operation} answered {data}"))
    }

    /// Runs a mutation by its name.
    pub async fn mutate(&self, mutation: &str, input: Value) -> Answer {
        let (_, thing) = MUTATIONS
            .iter()
            .find(|(name, _)| *name == mutation)
            .unwrap_or_else(|| panic!("no mutation {mutation}"));
        let kind = match mutation {
            "unfollowProcurement" => "FollowProcurement".to_owned(),
            name => format!("{}{}", name[..1].to_uppercase(), &name[1..]),
        };
        let query = format!(
            "mutation($input: {kind}Input!) {{ {mutation}(input: $input) {{
                thing: {thing} {{ id }} userErrors {{ code field message }} }} }}"
        );
        let data = self.ask(&query, json!({ "input": input })).await;
        let payload = &data[mutation];
        Answer {
            id: payload["thing"]["id"].as_str().map(str::to_owned),
            errors: serde_json::from_value(payload["userErrors"].clone()).unwrap(),
        }
    }
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
