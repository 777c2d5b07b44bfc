//! What must be shared, for those of the buyer who can share it.

use std::sync::Arc;

use async_graphql::{Context, Enum, Error, ID, Object};
use chrono::{DateTime, Utc};

use super::loaders::MustShareOf;
use crate::{
    auth::policy::table,
    dialogue::sharing::{
        self, Item, Kind,
        rules::{is_blocking, mend},
    },
    graphql::{
        context::{backend, request},
        dialogue::{
            question::Question,
            round::{Dialogue, DialoguesOf},
        },
        errors::{loading, refused},
    },
    kernel::{
        ids::{DialogueId, MeetingId, QuestionId},
        refusal::{Code, Refusal},
    },
    procurement::{self, Phase, store::Procurement},
};

/// The most items that are answered at once.
const MOST: i32 = 1_000;

/// Why something must be shared, and is not.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "sharing::Kind")]
pub enum MustShareKind {
    /// What was contributed to a round is not published. Business secrets are withheld; the rest must be read by all.
    ContributionsUnpublished,
    /// A question of a moderated round was neither released, merged, refused nor withdrawn.
    QuestionUnreleased,
    /// A question was neither answered nor refused by `answersUntil`: its asker has a right to an answer, and everyone to
    /// that answer.
    QuestionOverdue,
    /// An answer is held for a later release.
    AnswerHeld,
    /// A market meeting is over, and those who were not there were not told what was said.
    MinutesMissing,
    /// A round has ended, and nobody was told what was heard in it.
    SummaryMissing,
}

/// What is not shared of a procurement, from a place on; `None` for all who do not run its dialogues.
pub async fn must_share(
    context: &Context<'_>,
    procurement: &Procurement,
    first: i32,
    skip: i32,
) -> Result<Option<Vec<MustShareItem>>, Error> {
    for (name, holds) in [("first", (1..=MOST).contains(&first)), ("skip", skip >= 0)] {
        if !holds {
            let message = format!("`first` is 1 to {MOST}, `skip` 0 or more");
            return Err(refused(Refusal::at(Code::OutOfRange, &[name], message)));
        }
    }
    let Some(items) = items(context, procurement).await? else {
        return Ok(None);
    };
    let now = backend(context).database.clock.now();
    let item = |item: &Item| MustShareItem {
        item: item.clone(),
        phase: procurement.phase(now),
    };
    let page = items.iter().skip(skip as usize).take(first as usize);
    Ok(Some(page.map(item).collect()))
}

/// How many things of a procurement are not shared; `None` for all who do not run its dialogues.
pub async fn must_share_count(
    context: &Context<'_>,
    procurement: &Procurement,
) -> Result<Option<usize>, Error> {
    let items = items(context, procurement).await?;
    Ok(items.map(|items| items.len()))
}

async fn items(
    context: &Context<'_>,
    procurement: &Procurement,
) -> Result<Option<Arc<Vec<Item>>>, Error> {
    let request = request(context);
    let rule = const { table::of("Procurement", "mustShare") };
    if !rule.admits(&request.actor, &procurement::read::subject(procurement)) {
        return Ok(None);
    }
    let found = request.loader.load_one(MustShareOf(procurement.id)).await;
    Ok(Some(found.map_err(loading)?.unwrap_or_default()))
}

/// Something that must be shared, and is not.
pub struct MustShareItem {
    item: Item,
    phase: Phase,
}

/// Something that a supplier contributed, or that the buyer said to one, and that not everyone can read yet. Whose it is
/// is not told.
#[Object]
impl MustShareItem {
    /// What it is.
    async fn kind(&self) -> MustShareKind {
        self.item.kind.into()
    }

    /// In which round.
    async fn dialogue(&self, context: &Context<'_>) -> Result<Option<Dialogue>, Error> {
        let loader = &request(context).loader;
        let rounds = loader.load_one(DialoguesOf(self.item.procurement)).await;
        let mut rounds = rounds.map_err(loading)?.unwrap_or_default().into_iter();
        let round = rounds.find(|round| round.id == self.item.dialogue);
        Ok(round.map(Dialogue))
    }

    /// The global ID of what it is about, as the mutation that mends it takes it: the round's of contributions and
    /// summaries, the meeting's of minutes, else the question's.
    async fn subject_id(&self) -> ID {
        let subject = self.item.subject;
        let id = match self.item.kind {
            Kind::ContributionsUnpublished | Kind::SummaryMissing => {
                DialogueId(subject).to_global()
            }
            Kind::MinutesMissing => MeetingId(subject).to_global(),
            Kind::QuestionUnreleased | Kind::QuestionOverdue | Kind::AnswerHeld => {
                QuestionId(subject).to_global()
            }
        };
        id.into()
    }

    /// The question; null where it is about none.
    async fn question(&self, context: &Context<'_>) -> Result<Option<Question>, Error> {
        match self.item.kind {
            Kind::ContributionsUnpublished | Kind::SummaryMissing | Kind::MinutesMissing => {
                Ok(None)
            }
            Kind::QuestionUnreleased | Kind::QuestionOverdue | Kind::AnswerHeld => {
                Question::load(context, QuestionId(self.item.subject)).await
            }
        }
    }

    /// Since when it is to be shared: of contributions, when the first of them came; of a question and its answer, when it
    /// was asked or, overdue, should have been answered; of minutes and summaries, the meeting's or round's end.
    async fn since(&self) -> DateTime<Utc> {
        self.item.since
    }

    /// When it can be mended (contributions: the round's end) or is by itself (a held answer's release); null: now.
    async fn due_at(&self) -> Option<DateTime<Utc>> {
        self.item.due
    }

    /// Of contributions: how many there are to publish. Null otherwise.
    async fn contribution_count(&self) -> Option<i64> {
        self.item.contributions
    }

    /// Of contributions: how many of their answers are business secrets, and stay withheld. Null otherwise.
    async fn withheld_secret_count(&self) -> Option<i64> {
        self.item.secrets
    }

    /// What you do about it, in English; it names the mutation: "`publishContributions`, once the round has ended at …".
    async fn mend(&self, context: &Context<'_>) -> String {
        let now = backend(context).database.clock.now();
        mend(&self.item, self.phase, now)
    }

    /// Must it be out now? True from the beginning of tendering on: other tenderers need it with time enough before the
    /// deadline (Directive 2014/24/EU art. 41).
    async fn blocking(&self) -> bool {
        is_blocking(self.phase)
    }
}
