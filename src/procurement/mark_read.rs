//! A person marks notifications as read.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::store;
use crate::{
    auth::{
        Actor,
        policy::{Mutation, mutation::InPerson},
    },
    database::{UnitOfWork, UseCase},
    kernel::{
        ids::{NotificationId, PersonId},
        refusal::{Code, Fallible, Refusal},
    },
};

/// Most notifications that one mutation names.
const NOTIFICATION_LIMIT: usize = 100;

/// Marks notifications of the person as read: those named, or all of them. IDs of other persons'
/// notifications have no effect. Doing it again changes nothing.
#[derive(Debug, Serialize)]
pub struct MarkNotificationsRead {
    /// Notifications to mark; `None` marks all.
    pub notifications: Option<Vec<NotificationId>>,
}

impl UseCase for MarkNotificationsRead {
    type Access = InPerson;
    const MUTATION: Mutation<InPerson> = Mutation::in_person("markNotificationsRead").unkeyed();
    type Target = ();
    type Output = PersonId;

    fn validate(&self, _: &Actor, _: &PersonId) -> Fallible<()> {
        let named = self.notifications.as_deref().unwrap_or_default();
        if named.len() <= NOTIFICATION_LIMIT {
            return Ok(());
        }
        let message = message!(
            "`notificationIds` names more than {limit} notifications; name fewer, or leave it out for all",
            limit = NOTIFICATION_LIMIT,
        );
        Err(Refusal::at(Code::TooLong, &["notificationIds"], message).into())
    }

    async fn lock(&self, _: &mut UnitOfWork, _: &PersonId) -> Fallible<()> {
        Ok(())
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        person: &PersonId,
        (): (),
        now: DateTime<Utc>,
    ) -> Fallible<PersonId> {
        let notifications = self.notifications.as_deref();
        store::mark_read(work.connection(), *person, notifications, now).await?;
        Ok(*person)
    }
}
