//! Correcting mistakes: content that must not be public, rounds and drafts that are mistakes, values
//! that are confirmed, typing errors.

mod cached;
mod downloads;
mod drafts;
mod erased;
mod rounds;
mod stale;
mod warnings;
mod withdrawn;

use serde_json::{Value, json};

use crate::{
    contribution,
    documents::{attachment, uploaded},
    support::{
        app::TestApp,
        cast::Person,
        client::Client,
        rounds::{market_round, meeting},
        stage::{amend, content_with, dialogue, english, published, question, redraft},
    },
};

/// Personal data that must not be public; occurs nowhere else.
const MARK: &str = "Siv Markvall 191212121212";
/// Reason of each withdrawal.
const REASON: &str = "It names a private person.";

/// Query with all content of a procurement that can be withdrawn.
const READ: &str = "query($id: ID!) {
    procurement(id: $id) {
        attachments { attachmentId document { ...D } versions { document { ...D } } }
        notices(first: 10) { nodes { content { attachments { document { ...D } } } } }
        timeline(first: 50) { nodes { kind subjectId dialogue { summary { ...S } } } }
        dialogues {
            documents { document { ...D } }
            summary { ...S } summaries { ...S }
            meetings { minutes { ...M } minutesVersions { ...M } }
            questions(first: 20) { nodes { ...Q } }
            ownContributions { id sha256 canonicalJson withdrawal { reason { text } at } answers { ...C } }
            contributions(first: 20) { totalCount nodes { id sha256 withdrawal { reason { text } at }
                organisation { name } answers { ...C } } }
        }
    }
    viewer { personalData notifications(first: 100) { nodes { event } } }
}
fragment D on Document { id fileName url sha256 size withdrawal { reason { text } at } }
fragment A on Answer { id revision text { text } attachments { ...D } withdrawal { reason { text } at } }
fragment Q on Question { id status text anchor { section quote } attachments { ...D } answer { ...A } answers { ...A } }
fragment S on DialogueSummary { id version heard { text } changes { text { text } } reason { text }
    attachments { ...D } withdrawal { reason { text } at } }
fragment M on Minutes { id revision text { text } attachments { ...D } withdrawal { reason { text } at } }
fragment C on ContributionAnswer { questionId text files { ...D } }";

/// Query with the events of a procurement and what they are about.
const EVENTS: &str = "query($id: ID!) {
    procurement(id: $id) { dialogueEvents(first: 50) { nodes { id kind withdrawnId
        question { text answers { text { text } } } answer { text { text } attachments { fileName } }
        dialogue { summaries { heard { text } } } } } }
}";

/// Returns all content that a person can read, or anyone without a token.
async fn read(app: &TestApp, person: Option<Person>, procurement: &str) -> Value {
    let (client, id) = (client(app, person), json!({ "id": procurement }));
    let mut found = client.ask(READ, id.clone()).await;
    found["events"] = client.ask(EVENTS, id).await["procurement"]["dialogueEvents"]["nodes"].take();
    found
}

fn client(app: &TestApp, person: Option<Person>) -> Client<'_> {
    match person {
        Some(person) => app.as_(person),
        None => app.anonymous(),
    }
}

/// Every person, and a reader without a token.
fn readers() -> impl Iterator<Item = Option<Person>> {
    Person::ALL.into_iter().map(Some).chain([None])
}

async fn act(app: &TestApp, person: Person, mutation: &str, input: Value) -> String {
    app.as_(person).mutate(mutation, input).await.id()
}

pub fn withdrawal(id: &str) -> Value {
    json!({ "id": id, "reason": english(REASON) })
}

async fn withdraw(app: &TestApp, id: &str) {
    let withdrawn = act(app, Person::Editor, "withdrawContent", withdrawal(id)).await;
    assert_eq!(withdrawn, id);
}

/// Uploads a document whose name and content have the mark.
pub async fn marked_document(app: &TestApp, person: Person) -> String {
    let content = format!("%PDF-1.7\n{MARK}\n%%EOF\n");
    let name = format!("{MARK}.pdf");
    let body = uploaded(&app.as_(person), &name, "application/pdf", content).await;
    body["id"].as_str().unwrap().to_owned()
}

/// A procurement in which each kind of content has the mark, in two revisions.
struct Marked {
    procurement: String,
    question: String,
    /// Latest answer, contribution, minutes and summary, and the document of the notice.
    withdrawable: Vec<String>,
    /// Documents attached to content of the round, and to nothing else.
    attached: Vec<String>,
}

impl Marked {
    async fn new(app: &TestApp) -> Self {
        let procurement = published(app, "UPCOMING").await;
        let noticed = marked_document(app, Person::Editor).await;
        let attachments = json!({ "attachments": [attachment("DOC-1", &noticed)] });
        redraft(app, &procurement, content_with(app, attachments)).await;
        amend(app, &procurement, "UPCOMING").await;
        let round = dialogue(app, &procurement).await;
        let question = question(app, &round).await;
        let mut marked = Self {
            procurement,
            question,
            withdrawable: vec![noticed],
            attached: Vec::new(),
        };
        marked.answer(app).await;
        marked.contribute(app, &round).await;
        marked.summarise(app, &round).await;
        marked.meet(app).await;
        marked
    }

    /// Uploads a document of the buyer that is attached once.
    async fn attach(&mut self, app: &TestApp) -> String {
        let document = marked_document(app, Person::Editor).await;
        self.attached.push(document.clone());
        document
    }

    async fn answer(&mut self, app: &TestApp) {
        for _ in 0..2 {
            let file = self.attach(app).await;
            let answer = json!({ "questionId": self.question, "text": english(MARK), "documentIds": [file] });
            act(app, Person::Editor, "answerQuestion", answer).await;
        }
        let query = "query($id: ID!) { procurement(id: $id) { dialogues { questions(first: 1) {
            nodes { answer { id } } } } } }";
        let anonymous = app.anonymous();
        let mut data = anonymous
            .ask(query, json!({ "id": self.procurement }))
            .await;
        let answer = data["procurement"]["dialogues"][0]["questions"]["nodes"][0].take();
        let id = answer["answer"]["id"].as_str().unwrap().to_owned();
        self.withdrawable.push(id);
    }

    async fn contribute(&mut self, app: &TestApp, round: &str) {
        let questions = json!([
            contribution::asked("Q-1", "TEXT", json!({})),
            contribution::asked("Q-2", "TEXT", json!({})),
            contribution::asked("Q-3", "FILE", json!({})),
        ]);
        contribution::publish(app, round, questions).await;
        let mut id = String::new();
        for _ in 0..2 {
            let file = marked_document(app, Person::Clerk).await;
            self.attached.push(file.clone());
            let answers = json!([
                contribution::answer("Q-1", json!({ "text": MARK })),
                contribution::secret("Q-2", json!({ "text": MARK })),
                contribution::answer("Q-3", json!({ "documentIds": [file] })),
            ]);
            let mut input = contribution::input(round, 1, answers);
            input["named"] = json!(true);
            id = act(app, Person::Clerk, "contributeToDialogue", input).await;
        }
        self.withdrawable.push(contribution::as_read(&id));
    }

    async fn summarise(&mut self, app: &TestApp, round: &str) {
        let mut id = String::new();
        for reason in [json!([]), english(MARK)] {
            let file = self.attach(app).await;
            let input = json!({
                "dialogueId": round, "heard": english(MARK), "reason": reason,
                "changes": [{ "text": english(MARK) }], "documentIds": [file],
            });
            id = act(app, Person::Editor, "publishDialogueSummary", input).await;
        }
        self.withdrawable.push(id);
    }

    async fn meet(&mut self, app: &TestApp) {
        let meeting = meeting(app, &market_round(app, &self.procurement).await).await;
        app.advance(chrono::TimeDelta::days(3));
        for _ in 0..2 {
            let file = self.attach(app).await;
            let input =
                json!({ "meetingId": meeting, "text": english(MARK), "documentIds": [file] });
            act(app, Person::Editor, "publishMinutes", input).await;
        }
        let query = "query($id: ID!) { procurement(id: $id) { dialogues { meetings { minutes { id } } } } }";
        let anonymous = app.anonymous();
        let mut data = anonymous
            .ask(query, json!({ "id": self.procurement }))
            .await;
        let minutes = data["procurement"]["dialogues"][1]["meetings"][0].take();
        let id = minutes["minutes"]["id"].as_str().unwrap().to_owned();
        self.withdrawable.push(id);
    }
}
