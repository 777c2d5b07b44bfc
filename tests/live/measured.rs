//! The cost of many listeners.

use std::time::Duration;

use futures::future::join_all;
use serde_json::{Value, json};

use super::answer;
use crate::support::{
    app::{TestApp, eventually},
    cast::Person,
    socket::Socket,
    stage::{dialogue, published, question},
    statements::{start_recording, stop_recording},
};

/// Subscription of a frontend that shows answers.
const LISTEN: &str = "subscription($id: ID!) { dialogueChanged(procurementId: $id) {
    id kind at cursor dialogue { id number state }
    question { id number text status supportCount asker { label organisation { name } } }
    answer { id revision text { text } publishedAt }
} }";

async fn listeners(app: &TestApp, payload: Value, id: &str, count: usize) -> Vec<Socket> {
    let before = app.live().subscribers();
    let sockets = join_all((0..count).map(async |_| {
        let mut socket = Socket::open(&app.address, payload.clone()).await;
        socket.subscribe(LISTEN, json!({ "id": id })).await;
        socket
    }))
    .await;
    eventually("all listen", async || {
        (app.live().subscribers() == before + count).then_some(())
    })
    .await;
    sockets
}

#[tokio::test]
async fn event_statements_do_not_depend_on_listeners() {
    let app = TestApp::without_workers().await;
    let id = published(&app, "UPCOMING").await;
    let round = dialogue(&app, &id).await;
    let asked = question(&app, &round).await;
    let mut costs = Vec::new();
    let mut sockets = Vec::new();
    for more in [2, 38] {
        let clerk = app.as_(Person::Clerk).init_payload();
        sockets.extend(listeners(&app, Value::Null, &id, more / 2).await);
        sockets.extend(listeners(&app, clerk, &id, more / 2).await);
        start_recording();
        answer(&app, &asked, "Sixty.").await;
        for socket in &mut sockets {
            socket.next().await;
        }
        let mut statements = stop_recording();
        // The poller runs its own statement all the time.
        statements.retain(|statement, _| !statement.contains("as heard (procurement_id, since)"));
        costs.push(statements.values().sum::<usize>());
    }
    // Includes the statements of the mutation. A few subscriptions may load the event a second
    // time.
    assert!(costs[1] <= costs[0] + 20, "{costs:?}");
}

#[tokio::test]
async fn no_statement_runs_without_listeners() {
    let app = TestApp::without_workers().await;
    let id = published(&app, "UPCOMING").await;
    let sockets = listeners(&app, Value::Null, &id, 1).await;
    eventually("it is asked", async || {
        start_recording();
        tokio::time::sleep(Duration::from_millis(500)).await;
        (!stop_recording().is_empty()).then_some(())
    })
    .await;
    drop(sockets);
    eventually("nobody listens", async || {
        (app.live().subscribers() == 0).then_some(())
    })
    .await;
    // A statement may still run; after it, the server runs none.
    eventually("all is quiet", async || {
        start_recording();
        tokio::time::sleep(Duration::from_secs(1)).await;
        stop_recording().is_empty().then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_of_500_listeners_gets_an_answer() {
    const COUNT: usize = 500;
    let app = TestApp::without_workers().await;
    let id = published(&app, "UPCOMING").await;
    let asked = question(&app, &dialogue(&app, &id).await).await;
    let sockets = listeners(&app, Value::Null, &id, COUNT).await;
    let waiting = join_all(sockets.into_iter().map(|mut socket| {
        tokio::spawn(async move {
            // Fails after a minute without an event.
            let event = socket.next().await["dialogueChanged"].take();
            assert_eq!(event["answer"]["text"]["text"], "Sixty.");
        })
    }));
    answer(&app, &asked, "Sixty.").await;
    for listener in waiting.await {
        listener.unwrap();
    }
}
