//! Early dialogue: rounds, questions and answers, and the anonymity of askers.

mod anonymity;
mod attached;
mod interleaving;
mod measured;
mod meetings;
mod notified;
mod payloads;
mod questions;
mod review;
mod rounds;
mod sharing;
mod similar;
mod statistics;
mod summary;
mod worlds;

use serde_json::{Value, json};

use crate::support::{app::TestApp, cast::Person, client::Client};

/// Query with the fields of a procurement's dialogues.
const READ: &str = "query($id: ID!) {
    procurement(id: $id) {
        id phase partnership buyer { id name } followed hasDraft
        mustShare(first: 100) { totalCount nodes { kind blocking mend since dueAt subjectId contributionCount withheldSecretCount
            dialogue { id } question { id number text own asker { number label organisation { id name } } } } }
        timeline(first: 50) { nodes { kind at subjectId noticeNumber lotId dialogue { id state } } }
        dialogues {
            id number kind state isOpen moderated timeZone opensAt questionsUntil answersUntil closesAt
            localTimes { opensAt questionsUntil answersUntil closesAt }
            summary { id version heard { text } changes { text { text } lots { lotId title { text } } criteria { criterionId }
                    requirements { requirementId } attachments { attachmentId } }
                attachments { id fileName } notice { number } reason { text } publishedAt }
            summaries { id version }
            statistics { questions answered refused withdrawn unanswered medianAnswerSeconds contributions
                participants { total byKind { kind count } bySize { size count } } }
            extensions { number questionsUntil answersUntil closesAt reason { text } at }
            documents { document { id fileName } reason { text } addedAt }
            dispositions { accepted partlyAccepted rejected }
            meetings { id number revision seats seatsLeft link place { text } versions { revision }
                cancellation { reason { text } } ownRegistration { attendees note }
                registrations(first: 5) { totalCount nodes { attendees note registeredAt organisation { id name } } }
                minutes { id text { text } attachments { id fileName } } }
            questions(first: 100) { totalCount nodes {
                id number lotId attachmentId text language askedAt own released status supportCount supported
                attachments { id fileName url uploadedAt }
                anchor { document { id fileName } page section quote }
                followUps(first: 3) { totalCount nodes { id number text anchor { section quote } asker { label } } }
                about { id number text asker { number } } asker { number label organisation { id name kind } }
                redaction { reason { text } at } refusal { reason { text } at }
                mergedInto { id number asker { label organisation { id name } } }
                answer { id revision disposition text { text } publishedAt late attachments { id fileName } }
                answers { id revision disposition text { text } publishedAt late }
                heldAnswer { revision disposition text { text } publishedAt }
                answerDraft { revision disposition text { text } }
            } }
        }
    }
    node(id: $id) { id }
    viewer { id name personalData actingFor { id name } memberships { organisation { id name } }
        notifications(first: 100) { nodes { event at procurement { id } } } }
}";

fn client(app: &TestApp, reader: Option<Person>) -> Client<'_> {
    match reader {
        Some(person) => app.as_(person),
        None => app.anonymous(),
    }
}

/// Returns a procurement's dialogues as a client reads them.
async fn read(app: &TestApp, procurement: &str, reader: Option<Person>) -> Value {
    let data = client(app, reader)
        .ask(READ, json!({ "id": procurement }))
        .await;
    data["procurement"].clone()
}

/// Returns the questions of the first round.
async fn questions(app: &TestApp, procurement: &str, reader: Option<Person>) -> Vec<Value> {
    let read = read(app, procurement, reader).await;
    let nodes = &read["dialogues"][0]["questions"]["nodes"];
    nodes.as_array().unwrap().clone()
}

/// Returns one field of each question.
fn each(questions: &[Value], field: &str) -> Vec<Value> {
    questions
        .iter()
        .map(|question| question[field].clone())
        .collect()
}
