//! The buyer publishes the minutes of a market meeting, so that absent organisations have the same
//! information (equal treatment, Directive 2014/24/EU art. 18(1)).

use serde::Serialize;
use serde_json::json;

use super::{MeetingChange, rules, store};
use crate::{
    auth::{
        Actor,
        policy::{self, table},
    },
    database::{self, Database, IdempotencyKey, UnitOfWork},
    dialogue::{attachment, event::DialogueEventKind, text::check_localized},
    kernel::{
        ids::{DocumentId, MeetingId, MinutesId},
        refusal::{Fallible, Refusals},
        text::LocalizedText,
    },
};

/// Command to publish minutes.
#[derive(Debug, Serialize)]
pub struct PublishMinutes {
    /// Meeting that the minutes belong to.
    pub meeting: MeetingId,
    /// Text of the minutes.
    pub text: LocalizedText,
    /// Documents of the buyer that were shown.
    pub documents: Vec<DocumentId>,
}

/// Publishes minutes or a revision of them, from the meeting's start on. Earlier revisions stay
/// readable; followers are notified. Needs the role EDITOR or PUBLISHER in the buyer.
pub async fn publish_minutes(
    database: &Database,
    actor: &Actor,
    command: PublishMinutes,
    key: Option<&IdempotencyKey>,
) -> Fallible<MeetingId> {
    let person = policy::signed_in(actor)?.id;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("publishMinutes", key, &command).await? {
        return Ok(first);
    }
    let change = MeetingChange::for_buyer(
        &mut work,
        actor,
        command.meeting,
        const { table::buyer("publishMinutes") },
    )
    .await?;
    let now = change.now;
    let revisions = store::minutes_count(work.connection(), command.meeting).await?;
    rules::check_minutes(&change.meeting.state(), revisions, now)?;
    let mut refusals = Refusals::default();
    check_localized(&command.text, "a text", &["text"], &mut refusals);
    refusals.into_result()?;
    let minutes = store::Minutes {
        id: MinutesId::new(),
        meeting: command.meeting,
        revision: revisions + 1,
        text: command.text,
        published_at: now,
    };
    let (holder, documents) = (minutes.id.0, &command.documents);
    let buyer = change.procurement.buyer;
    attachment::hold(&mut work, holder, buyer, documents, now).await?;
    store::insert_minutes(work.connection(), &minutes, documents, person).await?;
    attachment::share(&mut work, holder, documents, None, now).await?;
    let notification = database::Event::MinutesPublished;
    let event = change.event(DialogueEventKind::MinutesPublished, notification);
    event.announce(&mut work, minutes.id.0).await?;
    let detail = json!({ "meeting": minutes.meeting, "revision": minutes.revision });
    let procurement = change.procurement.id.0;
    work.audit("meeting.minutes", procurement, detail).await?;
    work.commit(&minutes.meeting).await?;
    Ok(minutes.meeting)
}
