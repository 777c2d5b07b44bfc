//! A procurement's timeline.

use async_graphql::{
    Context, Enum, Error, ID, Object,
    connection::{Connection, EmptyFields},
};
use chrono::{DateTime, Utc};

use super::loaders::TimelinePage;
use crate::{
    dialogue::timeline::{self, Happening, Place},
    graphql::{
        connection::connection,
        context::request,
        dialogue::round::{Dialogue, DialoguesOf},
        errors::{loading, refused},
    },
    kernel::{
        ids::ProcurementId,
        paging::{Page, Slice},
        refusal::{Code, Refusal},
    },
};

/// What happened.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "timeline::Kind")]
pub enum TimelineKind {
    /// A notice was published.
    NoticePublished,
    /// A round of dialogue opened.
    DialogueOpened,
    /// A round of dialogue was extended.
    DialogueExtended,
    /// A round of dialogue ended.
    DialogueClosed,
    /// The buyer published what was heard in a round of dialogue.
    SummaryPublished,
    /// Documents were added to a round of dialogue.
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
    /// The procurement ended: cancelled, unsuccessful, withdrawn or complete.
    ProcurementEnded,
}

/// The timeline, page by page.
pub type Timeline = Connection<String, TimelineItem, EmptyFields, EmptyFields>;

/// One page of a procurement's timeline.
pub async fn timeline(
    context: &Context<'_>,
    procurement: ProcurementId,
    first: i32,
    after: Option<&str>,
) -> Result<Timeline, Error> {
    let page = Page::new(first, after).map_err(refused)?;
    let place = page.after.as_deref().map(read_place).transpose()?;
    let later = place.is_some();
    let key = TimelinePage {
        procurement,
        before: place,
        first: page.first,
    };
    let found = request(context).loader.load_one(key).await;
    let (items, more) = found
        .map_err(loading)?
        .map(|slice| (slice.items, slice.more))
        .unwrap_or_default();
    let items = items.into_iter().map(TimelineItem).collect();
    let slice = Slice { items, more };
    Ok(connection(slice, later, EmptyFields, |item| item.0.place()))
}

fn read_place(text: &str) -> Result<Place, Error> {
    Place::read(text).ok_or_else(|| {
        let message = "`after` is not a cursor of this list";
        refused(Refusal::at(Code::Invalid, &["after"], message))
    })
}

/// Something that happened to a procurement.
pub struct TimelineItem(Happening);

/// Something that happened to a procurement, for all to see. What follows from the clock (a round's end) is here at its
/// time.
#[Object]
impl TimelineItem {
    /// What happened.
    async fn kind(&self) -> TimelineKind {
        self.0.kind.into()
    }

    /// When.
    async fn at(&self) -> DateTime<Utc> {
        self.0.at
    }

    /// Of a round of dialogue: the round. Null otherwise.
    async fn dialogue(&self, context: &Context<'_>) -> Result<Option<Dialogue>, Error> {
        let Some(id) = self.0.dialogue else {
            return Ok(None);
        };
        let loader = &request(context).loader;
        let rounds = loader.load_one(DialoguesOf(self.0.procurement)).await;
        let mut rounds = rounds.map_err(loading)?.unwrap_or_default().into_iter();
        Ok(rounds.find(|round| round.id == id).map(Dialogue))
    }

    /// Of a notice: its number, as `Notice.number`. Null otherwise.
    async fn notice_number(&self) -> Option<i32> {
        self.0.notice_number
    }

    /// Of an award: the lot, as `Lot.lotId`. Null otherwise.
    async fn lot_id(&self) -> Option<&str> {
        self.0.lot.as_deref()
    }

    /// The global ID of what it is about: a notice, a round of dialogue, a market meeting, an award or the procurement. Null for a summary,
    /// which is read at its round.
    async fn subject_id(&self) -> Option<ID> {
        self.0.subject().map(ID::from)
    }
}
