//! The subscription to the events of a procurement's dialogue.

use std::sync::Arc;

use async_graphql::{Context, Error, ID, Subscription};
use futures::{Stream, stream};

use super::types::{DialogueChange, read_place};
use crate::{
    dialogue::live::{Listening, Stopped},
    graphql::{
        context::{Backend, RequestContext, backend},
        errors::{database, loading, refused},
        live::{Listener, too_slow},
        shared_loaders::SharedLoaders,
    },
    kernel::{ids::ProcurementId, paging::Page, refusal::Refusal},
    procurement::read::may_see,
};

/// Listening to dialogues.
#[derive(Default)]
pub struct DialogueSubscriptions;

#[Subscription]
impl DialogueSubscriptions {
    /// What happens in a procurement's dialogue, as it happens: rounds that open, are extended or end, questions,
    /// answers (a held one at its time), summaries, and the like. What is not public is delivered to nobody. Each is
    /// read for you as you stand when it is delivered. It ends with an error whose `extensions.code` is TOO_SLOW when
    /// you take too little too late, and with the token that the connection began with.
    async fn dialogue_changed(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The procurement; one that you may not see is NOT_FOUND.")]
        procurement_id: ID,
        #[graphql(
            desc = "The `cursor` of the last one you have: what happened since comes first, then what happens. Of the half \
                    minute before it some may come again; drop those whose `id` you have."
        )]
        after: Option<String>,
    ) -> Result<impl Stream<Item = Result<DialogueChange, Error>> + use<>, Error> {
        let not_found = || refused(Refusal::not_found("procurementId", "procurement"));
        let procurement = ProcurementId::from_global(&procurement_id).ok_or_else(not_found)?;
        // A cursor is read as that of a page.
        let page = Page::new(1, after.as_deref()).map_err(refused)?;
        let after = page.after.as_deref().map(read_place).transpose()?;
        let backend = backend(context).clone();
        let listener = context.data::<Arc<Listener>>()?.clone();
        let loaders = SharedLoaders::default();
        let reader = listener.current_context(&backend, &loaders).await?;
        check_visible(&reader, procurement).await?;
        let listening = Listening::begin(&backend.live, procurement, after).await;
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

/// The events of one subscription.
struct Feed {
    backend: Backend,
    listener: Arc<Listener>,
    listening: Listening<SharedLoaders>,
    procurement: ProcurementId,
}

impl Feed {
    /// The next event that the listener, as it stands then, may know of.
    async fn next(&mut self) -> Result<DialogueChange, Error> {
        loop {
            let (event, loaders) = self.listening.next().await.map_err(stopped)?;
            let loaders = loaders.while_fresh(&self.backend.live);
            let reader = self.listener.current_context(&self.backend, &loaders);
            let reader = reader.await?;
            check_visible(&reader, self.procurement).await?;
            let mut found = DialogueChange::load(&reader, &[event]).await?;
            if let Some(change) = found.pop() {
                self.listener.resolve_next_in(reader);
                return Ok(change);
            }
        }
    }
}

async fn check_visible(reader: &RequestContext, procurement: ProcurementId) -> Result<(), Error> {
    let found = reader.loader.load_one(procurement).await.map_err(loading)?;
    match found.filter(|found| may_see(&reader.actor, found)) {
        Some(_) => Ok(()),
        None => Err(refused(Refusal::not_found("procurementId", "procurement"))),
    }
}

fn stopped(stopped: Stopped) -> Error {
    match stopped {
        Stopped::TooSlow => too_slow(),
        Stopped::Database(error) => database(error),
    }
}
