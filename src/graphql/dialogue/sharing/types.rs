//! Items that the buyer must still share, for the buyer's editors and publishers.

use std::sync::Arc;

use async_graphql::{Context, Enum, Error, ID, Object};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::loaders::MustShareOf;
use crate::{
    auth::policy::table,
    dialogue::sharing::{
        self, UnsharedItem, UnsharedKind,
        rules::{is_blocking, resolution},
    },
    graphql::{
        connection::{List, Total, listed},
        context::{backend, request},
        dialogue::{
            question::Question,
            round::{Dialogue, DialoguesOf},
        },
        errors::loading,
    },
    kernel::ids::{DialogueId, MeetingId, QuestionId, encode_global, json_key},
    procurement::{self, Phase, store::Procurement},
};

/// Reason why an item must still be shared with the market.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "sharing::UnsharedKind")]
pub enum MustShareKind {
    /// The contributions to a dialogue round are not published. Business secrets stay withheld.
    ContributionsUnpublished,
    /// A question in a moderated round was not released, merged, refused or withdrawn.
    QuestionUnreleased,
    /// A question was not answered or refused by `answersUntil`.
    QuestionOverdue,
    /// An answer is held for a later release.
    AnswerHeld,
    /// A market meeting has ended and its minutes are not published.
    MinutesMissing,
    /// A dialogue round has ended and its summary is not published.
    SummaryMissing,
}

/// Position of an item: round, time, kind and subject, which is the order of the list.
type ItemPosition = (i32, i64, String, Uuid);

fn position(item: &UnsharedItem) -> ItemPosition {
    let kind = item.kind.as_str().to_owned();
    let since = item.since.timestamp_micros();
    (item.round, since, kind, item.subject)
}

/// Returns a page of the items that the buyer must still share; `None` for readers who may not run
/// the buyer's dialogues.
pub async fn must_share(
    context: &Context<'_>,
    procurement: &Procurement,
    arguments: (Option<i32>, Option<String>, Option<i32>, Option<String>),
) -> Result<Option<List<MustShareItem>>, Error> {
    let listed = listed("Procurement.mustShare", &procurement.id, arguments)?;
    let Some(items) = items(context, procurement).await? else {
        return Ok(None);
    };
    let now = backend(context).database.clock.now();
    let total = Total::known(items.len());
    let slice = listed.page.of_ordered(items.to_vec(), position);
    let slice = slice.map(|item| MustShareItem {
        item,
        phase: procurement.phase(now),
    });
    Ok(Some(
        listed.connection(slice, total, |one| position(&one.item)),
    ))
}

async fn items(
    context: &Context<'_>,
    procurement: &Procurement,
) -> Result<Option<Arc<Vec<UnsharedItem>>>, Error> {
    let request = request(context);
    let rule = const { table::of("Procurement", "mustShare") };
    if !rule.admits(&request.actor, &procurement::read::subject(procurement)) {
        return Ok(None);
    }
    let found = request.loader.load_one(MustShareOf(procurement.id)).await;
    Ok(Some(found.map_err(loading)?.unwrap_or_default()))
}

/// Item that the buyer must still share, with the procurement's phase.
pub struct MustShareItem {
    item: UnsharedItem,
    phase: Phase,
}

impl MustShareItem {
    /// Name of the type inside a global ID.
    pub const KIND: &'static str = "MustShareItem";

    /// Loads the item with this kind and subject; `None` for readers who may not run the buyer's
    /// dialogues, and once the item is shared.
    pub async fn find(
        context: &Context<'_>,
        procurement: &Procurement,
        (kind, subject): (UnsharedKind, Uuid),
    ) -> Result<Option<Self>, Error> {
        let items = items(context, procurement).await?.unwrap_or_default();
        let mut items = items.iter();
        let found = items.find(|item| (item.kind, item.subject) == (kind, subject));
        let now = backend(context).database.clock.now();
        Ok(found.map(|item| Self {
            item: item.clone(),
            phase: procurement.phase(now),
        }))
    }
}

/// Item that the buyer must still share with the market: something that a supplier contributed, or
/// that the buyer answered to a supplier, and that not everyone can read yet. The supplier is not
/// shown.
#[Object]
impl MustShareItem {
    /// Opaque global ID, accepted by `node` until the item is shared.
    pub(in crate::graphql) async fn id(&self) -> ID {
        let item = &self.item;
        let key = json_key(&(item.procurement, item.kind, item.subject));
        encode_global(Self::KIND, &key).into()
    }

    /// Reason why the item must be shared.
    async fn kind(&self) -> MustShareKind {
        self.item.kind.into()
    }

    /// Dialogue round to which the item belongs.
    async fn dialogue(&self, context: &Context<'_>) -> Result<Option<Dialogue>, Error> {
        let loader = &request(context).loader;
        let rounds = loader.load_one(DialoguesOf(self.item.procurement)).await;
        let mut rounds = rounds.map_err(loading)?.unwrap_or_default().into_iter();
        let round = rounds.find(|round| round.id == self.item.dialogue);
        Ok(round.map(Dialogue))
    }

    /// Global ID of the item, as the mutation that `mend` names takes it: the dialogue round for
    /// contributions and summaries, the meeting for minutes, otherwise the question.
    async fn subject_id(&self) -> ID {
        let subject = self.item.subject;
        let id = match self.item.kind {
            UnsharedKind::ContributionsUnpublished | UnsharedKind::SummaryMissing => {
                DialogueId(subject).to_global()
            }
            UnsharedKind::MinutesMissing => MeetingId(subject).to_global(),
            UnsharedKind::QuestionUnreleased
            | UnsharedKind::QuestionOverdue
            | UnsharedKind::AnswerHeld => QuestionId(subject).to_global(),
        };
        id.into()
    }

    /// The question. Null if the item is not about a question.
    async fn question(&self, context: &Context<'_>) -> Result<Option<Question>, Error> {
        match self.item.kind {
            UnsharedKind::ContributionsUnpublished
            | UnsharedKind::SummaryMissing
            | UnsharedKind::MinutesMissing => Ok(None),
            UnsharedKind::QuestionUnreleased
            | UnsharedKind::QuestionOverdue
            | UnsharedKind::AnswerHeld => {
                Question::load(context, QuestionId(self.item.subject)).await
            }
        }
    }

    /// Time since when the item must be shared: for contributions, when the first one was received;
    /// for a question and its answer, when the question was asked or, if overdue, `answersUntil`;
    /// for minutes and summaries, the end of the meeting or round. To the minute.
    async fn since(&self) -> DateTime<Utc> {
        self.item.since
    }

    /// Earliest time at which the item can be shared (contributions: the round's end), or is shared
    /// by itself (a held answer: its release). Null if it can be shared now.
    async fn due_at(&self) -> Option<DateTime<Utc>> {
        self.item.due
    }

    /// Number of contributions to publish. Null for other kinds.
    async fn contribution_count(&self) -> Option<i64> {
        self.item.contributions
    }

    /// Number of answers in the contributions that are business secrets and stay withheld. Null for
    /// other kinds.
    async fn withheld_secret_count(&self) -> Option<i64> {
        self.item.secrets
    }

    /// What the buyer can do to share the item, in the reader's language, with the mutation's name:
    /// "`publishContributions`, once the round has ended at …".
    async fn mend(&self, context: &Context<'_>) -> String {
        let now = backend(context).database.clock.now();
        let resolution = resolution(&self.item, self.phase, now);
        request(context).message(&resolution)
    }

    /// Whether the item must be shared now. True from the start of tendering, because other
    /// tenderers need it well before the deadline (Directive 2014/24/EU, article 41).
    async fn blocking(&self) -> bool {
        is_blocking(self.phase)
    }
}
