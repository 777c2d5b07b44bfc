//! Compares durations within one run, because absolute limits depend on the machine.

use std::time::{Duration, Instant};

/// Number of repetitions; the fastest is the least disturbed by other processes.
const REPETITIONS: u32 = 10;

/// Returns the shortest duration of an action that is repeated 10 times.
pub async fn fastest(mut action: impl AsyncFnMut()) -> Duration {
    let mut fastest = Duration::MAX;
    for _ in 0..REPETITIONS {
        let begun = Instant::now();
        action().await;
        fastest = fastest.min(begun.elapsed());
    }
    fastest
}
