//! No connection returns to the pool inside a transaction, wherever a request is cancelled.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
};

use futures::future::join_all;
use serde_json::json;
use sqlx::{PgPool, postgres::PgPoolOptions};
use tokio::{io::AsyncWriteExt, net::TcpStream, task::yield_now};
use torg::database::{self, background_pool_options, pool_options};

use super::{idle_in_transaction, outside};
use crate::support::{
    app::{TestApp, eventually},
    cast::Person,
    postgres::{TestDatabase, database},
    stage::published,
};

/// Polls `work` this many times and drops it if it is not done by then. Returns whether it is done.
async fn cancelled_after(polls: usize, work: impl Future) -> bool {
    let mut work = pin!(work);
    let mut polled = 0;
    poll_fn(|context| {
        polled += 1;
        match work.as_mut().poll(context) {
            Poll::Ready(_) => Poll::Ready(true),
            Poll::Pending if polled >= polls => Poll::Ready(false),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// Returns a pool with one connection.
async fn one_connection(options: PgPoolOptions, database: &TestDatabase) -> PgPool {
    let options = options.max_connections(1).connect(&database.url);
    options.await.unwrap()
}

/// Cancels `work` at each point where it waits. Returns the numbers of polls after which the
/// connection was left in a transaction.
async fn left_open(pool: &PgPool, work: impl AsyncFn()) -> Vec<usize> {
    let mut outside = outside(pool).await;
    let mut open = Vec::new();
    for polls in 1.. {
        let done = cancelled_after(polls, work()).await;
        // The connection is free again once the pool has tested it.
        let connection = pool.acquire().await.unwrap();
        if idle_in_transaction(&mut outside).await > 0 {
            open.push(polls);
            connection.detach();
        }
        if done {
            return open;
        }
    }
    open
}

#[tokio::test]
async fn a_cancelled_transaction_is_rolled_back_wherever_it_waits() {
    let database = database().await;
    let pool = one_connection(pool_options(), &database).await;
    let work = async || {
        let mut transaction = database::begin(&pool).await.unwrap();
        sqlx::query("select 1")
            .execute(&mut *transaction)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
    };
    assert_eq!(left_open(&pool, work).await, Vec::<usize>::new());
}

#[tokio::test]
async fn the_background_pool_ends_transactions_that_the_driver_left_open() {
    let database = database().await;
    let pool = one_connection(background_pool_options(), &database).await;
    let work = async || pool.begin().await.unwrap().rollback().await.unwrap();
    assert_eq!(left_open(&pool, work).await, Vec::<usize>::new());
}

#[tokio::test]
async fn a_statement_that_is_cancelled_anywhere_leaves_no_half_read_answer() {
    let database = database().await;
    let pool = one_connection(pool_options(), &database).await;
    for polls in 1.. {
        // Each text is prepared first, and the answer needs several reads.
        let text = format!("select repeat('x', 1000) from generate_series(1, 500) -- {polls}");
        let rows = sqlx::query(sqlx::AssertSqlSafe(text)).fetch_all(&pool);
        let done = cancelled_after(polls, rows).await;
        let next: i32 = sqlx::query_scalar("select 7")
            .fetch_one(&pool)
            .await
            .unwrap();
        assert_eq!(next, 7, "after {polls} polls");
        if done {
            break;
        }
    }
}

/// The bytes of a mutation in HTTP/1.1.
fn mutation(app: &TestApp, procurement: &str) -> Vec<u8> {
    let query = "mutation($id: ID!) { followProcurement(input: { procurementId: $id }) { userErrors { code } } }";
    let body = json!({ "query": query, "variables": { "id": procurement } }).to_string();
    let token = app.mint(
        &Person::Clerk.subject(),
        chrono::TimeDelta::hours(1),
        app.now(),
    );
    format!(
        "POST /graphql HTTP/1.1\r\nHost: torg\r\nContent-Type: application/json\r\n\
         Authorization: Bearer {token}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

#[tokio::test]
async fn hundreds_of_clients_that_hang_up_leave_all_connections_usable() {
    let app = TestApp::without_workers().await;
    let id = published(&app, "UPCOMING").await;
    let request = mutation(&app, &id);
    let address = app.address.strip_prefix("http://").unwrap();
    // The yields spread the hang-ups over the whole duration of a request.
    for round in 0..100 {
        join_all((0..4).map(async |client: usize| {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(&request).await.unwrap();
            for _ in 0..round * 8 + client {
                yield_now().await;
            }
        }))
        .await;
    }
    let pool = &app.database.pool;
    let mut outside = outside(pool).await;
    eventually("no session is in a transaction", async || {
        let free = pool.num_idle() == pool.size() as usize;
        (free && idle_in_transaction(&mut outside).await == 0).then_some(())
    })
    .await;
    // Each of the connections serves a mutation.
    let follow = json!({ "procurementId": id });
    join_all((0..24).map(|_| async {
        let client = app.as_(Person::Clerk);
        client
            .mutate("followProcurement", follow.clone())
            .await
            .id()
    }))
    .await;
    assert_eq!(idle_in_transaction(&mut outside).await, 0);
}
