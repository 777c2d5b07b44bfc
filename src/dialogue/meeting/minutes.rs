//! The buyer publishes what was said, for those too who were not there (equal treatment, Directive 2014/24/EU art. 18(1)).

use serde::Serialize;
use serde_json::json;

use super::{Change, rules, store};
use crate::{
    auth::{
        Actor,
        policy::{self, table},
    },
    database::{self, Database, IdempotencyKey, UnitOfWork},
    dialogue::{attach, event, rules::check_localized},
    kernel::{
        ids::{DocumentId, MeetingId, MinutesId},
        refusal::{Fallible, Refusals},
        text::LocalizedText,
    },
};

/// Minutes.
#[derive(Debug, Serialize)]
pub struct Publish {
    /// Of which meeting.
    pub meeting: MeetingId,
    /// What was said.
    pub text: LocalizedText,
    /// What was shown: documents of the buyer's.
    pub documents: Vec<DocumentId>,
}

/// Publishes minutes, or a revision of them; the earlier ones stay readable. Followers are told. From the meeting's start on.
/// Needs the role EDITOR or PUBLISHER in the buyer.
pub async fn publish(
    database: &Database,
    actor: &Actor,
    command: Publish,
    key: Option<&IdempotencyKey>,
) -> Fallible<MeetingId> {
    let person = policy::signed_in(actor)?.id;
    let mut work = UnitOfWork::begin(database, actor).await?;
    if let Some(first) = work.replay("publishMinutes", key, &command).await? {
        return Ok(first);
    }
    let change = Change::of_buyer(
        &mut work,
        actor,
        command.meeting,
        const { table::buyer("publishMinutes") },
    )
    .await?;
    let now = change.now;
    let revisions = store::minutes_count(work.connection(), command.meeting).await?;
    rules::check_minutes(&change.meeting.standing(), revisions, now)?;
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
    attach::hold(&mut work, holder, buyer, documents, now).await?;
    store::insert_minutes(work.connection(), &minutes, documents, person).await?;
    attach::share(&mut work, holder, documents, None, now).await?;
    let told = database::Event::MinutesPublished;
    let happening = change.happening(event::Kind::MinutesPublished, told);
    happening.tell(&mut work, minutes.id.0).await?;
    let detail = json!({ "meeting": minutes.meeting, "revision": minutes.revision });
    let procurement = change.procurement.id.0;
    work.audit("meeting.minutes", procurement, detail).await?;
    work.commit(&minutes.meeting).await?;
    Ok(minutes.meeting)
}
