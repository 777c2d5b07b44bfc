//! The buyer opens a round of dialogue, at once or from a later time.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;

use super::{
    event,
    review::{documents, store::Addition},
    rules::{self, Kind, Window},
    store,
};
use crate::{
    auth::{
        Actor,
        policy::{self, table},
    },
    database::{self, Database, IdempotencyKey, Job, Notify, UnitOfWork},
    kernel::{
        ids::{DialogueId, DocumentId, ProcurementId},
        refusal::{Code, Fallible, Refusal, Refusals},
        text::{self, LocalizedText},
        zone::Zone,
    },
    procurement::{self, manage::lock, rules as procurement_rules},
};

/// A new round.
#[derive(Debug, Serialize)]
pub struct Open {
    /// Of which procurement.
    pub procurement: ProcurementId,
    /// What it is for.
    pub kind: Kind,
    /// What it is called.
    pub title: LocalizedText,
    /// What the buyer wants to hear about.
    pub description: LocalizedText,
    /// From when; `None`: at once.
    pub opens_at: Option<DateTime<Utc>>,
    /// Questions are taken before this moment.
    pub questions_until: DateTime<Utc>,
    /// Answers are expected before this moment; `None`: when the round ends.
    pub answers_until: Option<DateTime<Utc>>,
    /// The round ends.
    pub closes_at: DateTime<Utc>,
    /// What the buyer reads these times in.
    pub time_zone: Zone,
    /// Are questions public once the buyer releases them?
    pub moderated: bool,
    /// What is reviewed or shown in it: documents of the buyer's.
    pub documents: Vec<DocumentId>,
}

/// Opens a round; followers are told when it opens and when it ends. Needs the role EDITOR or PUBLISHER in the buyer.
/// A round of kind PARTNERSHIP makes the procurement one that never becomes a tender.
pub async fn open(
    database: &Database,
    actor: &Actor,
    command: Open,
    key: Option<&IdempotencyKey>,
) -> Fallible<DialogueId> {
    let person = policy::signed_in(actor)?.id;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("openDialogue", key, &command).await? {
        return Ok(first);
    }
    let id = command.procurement;
    let procurement = lock(&mut work, actor, id, const { table::buyer("openDialogue") }).await?;
    let now = work.now().await?;
    let window = Window {
        opens_at: command.opens_at.unwrap_or(now),
        questions_until: command.questions_until,
        answers_until: command.answers_until.unwrap_or(command.closes_at),
        closes_at: command.closes_at,
    };
    check_texts(&command)?;
    rules::check_opening(procurement.phase(now), command.kind, &window, now)?;
    let id = DialogueId::new();
    store::insert(work.connection(), id, &command, &window, person).await?;
    if command.kind == Kind::Partnership {
        procurement::store::set_partnership(work.connection(), procurement.id).await?;
    }
    let shown = Addition {
        dialogue: id,
        documents: &command.documents,
        reason: &LocalizedText::default(),
        added_by: person,
        added_at: now,
    };
    documents::put(&mut work, &shown, &[], (procurement.buyer, &window)).await?;
    work.audit("dialogue.open", procurement.id.0, json!({ "dialogue": id }))
        .await?;
    work.enqueue(Job::Index(vec![procurement.id])).await?;
    announce(&mut work, procurement.id, id, &window).await?;
    work.commit(&id).await?;
    Ok(id)
}

/// Opening and end are events of their times; whoever follows is told at these times.
async fn announce(
    work: &mut UnitOfWork,
    procurement: ProcurementId,
    dialogue: DialogueId,
    window: &Window,
) -> Fallible<()> {
    use database::Event::{DialogueClosed, DialogueOpened};
    for (kind, told, at) in [
        (event::Kind::DialogueOpened, DialogueOpened, window.opens_at),
        (
            event::Kind::DialogueClosed,
            DialogueClosed,
            window.closes_at,
        ),
    ] {
        let happened = event::Event {
            procurement,
            dialogue: Some(dialogue),
            kind,
            subject: dialogue.0,
            at,
        };
        event::record(work, happened).await?;
        let notify = Notify {
            procurement,
            event: told,
            subject: dialogue.0,
            at,
        };
        work.enqueue(Job::NotifyAt(notify)).await?;
    }
    Ok(())
}

fn check_texts(command: &Open) -> Fallible<()> {
    let mut refusals = Refusals::default();
    refusals.require(!command.title.is_empty(), || {
        Refusal::at(Code::Required, &["title"], "a dialogue needs a title")
    });
    let title_limit = procurement_rules::TITLE_LIMIT;
    text::check_text(&command.title, title_limit, &["title"], &mut refusals);
    let text_limit = procurement_rules::TEXT_LIMIT;
    text::check_text(
        &command.description,
        text_limit,
        &["description"],
        &mut refusals,
    );
    Ok(refusals.into_result()?)
}
