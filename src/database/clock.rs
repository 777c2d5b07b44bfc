//! Keeps the process's clock on the time of the database, which decides what is public and when a
//! deadline has passed. A process with a wrong clock shows nothing early.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;
use tokio::time::{self, MissedTickBehavior};

use super::{Database, store};
use crate::{kernel::clock::Clock, telemetry::meters};

/// The time between two measurements. Each use case measures as well, without a statement more.
const INTERVAL: Duration = Duration::from_secs(10);

/// Reads the database's clock, without the clock's offset, and lets `clock` follow it.
pub(super) async fn read(
    connection: &mut PgConnection,
    clock: &Clock,
) -> Result<DateTime<Utc>, sqlx::Error> {
    let sent = clock.steady();
    let now = store::now(connection).await?;
    clock.follow(sent, now, clock.steady());
    Ok(now)
}

/// Measures the database's clock once.
pub async fn measure(database: &Database) -> Result<(), sqlx::Error> {
    let mut connection = database.pool.acquire().await?;
    read(&mut connection, &database.clock).await?;
    meters::clock_skew(seconds(database.clock.skew()));
    Ok(())
}

/// Measures the database's clock every 10 seconds. Logs when the process's clock deviates from it by
/// more than a second, and when it no longer does.
pub async fn follow(database: Database) {
    let mut ticks = time::interval(INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut was_wrong = false;
    loop {
        ticks.tick().await;
        if let Err(error) = measure(&database).await {
            tracing::debug!(%error, "cannot read the database's clock");
            continue;
        }
        let wrong = database.clock.is_skewed();
        let seconds = seconds(database.clock.skew());
        match (was_wrong, wrong) {
            (false, true) => tracing::warn!(
                seconds,
                "this machine's clock deviates from the database's, which decides; synchronise both"
            ),
            (true, false) => {
                tracing::info!("this machine's clock agrees with the database's again")
            }
            _ => {}
        }
        was_wrong = wrong;
    }
}

/// Returns a duration in seconds.
fn seconds(duration: TimeDelta) -> f64 {
    duration.as_seconds_f64()
}
