//! Variables that limit one client: its subscriptions and its uploads.

use std::num::NonZero;

use chrono::TimeDelta;

use super::{ConfigError, number, parsed, seconds};
use crate::{
    dialogue::event::live::ReplayLimits,
    document::MinimumPace,
    http::{CostLimits, RateLimit, SubscriptionSettings},
};

/// Parses the limits on what a subscriber gets again; numbers are at least 1.
pub(super) fn replay() -> Result<ReplayLimits, ConfigError> {
    let standard = ReplayLimits::default();
    let day = NonZero::new(24).unwrap_or(NonZero::<u16>::MIN);
    let hours: NonZero<u16> = parsed("TORG_REPLAY_HOURS", day)?;
    let events = NonZero::new(standard.events).unwrap_or(NonZero::<u32>::MIN);
    Ok(ReplayLimits {
        events: parsed("TORG_REPLAY_EVENTS", events)?.get(),
        age: TimeDelta::hours(hours.get().into()),
    })
}

/// Parses the cost and the rate of the events of subscriptions; numbers are at least 1.
pub(super) fn subscriptions(
    standard: SubscriptionSettings,
) -> Result<SubscriptionSettings, ConfigError> {
    Ok(SubscriptionSettings {
        cost: CostLimits {
            nodes: number("TORG_SUBSCRIPTION_NODES", standard.cost.nodes)?,
            complexity: number("TORG_SUBSCRIPTION_COMPLEXITY", standard.cost.complexity)?,
        },
        events: RateLimit {
            per_minute: parsed("TORG_EVENTS_PER_MINUTE", standard.events.per_minute)?,
            burst: parsed("TORG_EVENTS_BURST", standard.events.burst)?,
        },
    })
}

/// Parses the minimum throughput of uploads; 0 bytes per second turn it off.
pub(super) fn upload_pace() -> Result<MinimumPace, ConfigError> {
    let standard = MinimumPace::default();
    Ok(MinimumPace {
        bytes_per_second: parsed("TORG_UPLOAD_BYTES_PER_SECOND", standard.bytes_per_second)?,
        window: seconds("TORG_UPLOAD_WINDOW_SECONDS", standard.window)?,
    })
}
