//! A supplier asks a question, anonymously.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::{
    notification, publish,
    store::{self, NewQuestion, QuestionTopic, moderation},
};
use crate::{
    auth::{
        Actor,
        policy::{
            Mutation, SupplierAction,
            mutation::{BySupplier, Member},
        },
    },
    database::{UnitOfWork, UseCase},
    dialogue::{
        attachment,
        notification::QUESTION_AWAITS_MODERATION,
        rate_limit::{self, LimitedAction},
        review::{self, Anchor},
        round::{lock_visible, rules::check_question, store as rounds, store::Dialogue},
        text,
    },
    kernel::{
        ids::{DialogueId, DocumentId, OrganisationId, QuestionId},
        refusal::{Code, Fallible, Refusal, Refusals},
        text::{is_language, not_a_language},
    },
    procurement::{self, store::Procurement},
};

/// Asks a question. Any member of a company, nonprofit or social enterprise may ask while the round
/// accepts questions. An organisation asks the same question once per round.
#[derive(Debug, Serialize)]
pub struct AskQuestion {
    /// Round that the question is asked in.
    pub dialogue: DialogueId,
    /// Lot that the question is about; `None` means the whole procurement.
    pub lot: Option<String>,
    /// Attachment of the notice in force that the question is about.
    pub attachment: Option<String>,
    /// Earlier question of the round that this one follows up.
    pub about: Option<QuestionId>,
    /// Text of the question; plain text.
    pub text: String,
    /// Language of the text (ISO 639-1).
    pub language: String,
    /// Attached documents of the asker.
    pub documents: Vec<DocumentId>,
    /// Place in a document that the question is about.
    pub anchor: Option<Anchor>,
}

impl AskQuestion {
    fn topic(&self) -> QuestionTopic<'_> {
        QuestionTopic {
            dialogue: self.dialogue,
            lot: self.lot.as_deref(),
            attachment: self.attachment.as_deref(),
            about: self.about,
            anchor: self.anchor.as_ref(),
        }
    }
}

impl UseCase for AskQuestion {
    type Access = BySupplier;
    const MUTATION: Mutation<BySupplier> = Mutation::supplier("askQuestion", SupplierAction::Ask);
    type Target = (Dialogue, Procurement);
    type Output = QuestionId;

    fn validate(&self, _: &Actor, _: &Member) -> Fallible<()> {
        check(self)
    }

    async fn lock(&self, work: &mut UnitOfWork, _: &Member) -> Fallible<Self::Target> {
        lock_visible(work, self.dialogue).await
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &Member,
        (dialogue, procurement): (Dialogue, Procurement),
        now: DateTime<Utc>,
    ) -> Fallible<QuestionId> {
        check_question(procurement.phase(now), &dialogue.window, now)?;
        check_attachment(&procurement, self.attachment.as_deref())?;
        check_anchor(work, &procurement, &dialogue, &self).await?;
        check_topic(work, &dialogue, &self, caller.organisation, now).await?;
        check_not_asked(work, &self, caller.organisation).await?;
        let action = LimitedAction::Ask;
        rate_limit::count(work, procurement.id, caller.organisation, action, now).await?;
        let id = QuestionId::new();
        let new = NewQuestion {
            id,
            topic: self.topic(),
            text: &self.text,
            language: &self.language,
            asked_by: caller.person,
            organisation: caller.organisation,
            asked_at: now,
        };
        store::insert(work.connection(), &new).await?;
        if let Some(anchor) = &self.anchor {
            review::store::insert_anchor(work.connection(), id, anchor).await?;
        }
        attachment::hold_exclusively(work, id.0, caller.organisation, &self.documents, now).await?;
        attachment::store::insert_for_question(work.connection(), id, &self.documents).await?;
        // The buyer decides on the release, so its members may read the attachments before it.
        let (documents, buyer) = (&self.documents, Some(procurement.buyer));
        attachment::share(work, id.0, documents, buyer, now).await?;
        // The audit row names the asker; notifications and the index do not.
        let detail = json!({ "question": id });
        work.audit("question.ask", procurement.id.0, detail);
        match dialogue.moderated {
            true => work.enqueue(&notification(
                procurement.id,
                QUESTION_AWAITS_MODERATION,
                id,
                now,
            ))?,
            false => publish(work, &dialogue, id, now).await?,
        }
        Ok(id)
    }
}

/// Checks that the lot and the earlier question exist and that the organisation may read the
/// earlier question.
async fn check_topic(
    work: &mut UnitOfWork,
    dialogue: &Dialogue,
    command: &AskQuestion,
    organisation: OrganisationId,
    now: DateTime<Utc>,
) -> Fallible<()> {
    if let Some(lot) = &command.lot {
        check_lot(work, dialogue, lot).await?;
    }
    let Some(about) = command.about else {
        return Ok(());
    };
    let connection = work.connection();
    let reader = Some(organisation);
    let found = moderation::snapshots(connection, &[about], reader, now).await?;
    let known = found
        .iter()
        .any(|about| about.dialogue == dialogue.id && about.history.is_released_to(about.own));
    if known {
        return Ok(());
    }
    let message = "the round has no question with this ID; name a question of this round";
    Err(Refusal::at(Code::NotFound, &["aboutQuestionId"], message).into())
}

fn check_attachment(procurement: &Procurement, attachment: Option<&str>) -> Result<(), Refusal> {
    let Some(wanted) = attachment else {
        return Ok(());
    };
    let notice = procurement.notice.as_ref();
    let known = notice.is_some_and(|notice| {
        let mut attachments = notice.content.attachments.iter();
        attachments.any(|attachment| attachment.id == wanted)
    });
    if known {
        return Ok(());
    }
    let message = message!("the notice in force has no attachment `{wanted}`", wanted);
    Err(Refusal::at(Code::NotFound, &["attachmentId"], message))
}

/// Checks that the anchor is given where needed, and that its document belongs to the round or to
/// the notice in force.
async fn check_anchor(
    work: &mut UnitOfWork,
    procurement: &Procurement,
    dialogue: &Dialogue,
    command: &AskQuestion,
) -> Fallible<()> {
    let follows_up = command.about.is_some();
    review::rules::check_anchor_given(dialogue.kind, command.anchor.is_some(), follows_up)?;
    let Some(Anchor { document, .. }) = command.anchor else {
        return Ok(());
    };
    let notice = procurement.notice.as_ref();
    let attached = notice.is_some_and(|notice| {
        let mut attachments = notice.content.attachments.iter();
        attachments.any(|attachment| attachment.document == document)
    });
    if attached
        || rounds::documents::ids(work.connection(), dialogue.id)
            .await?
            .contains(&document)
    {
        return Ok(());
    }
    let message =
        "neither the round nor the notice in force has this document; see `Dialogue.documents`";
    Err(Refusal::at(Code::NotFound, &["anchor", "documentId"], message).into())
}

async fn check_lot(work: &mut UnitOfWork, dialogue: &Dialogue, lot: &str) -> Fallible<()> {
    let procurement = dialogue.procurement;
    let lots = procurement::store::lots_in_force(work.connection(), procurement).await?;
    if lots.iter().any(|known| known.id == lot) {
        return Ok(());
    }
    // PostgreSQL accepts no NUL in a text, so no lot has one.
    let possible = !lot.contains('\0');
    let removed =
        possible && procurement::store::had_lot(work.connection(), procurement, lot).await?;
    let (code, message) = match removed {
        true => (
            Code::LotClosed,
            message!(
                "the lot `{lot}` was removed from the procurement; ask about the whole",
                lot
            ),
        ),
        false => (
            Code::NotFound,
            message!("the procurement has no lot `{lot}`", lot),
        ),
    };
    Err(Refusal::at(code, &["lotId"], message).into())
}

/// Checks that the organisation has not asked the same about the same topic before.
async fn check_not_asked(
    work: &mut UnitOfWork,
    command: &AskQuestion,
    organisation: OrganisationId,
) -> Fallible<()> {
    let earlier = store::on_topic(work.connection(), &command.topic(), organisation).await?;
    let words = text::normalized_words(&command.text);
    let same = earlier
        .iter()
        .find(|(_, text)| text::normalized_words(text) == words);
    let Some((number, _)) = same else {
        return Ok(());
    };
    let message = message!(
        "your organisation asked this already: it is question {number} of the round",
        number,
    );
    Err(Refusal::at(Code::DuplicateQuestion, &["text"], message).into())
}

fn check(command: &AskQuestion) -> Fallible<()> {
    let mut refusals = Refusals::default();
    refusals.extend(text::check_text(&command.text, &["text"]).err());
    if let Some(anchor) = &command.anchor {
        refusals.extend(
            review::rules::check_anchor(anchor)
                .err()
                .unwrap_or_default(),
        );
    }
    refusals.require(is_language(&command.language), || {
        not_a_language(&command.language, &["language"])
    });
    Ok(refusals.into_result()?)
}
