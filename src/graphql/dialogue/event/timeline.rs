//! The timeline of a procurement.

use async_graphql::{Context, Enum, Error, ID, Object};
use chrono::{DateTime, Utc};

use super::loaders::{TimelineCount, TimelinePage};
use crate::{
    dialogue::event::timeline::{self, TimelineEntry as Entry},
    graphql::{
        connection::{List, Total, listed},
        context::request,
        dialogue::round::{Dialogue, DialoguesOf},
        errors::loading,
    },
    kernel::ids::{ProcurementId, encode_global, json_key},
};

/// Kind of a timeline item.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "timeline::TimelineKind")]
pub enum TimelineKind {
    /// A notice was published.
    NoticePublished,
    /// A dialogue round opened.
    DialogueOpened,
    /// A dialogue round was extended.
    DialogueExtended,
    /// A dialogue round ended.
    DialogueClosed,
    /// A dialogue round was cancelled.
    DialogueCancelled,
    /// A version of a dialogue round's summary was published.
    SummaryPublished,
    /// Documents were added to a dialogue round.
    DialogueDocumentsAdded,
    /// A market meeting was scheduled.
    MeetingScheduled,
    /// A market meeting was changed.
    MeetingChanged,
    /// A market meeting was cancelled.
    MeetingCancelled,
    /// The minutes of a market meeting, or a revision of them, were published.
    MinutesPublished,
    /// The tenders were opened.
    TendersOpened,
    /// A lot was awarded.
    LotAwarded,
    /// The procurement ended: CANCELLED, UNSUCCESSFUL, WITHDRAWN or COMPLETE.
    ProcurementEnded,
}

/// Returns a page of a procurement's timeline, newest first.
pub async fn timeline(
    context: &Context<'_>,
    procurement: ProcurementId,
    arguments: (Option<i32>, Option<String>, Option<i32>, Option<String>),
) -> Result<List<TimelineItem>, Error> {
    let listed = listed("Procurement.timeline", &procurement, arguments)?;
    let key = TimelinePage {
        procurement,
        page: listed.page,
    };
    let found = request(context).loader.load_one(key).await;
    let entries = found.map_err(loading)?.unwrap_or_default();
    let slice = listed.page.slice(entries).map(TimelineItem);
    let total = Total::loaded(TimelineCount(procurement));
    Ok(listed.connection(slice, total, |item| item.0.position()))
}

/// Timeline item, resolved from its database row.
pub struct TimelineItem(pub Entry);

impl TimelineItem {
    /// Name of the type inside a global ID.
    pub const KIND: &'static str = "TimelineItem";
}

/// Item of a procurement's timeline. Public. An event that follows from the clock, such as the end
/// of a dialogue round, is listed at its time.
#[Object]
impl TimelineItem {
    /// Opaque global ID, accepted by `node`.
    pub(in crate::graphql) async fn id(&self) -> ID {
        let key = json_key(&(self.0.procurement, self.0.position()));
        encode_global(Self::KIND, &key).into()
    }

    /// Kind of the item.
    async fn kind(&self) -> TimelineKind {
        self.0.kind.into()
    }

    /// Time of the event.
    async fn at(&self) -> DateTime<Utc> {
        self.0.at
    }

    /// Dialogue round that the item concerns. Null if it concerns none.
    async fn dialogue(&self, context: &Context<'_>) -> Result<Option<Dialogue>, Error> {
        let Some(id) = self.0.dialogue else {
            return Ok(None);
        };
        let loader = &request(context).loader;
        let rounds = loader.load_one(DialoguesOf(self.0.procurement)).await;
        let mut rounds = rounds.map_err(loading)?.unwrap_or_default().into_iter();
        Ok(rounds.find(|round| round.id == id).map(Dialogue))
    }

    /// Number of the published notice, as `Notice.number`. Null for other kinds.
    async fn notice_number(&self) -> Option<i32> {
        self.0.notice_number
    }

    /// Lot that was awarded, as `Lot.lotId`. Null for other kinds.
    async fn lot_id(&self) -> Option<&str> {
        self.0.lot.as_deref()
    }

    /// Global ID of the notice, dialogue round, market meeting, award or procurement that the item
    /// concerns. Null for a summary, which `dialogue` leads to.
    async fn subject_id(&self) -> Option<ID> {
        self.0.subject().map(ID::from)
    }
}
