//! Limits of one person across all organisations, so that many organisations do not multiply them.

use chrono::{DateTime, TimeDelta, Utc};

use super::store::persons;
use crate::{
    database::UnitOfWork,
    kernel::{
        ids::PersonId,
        message::Message,
        refusal::{Code, Fallible, Refusal},
    },
};

/// Limit of an action within 24 hours.
pub(super) struct DailyLimit {
    /// Name of the action in the audit log.
    action: &'static str,
    /// Message with the number of actions and the limit.
    message: fn(done: i64, limit: i64) -> Message,
    /// Maximum number.
    most: i64,
}

/// Invitations of members.
pub(super) const INVITATIONS: DailyLimit = DailyLimit {
    action: "member.invite",
    message: |done, limit| {
        message!(
            "you created {done} invitations within 24 hours, and one person may create {limit} for all organisations together; \
             try again tomorrow",
            done,
            limit,
        )
    },
    most: 100,
};

/// API keys.
pub(super) const API_KEYS: DailyLimit = DailyLimit {
    action: "apiKey.create",
    message: |done, limit| {
        message!(
            "you created {done} API keys within 24 hours, and one person may create {limit} for all organisations together; \
             try again tomorrow",
            done,
            limit,
        )
    },
    most: 50,
};

/// Refuses an action that a person did too often within 24 hours, for whichever organisation. An
/// erasure of the person does not reset the count.
pub(super) async fn check_day(
    work: &mut UnitOfWork,
    person: PersonId,
    limit: &DailyLimit,
    now: DateTime<Utc>,
) -> Fallible<()> {
    let since = now - TimeDelta::days(1);
    let done = persons::count_since(work.connection(), person, limit.action, since).await?;
    if done < limit.most {
        return Ok(());
    }
    let message = (limit.message)(done, limit.most);
    Err(Refusal::new(Code::RateLimited, message).into())
}
