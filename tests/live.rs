//! Subscriptions over WebSockets: protocol, delivery, several processes, and reconnects.

mod delivery;
mod measured;
mod missed;
mod order;
mod protocol;
mod standing;

use serde_json::{Value, json};

use torg::graphql::Live;

use crate::support::{
    app::{TestApp, eventually},
    cast::Person,
    socket::Socket,
    stage::english,
};

/// Subscription with every field of an event.
pub const LISTEN: &str = "subscription($id: ID!, $after: String) {
    dialogueChanged(procurementId: $id, after: $after) {
        id kind at cursor
        dialogue { id number state isOpen extensions { number } contributionsPublishedAt
            questions(first: 100) { totalCount nodes { id text asker { number label organisation { id name } } } } }
        question { id number text language own status released supportCount supported lotId
            about { id text asker { number label organisation { id name } } }
            mergedInto { id } asker { number label organisation { id name kind } }
            redaction { reason { text } } refusal { reason { text } }
            answer { id revision text { text } publishedAt } answers { id revision text { text } }
            heldAnswer { revision text { text } } answerDraft { revision text { text } } }
        answer { id revision text { text } publishedAt late }
        extension { number closesAt reason { text } }
        questionnaire { id version questions { questionId } }
    }
}";

/// Subscribes to a procurement at the first server.
async fn listen(app: &TestApp, reader: Option<Person>, procurement: &str) -> Socket {
    let client = match reader {
        Some(person) => app.as_(person),
        None => app.anonymous(),
    };
    let mut socket = client.socket().await;
    begin(&mut socket, app.live(), procurement, Value::Null).await;
    socket
}

/// Subscribes and waits until the server has registered the subscription.
pub async fn begin(socket: &mut Socket, live: &Live, procurement: &str, after: Value) {
    let before = live.subscribers();
    let variables = json!({ "id": procurement, "after": after });
    socket.subscribe(LISTEN, variables).await;
    eventually("it listens", async || {
        (live.subscribers() > before).then_some(())
    })
    .await;
}

/// Disconnects and waits until the server has removed the subscription.
async fn leave(app: &TestApp, socket: Socket) {
    let before = app.live().subscribers();
    drop(socket);
    eventually("it does not listen", async || {
        (app.live().subscribers() < before).then_some(())
    })
    .await;
}

/// Returns the next event.
pub async fn change(socket: &mut Socket) -> Value {
    socket.next().await["dialogueChanged"].take()
}

async fn act(app: &TestApp, person: Person, mutation: &str, input: Value) -> String {
    app.as_(person).mutate(mutation, input).await.id()
}

async fn answer(app: &TestApp, question: &str, text: &str) {
    let input = json!({ "questionId": question, "text": english(text) });
    act(app, Person::Editor, "answerQuestion", input).await;
}
