//! Notifications about events of a procurement.
//!
//! The feature in which an event happens declares it as a constant. Followers of the procurement
//! are notified of every event except those in `dialogue::notification::PRIVATE_EVENTS`; others of the
//! events in a feature's list: tenderers of `TENDERER_EVENTS`, the buyer's editors and publishers of
//! `BUYER_EVENTS`, and the members of an asker of `ASKER_EVENTS`.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{database::Job, kernel::ids::ProcurementId};

/// Kind of an event, by its name in the schema's enum `NotificationEvent`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NotificationEvent(Cow<'static, str>);

impl NotificationEvent {
    /// Declares an event.
    pub const fn new(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A notice was published.
pub const NOTICE_PUBLISHED: NotificationEvent = NotificationEvent::new("NOTICE_PUBLISHED");
/// The procurement ended: cancelled, unsuccessful, withdrawn or complete.
pub const PROCUREMENT_ENDED: NotificationEvent = NotificationEvent::new("PROCUREMENT_ENDED");

/// Every event of this feature.
pub const EVENTS: &[NotificationEvent] = &[NOTICE_PUBLISHED, PROCUREMENT_ENDED];
/// Events that tenderers are notified of, whether they follow the procurement or not.
pub const TENDERER_EVENTS: &[NotificationEvent] = &[NOTICE_PUBLISHED, PROCUREMENT_ENDED];

/// Notifies the followers of a procurement of an event.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Notify {
    /// The procurement.
    pub procurement: ProcurementId,
    /// Kind of the event.
    pub event: NotificationEvent,
    /// The notice, round, question or award that the event is about. A person is notified of an
    /// event once per subject.
    pub subject: Uuid,
    /// The object that the event is about, where `subject` is a fresh ID because the same event can
    /// happen to the object several times.
    #[serde(default)]
    pub about: Option<Uuid>,
    /// Time of the event.
    pub at: DateTime<Utc>,
}

impl Job for Notify {
    const IDENTIFIER: &'static str = "notify";
}

/// Notifies the followers at the time of the event. It replaces a job for the same event and
/// subject that has not run.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct NotifyAt(pub Notify);

impl Job for NotifyAt {
    const IDENTIFIER: &'static str = Notify::IDENTIFIER;

    fn key(&self, _: DateTime<Utc>) -> Option<String> {
        let Self(notify) = self;
        Some(key(&notify.event, notify.subject))
    }

    fn run_at(&self) -> Option<DateTime<Utc>> {
        Some(self.0.at)
    }
}

/// Notifies the followers now, in place of the scheduled notification of another event with the same
/// subject, if that has not run.
#[derive(Clone, Debug)]
pub struct NotifyInstead {
    /// Event of the scheduled notification.
    pub replaced: NotificationEvent,
    /// Notification that is sent.
    pub notify: Notify,
}

impl Serialize for NotifyInstead {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.notify.serialize(serializer)
    }
}

impl Job for NotifyInstead {
    const IDENTIFIER: &'static str = Notify::IDENTIFIER;

    fn key(&self, _: DateTime<Utc>) -> Option<String> {
        Some(key(&self.replaced, self.notify.subject))
    }
}

/// Returns the key of the job that notifies at the time of an event.
fn key(event: &NotificationEvent, subject: Uuid) -> String {
    // Jobs that are in the queue already have this form of the event's name in their keys.
    let name: String = event.as_str().split('_').map(capitalised).collect();
    format!("notify:{name}:{subject}")
}

fn capitalised(word: &str) -> String {
    let (first, rest) = word.split_at(word.len().min(1));
    format!("{first}{}", rest.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scheduled_notification_has_the_key_of_its_event() {
        let notify = NotifyAt(Notify {
            procurement: ProcurementId::new(),
            event: NotificationEvent::new("DIALOGUE_CLOSED"),
            subject: Uuid::nil(),
            about: None,
            at: DateTime::UNIX_EPOCH,
        });
        let key = notify.key(DateTime::UNIX_EPOCH);
        let expected = format!("notify:DialogueClosed:{}", Uuid::nil());
        assert_eq!(key, Some(expected));
    }
}
