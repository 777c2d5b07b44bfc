//! Graceful shutdown: running requests finish, new requests are refused, all within a time limit.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{READ, hold, unknown_id, waiting};
use crate::support::{
    app::eventually,
    postgres::database,
    process::Process,
    socket::{Heard, Socket},
};

/// A request that keeps the connection alive.
const KEEP_ALIVE: &[u8] = b"GET /graphql?query=%7Bviewer%7Bid%7D%7D HTTP/1.1\r\nhost: torg\r\n\r\n";

/// Sends a request and returns the head of the response, in lower case.
async fn ask(stream: &mut TcpStream) -> String {
    stream.write_all(KEEP_ALIVE).await.unwrap();
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let mut piece = [0; 1024];
        let read = stream.read(&mut piece).await.unwrap();
        assert!(read > 0, "closed without an answer");
        head.extend_from_slice(&piece[..read]);
    }
    String::from_utf8_lossy(&head).to_lowercase()
}

async fn connect(server: &Process) -> TcpStream {
    let address = server.address.strip_prefix("http://").unwrap();
    TcpStream::connect(address).await.unwrap()
}

#[tokio::test]
async fn running_requests_finish_and_new_ones_are_refused() {
    let database = database().await;
    let settings = [
        ("TORG_DATABASE_LOCK_SECONDS", "120"),
        ("TORG_REQUEST_SECONDS", "120"),
        ("TORG_SHUTDOWN_SECONDS", "120"),
        ("TORG_HEADER_SECONDS", "600"),
    ];
    let mut server = Process::serve(&database, &settings).await;
    let mut socket = Socket::open(&server.address, json!({})).await;
    let mut kept = connect(&server).await;
    assert!(ask(&mut kept).await.starts_with("http/1.1 200"));
    let held = hold(&database).await;
    let slow = tokio::spawn(server.post(READ, unknown_id()).send());
    waiting(&database, 1).await;

    server.terminate().await;
    let Heard::Closed(code, _) = socket.hear().await else {
        panic!("the socket is closed with a code");
    };
    assert_eq!(code, 1001);
    for mut connection in [kept, connect(&server).await] {
        let answer = ask(&mut connection).await;
        assert!(answer.starts_with("http/1.1 503"), "{answer}");
        assert!(answer.contains("\r\nconnection: close\r\n"), "{answer}");
        assert!(answer.contains("\r\nretry-after: 1\r\n"), "{answer}");
    }
    assert_eq!(server.refusal(READ, unknown_id()).await, "SHUTTING_DOWN");
    assert_eq!(
        server.ready().await,
        (
            503,
            json!({ "status": "stopping", "missing": [], "warnings": [] })
        )
    );
    assert!(!slow.is_finished());

    drop(held);
    let body: Value = slow.await.unwrap().unwrap().json().await.unwrap();
    assert_eq!(body["data"], json!({ "procurement": null }));
    assert_eq!(body["errors"], Value::Null);
    assert_eq!(server.ended().await.code(), Some(0));
    let again = server.post(READ, unknown_id()).send().await;
    assert!(again.is_err(), "the process still listens");
}

#[tokio::test]
async fn requests_beyond_the_shutdown_limit_are_cut_off() {
    let database = database().await;
    let settings = [
        ("TORG_DATABASE_LOCK_SECONDS", "60"),
        ("TORG_SHUTDOWN_SECONDS", "2"),
    ];
    let mut server = Process::serve(&database, &settings).await;
    let mut hanging = connect(&server).await;
    hanging
        .write_all(b"POST /graphql HTTP/1.1\r\nhost: torg\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{")
        .await
        .unwrap();
    let mut unfinished = connect(&server).await;
    unfinished.write_all(b"GET /health").await.unwrap();
    let _held = hold(&database).await;
    let slow = tokio::spawn(server.post(READ, unknown_id()).send());
    waiting(&database, 1).await;
    let begun = Instant::now();
    server.terminate().await;
    assert_eq!(server.ended().await.code(), Some(0));
    let took = begun.elapsed();
    assert!(took >= Duration::from_secs(2), "{took:?}");
    assert!(took < Duration::from_secs(25), "{took:?}");
    assert!(slow.await.unwrap().is_err());
    assert!(server.log().contains("cut off"), "{}", server.log());
}

#[tokio::test]
async fn an_idle_process_stops_before_the_limit() {
    let database = database().await;
    // An empty `MEILI_URL` selects the embedded engine, with its worker.
    let settings = [("MEILI_URL", ""), ("TORG_SHUTDOWN_SECONDS", "120")];
    let mut server = Process::serve(&database, &settings).await;
    eventually("the process is ready", async || {
        let (_, body) = server.ready().await;
        (body["missing"] == json!(["keys"])).then_some(())
    })
    .await;
    let _idle = connect(&server).await;
    let begun = Instant::now();
    server.terminate().await;
    assert_eq!(server.ended().await.code(), Some(0));
    assert!(
        begun.elapsed() < Duration::from_secs(60),
        "{:?}",
        begun.elapsed()
    );
}

#[tokio::test]
async fn an_unfinished_job_is_returned_to_the_queue() {
    let database = database().await;
    let settings = [("MEILI_URL", ""), ("TORG_SHUTDOWN_SECONDS", "4")];
    let mut server = Process::serve(&database, &settings).await;
    let add = async |task: &str, payload: Value| {
        sqlx::query("select graphile_worker.add_job($1, $2::json)")
            .bind(task)
            .bind(sqlx::types::Json(payload))
            .execute(&database.pool)
            .await
            .unwrap();
    };
    let jobs = async || -> Vec<(String, bool)> {
        sqlx::query_as("select task_identifier, locked_at is not null from graphile_worker.jobs")
            .fetch_all(&database.pool)
            .await
            .unwrap()
    };
    // The worker is running.
    add("index_questions", json!({ "questions": [] })).await;
    eventually("the job is done", async || {
        jobs().await.is_empty().then_some(())
    })
    .await;
    let _held = hold(&database).await;
    let index = json!({ "procurements": [uuid::Uuid::now_v7()] });
    add("index_procurements", index).await;
    waiting(&database, 1).await;
    assert_eq!(jobs().await, [("index_procurements".to_owned(), true)]);

    let begun = Instant::now();
    server.terminate().await;
    assert_eq!(server.ended().await.code(), Some(0));
    assert!(
        begun.elapsed() < Duration::from_secs(7),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(jobs().await, [("index_procurements".to_owned(), false)]);
}
