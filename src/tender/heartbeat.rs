//! The opener's heartbeat: the opener runs in a process of its own, perhaps on another machine, and
//! the API reports when it is missing or has the wrong key. Without it tenders would be submitted,
//! and could not be opened after the deadline.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use sqlx::PgPool;
use tokio::time::{self, MissedTickBehavior};

use super::{
    opener::Opener,
    procurement_key::{FREE_KEYS, top_up},
    sealing::SealingKey,
    store::opener,
};

/// The time between two heartbeats.
const INTERVAL: Duration = Duration::from_secs(15);
/// The time between two proofs that the private keys open what is sealed to their public keys.
const PROOF: Duration = Duration::from_secs(60 * 60);
/// The time after the last heartbeat for which the opener counts as running.
const ALIVE: Duration = Duration::from_secs(60);
/// The time after which a requested opening that is not done is overdue.
const OVERDUE: Duration = Duration::from_secs(5 * 60);

/// Whether tenders that are sealed now can be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenerState {
    /// An opener with the matching private key runs.
    Running,
    /// No opener runs.
    Missing,
    /// Only openers with another private key run.
    OtherKey,
}

/// Sends heartbeats of an opener until it is dropped: one for each public key whose private key it
/// holds. Once an hour the opener proves that it opens what is sealed to them. While it cannot, it
/// sends none.
pub async fn run(pool: PgPool, opener: Arc<Opener>) {
    let recipients = opener.key().recipients();
    let mut ticks = time::interval(INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut proved: Option<Instant> = None;
    loop {
        ticks.tick().await;
        if proved.is_none_or(|proved| proved.elapsed() >= PROOF) {
            if let Err(error) = opener.key().prove() {
                tracing::error!(%error, "the opener's key does not open what is sealed to it");
                continue;
            }
            proved = Some(Instant::now());
        }
        if let Err(error) = top_up(&pool, opener.key().as_ref(), FREE_KEYS).await {
            tracing::warn!(%error, "the opener cannot prepare keys for procurements");
        }
        for recipient in &recipients {
            if let Err(error) = send(&pool, recipient).await {
                tracing::warn!(%error, "the opener cannot record that it runs");
            }
        }
    }
}

/// Sends one heartbeat.
pub async fn send(pool: &PgPool, recipient: &str) -> Result<(), sqlx::Error> {
    opener::record_heartbeat(pool, recipient, env!("CARGO_PKG_VERSION")).await
}

/// Returns whether an opener runs that can open what is sealed to `key`.
pub async fn state(pool: &PgPool, key: &SealingKey) -> Result<OpenerState, sqlx::Error> {
    let running = opener::running(pool, ALIVE.as_secs_f64()).await?;
    let own = key.recipient();
    Ok(match running.as_slice() {
        [] => OpenerState::Missing,
        keys if keys.contains(&own) => OpenerState::Running,
        _ => OpenerState::OtherKey,
    })
}

/// Returns the number of openings that were requested more than 5 minutes ago and are not done.
pub async fn overdue(pool: &PgPool) -> Result<i64, sqlx::Error> {
    opener::overdue(pool, OVERDUE.as_secs_f64()).await
}
