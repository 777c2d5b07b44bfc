//! Events of a procurement's dialogue, and pages of them.

use async_graphql::{
    Context, Enum, Error, ID, Object,
    connection::{Connection, EmptyFields},
};
use chrono::{DateTime, Utc};

use crate::{
    dialogue::event::{self, Place, Recorded},
    graphql::{
        connection::connection,
        context::{RequestContext, backend, request},
        dialogue::{
            contribution::Questionnaire,
            question::{Answer, AnswersTo, Question},
            round::{Dialogue, DialogueExtension, DialoguesOf, ExtensionsOf},
        },
        errors::{failed, loading, refused},
    },
    kernel::{
        ids::{ProcurementId, QuestionId, QuestionnaireId, encode_global},
        paging::{Page, Slice, encode_cursor},
        refusal::{Code, Refusal},
    },
};

/// What happened.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "event::Kind")]
pub enum DialogueChangeKind {
    /// A round opened.
    DialogueOpened,
    /// A round was extended.
    DialogueExtended,
    /// A round ended.
    DialogueClosed,
    /// A question became public.
    QuestionAsked,
    /// A question's text was redacted: show the new one, and forget the one you have.
    QuestionRedacted,
    /// A question was merged into another, whose answers it shows.
    QuestionMerged,
    /// The buyer refused to answer a question.
    QuestionRefused,
    /// An asker took its question back: its text is gone.
    QuestionWithdrawn,
    /// A question's first answer became public.
    AnswerPublished,
    /// A revised answer became public; earlier ones stay.
    AnswerRevised,
    /// An asker chose to be known in a round.
    AskerDisclosed,
    /// The buyer published what was heard in a round.
    SummaryPublished,
    /// A version of a questionnaire was published.
    QuestionnairePublished,
    /// The contributions to a round were published.
    ContributionsPublished,
    /// Documents were added to a round.
    DialogueDocumentsAdded,
    /// A market meeting was scheduled.
    MeetingScheduled,
    /// A market meeting's time, place, agenda or seats changed.
    MeetingChanged,
    /// A market meeting was cancelled.
    MeetingCancelled,
    /// The minutes of a market meeting, or a revision of them, were published.
    MinutesPublished,
}

/// Something that happened in a dialogue.
pub struct DialogueChange {
    happened: Recorded,
    /// The question it is about, if it is about one.
    question: Option<Question>,
}

impl DialogueChange {
    /// These happenings as a reader may know of them; one about a question that the reader may not know of is left out.
    pub(super) async fn load(
        reader: &RequestContext,
        happened: &[Recorded],
    ) -> Result<Vec<Self>, Error> {
        let asked = happened.iter().filter_map(|one| one.event.question());
        let found = reader.loader.load_many::<QuestionId, _>(asked).await;
        let found = found.map_err(loading)?;
        let change = |happened: &Recorded| {
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

/// Something that happened in a procurement's dialogue. Public. What it is about is shown as it stands when it is read.
#[Object]
impl DialogueChange {
    /// Opaque, the same wherever it is read: drop one you have.
    async fn id(&self) -> ID {
        encode_global("DialogueChange", &self.happened.id.to_string()).into()
    }

    /// What happened.
    async fn kind(&self) -> DialogueChangeKind {
        self.happened.event.kind.into()
    }

    /// When it became public.
    async fn at(&self) -> DateTime<Utc> {
        self.happened.event.at
    }

    /// Keep the last one's, and give it as `after` to `dialogueChanged` or `dialogueEvents` to read what happened since. It is
    /// a place half a minute before, since what is committed late has an earlier time: what happened in that half minute
    /// comes again, and is known by its `id`.
    async fn cursor(&self) -> String {
        encode_cursor(self.happened.resume().text())
    }

    /// The round it happened in.
    async fn dialogue(&self, context: &Context<'_>) -> Result<Option<Dialogue>, Error> {
        let Some(id) = self.happened.event.dialogue else {
            return Ok(None);
        };
        let key = DialoguesOf(self.happened.event.procurement);
        let rounds = request(context).loader.load_one(key).await;
        let mut rounds = rounds.map_err(loading)?.unwrap_or_default().into_iter();
        Ok(rounds.find(|round| round.id == id).map(Dialogue))
    }

    /// The question it is about; null when it is about none.
    async fn question(&self) -> Option<&Question> {
        self.question.as_ref()
    }

    /// Of ANSWER_PUBLISHED and ANSWER_REVISED: the answer that became public. Null otherwise.
    async fn answer(&self, context: &Context<'_>) -> Result<Option<Answer>, Error> {
        let event = self.happened.event;
        let answered = matches!(
            event.kind,
            event::Kind::AnswerPublished | event::Kind::AnswerRevised
        );
        let Some(question) = event.question().filter(|_| answered) else {
            return Ok(None);
        };
        let found = request(context).loader.load_one(AnswersTo(question)).await;
        let mut answers = found.map_err(loading)?.unwrap_or_default().into_iter();
        let answer = answers.find(|answer| answer.published_at == event.at);
        Ok(answer.map(Answer))
    }

    /// Of DIALOGUE_EXTENDED: what the window became then, and why. Null otherwise.
    async fn extension(&self, context: &Context<'_>) -> Result<Option<DialogueExtension>, Error> {
        let event = self.happened.event;
        let extended = event.kind == event::Kind::DialogueExtended;
        let Some(dialogue) = event.dialogue.filter(|_| extended) else {
            return Ok(None);
        };
        let loader = &request(context).loader;
        let found = loader.load_one(ExtensionsOf(dialogue)).await;
        let mut extensions = found.map_err(loading)?.unwrap_or_default().into_iter();
        let extension = extensions.find(|extension| extension.at == event.at);
        Ok(extension.map(DialogueExtension::from))
    }

    /// Of QUESTIONNAIRE_PUBLISHED: the version that was published. Null otherwise.
    async fn questionnaire(&self, context: &Context<'_>) -> Result<Option<Questionnaire>, Error> {
        let event = self.happened.event;
        let published = event.kind == event::Kind::QuestionnairePublished;
        match event.dialogue.filter(|_| published) {
            Some(dialogue) => {
                Questionnaire::find(context, dialogue, QuestionnaireId(event.subject)).await
            }
            None => Ok(None),
        }
    }
}

/// What happened in a dialogue, page by page.
pub type DialogueEvents = Connection<String, DialogueChange, EmptyFields, EmptyFields>;

/// One page of what happened in a procurement's dialogue, the earliest first.
pub async fn events(
    context: &Context<'_>,
    procurement: ProcurementId,
    first: i32,
    after: Option<&str>,
) -> Result<DialogueEvents, Error> {
    let page = Page::new(first, after).map_err(refused)?;
    let place = page.after.as_deref().map(read_place).transpose()?;
    let database = &backend(context).database;
    let found = event::page(database, procurement, place, page.first).await;
    let slice = Slice::from_overfetch(found.map_err(failed)?, page.first);
    let more = slice.more;
    let items = DialogueChange::load(request(context), &slice.items).await?;
    let slice = Slice { items, more };
    Ok(connection(slice, place.is_some(), EmptyFields, |change| {
        change.happened.place().text()
    }))
}

pub(super) fn read_place(text: &str) -> Result<Place, Error> {
    Place::read(text).ok_or_else(|| {
        let message = "`after` is not a `cursor` of a DialogueChange, nor one of this list";
        refused(Refusal::at(Code::Invalid, &["after"], message))
    })
}
