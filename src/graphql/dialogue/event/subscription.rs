//! The subscription to the events of a procurement's dialogue.

use std::sync::Arc;

use async_graphql::{Context, Error, ID, Subscription};
use futures::{Stream, stream};

use super::types::{DialogueChange, event_list};
use crate::{
    dialogue::event::{
        EventCursor, RecordedEvent,
        live::{EventSubscription, SubscriptionEnd},
    },
    graphql::{
        context::{Backend, RequestContext, backend},
        errors::{database, loading, refused},
        live::{Listener, NextEvent, replay_limit, too_slow},
        shared_loaders::SharedLoaders,
    },
    kernel::{ids::ProcurementId, paging::bad_cursor, refusal::Refusal},
    procurement::read::may_see,
};

/// Subscriptions to dialogues.
#[derive(Default)]
pub struct DialogueSubscriptions;

#[Subscription]
impl DialogueSubscriptions {
    /// Events in a procurement's dialogue as they become public: rounds that open, are extended or
    /// end, questions, answers (held answers at their time), summaries and more. Each event is
    /// delivered with the access you have at that time. The subscription ends with
    /// `extensions.code` TOO_SLOW if the client reads too slowly, and when the connection's token
    /// expires.
    async fn dialogue_changed(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "Global ID of the procurement. NOT_FOUND if it does not exist or you may not \
                    see it."
        )]
        procurement_id: ID,
        #[graphql(
            desc = "`cursor` of the last event you have. The events since then are delivered \
                    first. Events of the 30 seconds before it may be delivered again; recognise \
                    them by `id`. REPLAY_LIMIT_EXCEEDED if too many or too old ones were missed: \
                    read `Procurement.dialogueEvents` instead. Null: only new events."
        )]
        after: Option<String>,
    ) -> Result<impl Stream<Item = Result<DialogueChange, Error>> + use<>, Error> {
        let not_found = || refused(Refusal::not_found("procurementId", "procurement"));
        let procurement = ProcurementId::from_global(&procurement_id).ok_or_else(not_found)?;
        let list = event_list(procurement);
        let read = |cursor: &String| {
            list.position::<EventCursor>(cursor)
                .ok_or_else(|| bad_cursor("after"))
        };
        let cursor = after.as_ref().map(read).transpose().map_err(refused)?;
        let backend = backend(context).clone();
        let listener = context.data::<Arc<Listener>>()?.clone();
        let loaders = SharedLoaders::default();
        let reader = listener.current_context(&backend, &loaders).await?;
        check_visible(&reader, procurement).await?;
        let after = match cursor {
            Some(cursor) => {
                let found = cursor.position(&backend.database, procurement).await;
                let bad = || refused(bad_cursor("after"));
                Some(found.map_err(database)?.ok_or_else(bad)?)
            }
            None => None,
        };
        let listening = EventSubscription::begin(&backend.live, procurement, after).await;
        let feed = Feed {
            listening: listening.map_err(stopped)?,
            backend,
            listener,
            procurement,
        };
        Ok(stream::try_unfold(feed, |mut feed| async move {
            Ok(Some((feed.next().await?, feed)))
        }))
    }
}

/// Event stream of one subscription.
struct Feed {
    backend: Backend,
    listener: Arc<Listener>,
    listening: EventSubscription<SharedLoaders>,
    procurement: ProcurementId,
}

impl Feed {
    /// Waits for the next event that the listener may see at that time.
    async fn next(&mut self) -> Result<DialogueChange, Error> {
        let turns = self.listener.turns.clone();
        loop {
            let (event, loaders) = self.listening.next().await.map_err(stopped)?;
            turns.until_wanted().await;
            let mut shared = loaders.while_fresh(&self.backend.live);
            // Before the turn, so that all subscribers load in one batch.
            let mut found = self.load(event, &shared).await?;
            let turn = turns.turn().await;
            if !shared.is_fresh() {
                shared = shared.while_fresh(&self.backend.live);
                found = self.load(event, &shared).await?;
            }
            if let Some((context, change)) = found {
                self.listener.resolve_next(NextEvent {
                    id: event.id,
                    context,
                    shared,
                    turn,
                });
                return Ok(change);
            }
        }
    }

    /// Loads an event with the listener's current access; `None` when the listener may not see it.
    async fn load(
        &self,
        event: RecordedEvent,
        loaders: &SharedLoaders,
    ) -> Result<Option<(RequestContext, DialogueChange)>, Error> {
        let reader = self.listener.current_context(&self.backend, loaders);
        let reader = reader.await?;
        check_visible(&reader, self.procurement).await?;
        let found = DialogueChange::load(&reader, &[event]).await?.pop();
        Ok(found.map(|change| (reader, change)))
    }
}

async fn check_visible(reader: &RequestContext, procurement: ProcurementId) -> Result<(), Error> {
    let found = reader.loader.load_one(procurement).await.map_err(loading)?;
    match found.filter(|found| may_see(&reader.actor, found)) {
        Some(_) => Ok(()),
        None => Err(refused(Refusal::not_found("procurementId", "procurement"))),
    }
}

fn stopped(stopped: SubscriptionEnd) -> Error {
    match stopped {
        SubscriptionEnd::TooSlow => too_slow(),
        SubscriptionEnd::TooMuchMissed(limits) => replay_limit(limits),
        SubscriptionEnd::Database(error) => database(error),
    }
}
