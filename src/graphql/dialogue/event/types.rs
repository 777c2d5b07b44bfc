//! Events of a procurement's dialogue, and pages of them.

use async_graphql::{Context, Enum, Error, ID, Object};
use chrono::{DateTime, Utc};

use super::loaders::{EventCount, EventPage};
use crate::{
    dialogue::event::{self, DialogueEventKind, RecordedEvent},
    graphql::{
        connection::{List, Total, listed},
        context::{RequestContext, request},
        dialogue::{
            contribution::Questionnaire,
            question::{Answer, AnswersTo, Question},
            round::{Dialogue, DialogueExtension, DialoguesOf, ExtensionsOf},
            withdrawal::WithdrawnSubject,
        },
        errors::loading,
    },
    kernel::{
        clock::minute,
        ids::{ProcurementId, QuestionId, QuestionnaireId, encode_global},
        paging::{ListId, Slice},
    },
};

/// Kind of an event in a procurement's dialogue.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "event::DialogueEventKind")]
pub enum DialogueChangeKind {
    /// A dialogue round opened.
    DialogueOpened,
    /// A dialogue round was extended.
    DialogueExtended,
    /// A dialogue round ended.
    DialogueClosed,
    /// A dialogue round was cancelled.
    DialogueCancelled,
    /// A question became public.
    QuestionAsked,
    /// The text of a question was redacted. Replace the text you stored with the new one.
    QuestionRedacted,
    /// A question was merged into another one, whose answers it shows.
    QuestionMerged,
    /// The buyer refused to answer a question.
    QuestionRefused,
    /// An asker withdrew its question. Delete the text you stored.
    QuestionWithdrawn,
    /// The first answer to a question became public.
    AnswerPublished,
    /// A revised answer became public. Earlier answers stay readable.
    AnswerRevised,
    /// An asker chose to be named in a dialogue round.
    AskerDisclosed,
    /// A version of a dialogue round's summary was published.
    SummaryPublished,
    /// A version of a questionnaire was published.
    QuestionnairePublished,
    /// The contributions to a dialogue round were published.
    ContributionsPublished,
    /// Documents were added to a dialogue round.
    DialogueDocumentsAdded,
    /// A market meeting was scheduled.
    MeetingScheduled,
    /// The time, place, agenda or seats of a market meeting changed.
    MeetingChanged,
    /// A market meeting was cancelled.
    MeetingCancelled,
    /// The minutes of a market meeting, or a revision of them, were published.
    MinutesPublished,
    /// The buyer withdrew published content. Delete what you stored under `withdrawnId`.
    ContentWithdrawn,
}

/// Event in a dialogue, with the question it concerns.
pub struct DialogueChange {
    happened: RecordedEvent,
    /// The question that the event concerns.
    question: Option<Question>,
}

impl DialogueChange {
    /// Name of the type inside a global ID.
    pub const KIND: &'static str = "DialogueChange";

    /// Loads the events for a reader. An event about a question that the reader may not see is left
    /// out.
    pub async fn load(
        reader: &RequestContext,
        happened: &[RecordedEvent],
    ) -> Result<Vec<Self>, Error> {
        let asked = happened.iter().filter_map(|one| one.event.question());
        let found = reader.loader.load_many::<QuestionId, _>(asked).await;
        let found = found.map_err(loading)?;
        let change = |happened: &RecordedEvent| {
            let question = match happened.event.question() {
                Some(id) => Some(Question(found.get(&id)?.clone())),
                None => None,
            };
            Some(Self {
                happened: *happened,
                question,
            })
        };
        Ok(happened.iter().filter_map(change).collect())
    }
}

/// Event in a procurement's dialogue. Public. Its objects are shown as they are when they are read,
/// not as they were at the time of the event.
#[Object]
impl DialogueChange {
    /// Global ID of the event, the same in `dialogueChanged` and `dialogueEvents`. Ignore an event
    /// whose ID you already have.
    pub(in crate::graphql) async fn id(&self) -> ID {
        encode_global(Self::KIND, &self.happened.public_id.simple().to_string()).into()
    }

    /// Kind of the event.
    async fn kind(&self) -> DialogueChangeKind {
        self.happened.event.kind.into()
    }

    /// Time when the event became public, to the minute: the exact time could reveal an asker. The
    /// order of events within a minute is that of the list.
    async fn at(&self) -> DateTime<Utc> {
        minute(self.happened.event.at)
    }

    /// Cursor for `after` of `dialogueChanged` or `dialogueEvents`, to read the events since this
    /// one. It points 30 seconds back, because a slow commit can have an earlier time. Events of
    /// these 30 seconds may be returned again; recognise them by `id`.
    async fn cursor(&self) -> String {
        event_list(self.happened.event.procurement).cursor(&self.happened.resume_cursor())
    }

    /// Dialogue round in which the event happened.
    async fn dialogue(&self, context: &Context<'_>) -> Result<Option<Dialogue>, Error> {
        let Some(id) = self.happened.event.dialogue else {
            return Ok(None);
        };
        let key = DialoguesOf(self.happened.event.procurement);
        let rounds = request(context).loader.load_one(key).await;
        let mut rounds = rounds.map_err(loading)?.unwrap_or_default().into_iter();
        Ok(rounds.find(|round| round.id == id).map(Dialogue))
    }

    /// Question that the event concerns. Null if it concerns none.
    async fn question(&self) -> Option<&Question> {
        self.question.as_ref()
    }

    /// Answer that became public with ANSWER_PUBLISHED or ANSWER_REVISED. Null for other kinds.
    async fn answer(&self, context: &Context<'_>) -> Result<Option<Answer>, Error> {
        let event = self.happened.event;
        let answered = matches!(
            event.kind,
            DialogueEventKind::AnswerPublished | DialogueEventKind::AnswerRevised
        );
        let Some(question) = event.question().filter(|_| answered) else {
            return Ok(None);
        };
        let found = request(context).loader.load_one(AnswersTo(question)).await;
        let mut answers = found.map_err(loading)?.unwrap_or_default().into_iter();
        let answer = answers.find(|answer| answer.published_at == event.at);
        Ok(answer.map(Answer))
    }

    /// Global ID of the document, answer, contribution, minutes or summary that was withdrawn with
    /// CONTENT_WITHDRAWN. Null for other kinds.
    async fn withdrawn_id(&self, context: &Context<'_>) -> Result<Option<ID>, Error> {
        let event = self.happened.event;
        if event.kind != DialogueEventKind::ContentWithdrawn {
            return Ok(None);
        }
        let loader = &request(context).loader;
        let found = loader.load_one(WithdrawnSubject(event.subject)).await;
        let content = found.map_err(loading)?;
        Ok(content.map(|content| content.to_global().into()))
    }

    /// Extension made with DIALOGUE_EXTENDED. Null for other kinds.
    async fn extension(&self, context: &Context<'_>) -> Result<Option<DialogueExtension>, Error> {
        let event = self.happened.event;
        let extended = event.kind == DialogueEventKind::DialogueExtended;
        let Some(dialogue) = event.dialogue.filter(|_| extended) else {
            return Ok(None);
        };
        let loader = &request(context).loader;
        let found = loader.load_one(ExtensionsOf(dialogue)).await;
        let mut extensions = found.map_err(loading)?.unwrap_or_default().into_iter();
        let extension = extensions.find(|extension| extension.at == event.at);
        Ok(extension.map(DialogueExtension::from))
    }

    /// Version published with QUESTIONNAIRE_PUBLISHED. Null for other kinds.
    async fn questionnaire(&self, context: &Context<'_>) -> Result<Option<Questionnaire>, Error> {
        let event = self.happened.event;
        let published = event.kind == DialogueEventKind::QuestionnairePublished;
        match event.dialogue.filter(|_| published) {
            Some(dialogue) => {
                Questionnaire::find(context, dialogue, QuestionnaireId(event.subject)).await
            }
            None => Ok(None),
        }
    }
}

/// Returns the fingerprint of the list of a procurement's dialogue events. The subscription takes
/// the same cursors.
pub(super) fn event_list(procurement: ProcurementId) -> ListId {
    ListId::new(EVENTS, &procurement)
}

const EVENTS: &str = "Procurement.dialogueEvents";

/// Returns a page of the events in a procurement's dialogue, oldest first.
pub async fn events(
    context: &Context<'_>,
    procurement: ProcurementId,
    arguments: (Option<i32>, Option<String>, Option<i32>, Option<String>),
) -> Result<List<DialogueChange>, Error> {
    let listed = listed(EVENTS, &procurement, arguments)?;
    let key = EventPage {
        procurement,
        page: listed.page,
    };
    let found = request(context).loader.load_one(key).await;
    let slice = listed
        .page
        .slice(found.map_err(loading)?.unwrap_or_default());
    let items = DialogueChange::load(request(context), &slice.items).await?;
    let slice = Slice {
        items,
        has_next: slice.has_next,
        has_previous: slice.has_previous,
    };
    let total = Total::loaded(EventCount(procurement));
    Ok(listed.connection(slice, total, |change| change.happened.cursor()))
}
