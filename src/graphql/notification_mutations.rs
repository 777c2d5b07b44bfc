//! Marking notifications as read.

use async_graphql::{Context, Error, ID, InputObject, Object};

use super::{
    context::request,
    mutate::{Payload, mutate_unkeyed, payload},
    viewer::Viewer,
};
use crate::{
    kernel::{
        ids::{NotificationId, PersonId},
        refusal::{Code, Fallible, Refusal},
    },
    procurement::mark_read::MarkNotificationsRead,
};

/// Input for `markNotificationsRead`.
#[derive(InputObject)]
struct MarkNotificationsReadInput {
    /// Notifications to mark as read, at most 100. Omit it to mark all notifications of the person.
    notification_ids: Option<Vec<ID>>,
}

impl MarkNotificationsReadInput {
    fn command(self) -> Fallible<MarkNotificationsRead> {
        let read = |(position, global): (usize, ID)| {
            NotificationId::from_global(&global).ok_or_else(|| {
                let field = ["notificationIds", &position.to_string()];
                Refusal::at(
                    Code::NotFound,
                    &field,
                    "there is no notification with this ID",
                )
            })
        };
        let named = self.notification_ids.map(|ids| {
            let ids = ids.into_iter().enumerate().map(read);
            ids.collect::<Result<Vec<_>, Refusal>>()
        });
        Ok(MarkNotificationsRead {
            notifications: named.transpose()?,
        })
    }
}

payload! {
    /// Payload of `markNotificationsRead`.
    pub struct MarkNotificationsReadPayload {
        /// The viewer, with the notifications and the number of those not read.
        viewer: Viewer,
    }
}

impl Payload<PersonId> for MarkNotificationsReadPayload {
    async fn of(context: &Context<'_>, _: PersonId) -> Result<Self, Error> {
        Ok(Self {
            viewer: request(context).actor.person().cloned().map(Viewer),
            user_errors: Vec::new(),
            warnings: Vec::new(),
        })
    }
}

/// Mutations of notifications.
#[derive(Default)]
pub struct NotificationMutations;

#[Object]
impl NotificationMutations {
    /// Marks notifications of the signed-in person as read. Doing it again changes nothing.
    async fn mark_notifications_read(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Input for `markNotificationsRead`.")] input: MarkNotificationsReadInput,
    ) -> Result<MarkNotificationsReadPayload, Error> {
        mutate_unkeyed(context, input.command()).await
    }
}
