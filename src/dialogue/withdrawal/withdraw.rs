//! The buyer withdraws published content.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::{
    Content, ContentKind,
    store::{self, NewWithdrawal, Place, Standing},
};
use crate::{
    auth::policy::{
        BuyerAction, Mutation,
        mutation::{BuyerCaller, ByBuyer},
    },
    database::{UnitOfWork, UseCase},
    dialogue::{
        event::{self, DialogueEvent, DialogueEventKind},
        jobs::IndexQuestions,
        notification::CONTENT_WITHDRAWN,
        text::check_localized,
    },
    document,
    kernel::{
        ids::{DialogueId, DocumentId, ProcurementId, QuestionId},
        refusal::{Code, Fallible, Refusal, Refusals},
        text::LocalizedText,
    },
    procurement::{lock::lock_visible, notification::Notify},
};

/// Withdraws an answer, a contribution, minutes or a summary with all earlier revisions of it and
/// the documents that only they made public; or one document, wherever it is attached. Allowed in
/// every phase, and final. Needs the role EDITOR or PUBLISHER in the buyer.
#[derive(Debug, Serialize)]
pub struct WithdrawContent {
    /// What is withdrawn.
    pub content: Content,
    /// Reason, which everyone may read.
    pub reason: LocalizedText,
}

/// Content that was withdrawn, and where it belongs.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct WithdrawnContent {
    /// What was withdrawn.
    pub content: Content,
    /// Its procurement; for a document in several procurements, the first.
    pub procurement: ProcurementId,
    /// Its round; `None` for a document of a notice.
    pub dialogue: Option<DialogueId>,
    /// Question of an answer, or meeting of minutes.
    pub parent: Option<Uuid>,
}

/// Content that a use case withdraws, with its procurements locked.
pub struct ContentChange {
    /// Where it is public; at least one place, the first by procurement.
    places: Vec<Place>,
    standing: Standing,
}

impl UseCase for WithdrawContent {
    type Access = ByBuyer;
    const MUTATION: Mutation<ByBuyer> =
        Mutation::buyer("withdrawContent", BuyerAction::RunDialogue);
    type Target = ContentChange;
    type Output = WithdrawnContent;

    async fn lock(&self, work: &mut UnitOfWork, caller: &BuyerCaller) -> Fallible<ContentChange> {
        let places = store::places(work.connection(), self.content).await?;
        if places.is_empty() {
            return Err(not_found().into());
        }
        // The places are in the order in which other withdrawals lock the procurements too.
        let mut allowed = Ok(());
        for place in &places {
            let procurement = lock_visible(work, place.procurement).await;
            let procurement = procurement.map_err(|_| not_found())?;
            let checked = caller.check(work.actor(), procurement.buyer);
            allowed = allowed.and(checked);
        }
        let now = work.now().await?;
        let reader = work.actor().person().and_then(|person| person.acting_for);
        let standing = store::standing(work.connection(), self.content, reader, now).await?;
        if let Err(refusal) = allowed {
            let known = standing.public || standing.own;
            return Err(if known { refusal } else { not_found() }.into());
        }
        Ok(ContentChange { places, standing })
    }

    async fn perform(
        self,
        work: &mut UnitOfWork,
        caller: &BuyerCaller,
        change: ContentChange,
        now: DateTime<Utc>,
    ) -> Fallible<WithdrawnContent> {
        let content = self.content;
        check_reason(&self.reason)?;
        check_standing(content.kind, &change.standing)?;
        let place = change.places[0];
        let new = NewWithdrawal {
            procurement: place.procurement,
            reason: &self.reason,
            withdrawn_by: caller.person,
            at: now,
        };
        let mut withdrawn = store::insert(work.connection(), content, &new).await?;
        let holders: Vec<Uuid> = withdrawn.iter().map(|one| one.id).collect();
        if content.kind != ContentKind::Document {
            withdrawn.extend(withdraw_documents(work, &holders, &new).await?);
        }
        if content.kind == ContentKind::Answer
            && let Some(question) = place.parent
        {
            work.enqueue(&IndexQuestions::at(QuestionId(question), now))?;
        }
        if change.standing.public {
            announce(work, &change.places, &withdrawn, now).await?;
        }
        if let Some(contributor) = change.standing.contributor {
            let notify = notification(place, content, now);
            store::notify_members(work.connection(), contributor, &notify).await?;
        }
        let ids: Vec<Uuid> = withdrawn.iter().map(|one| one.id).collect();
        let detail = json!({ "kind": content.kind, "id": content.id, "withdrawn": ids });
        work.audit("content.withdraw", place.procurement.0, detail);
        Ok(WithdrawnContent {
            content,
            procurement: place.procurement,
            dialogue: place.dialogue,
            parent: place.parent,
        })
    }
}

/// Withdraws the documents that only these holders made public or hold. All others are no longer
/// readable through these holders.
pub async fn withdraw_documents(
    work: &mut UnitOfWork,
    holders: &[Uuid],
    new: &NewWithdrawal<'_>,
) -> Fallible<Vec<Content>> {
    let withdrawn = store::insert_for_documents(work.connection(), holders, new).await?;
    document::store::unshare_readable(work.connection(), holders).await?;
    Ok(withdrawn.into_iter().map(document_content).collect())
}

fn document_content(id: DocumentId) -> Content {
    Content {
        kind: ContentKind::Document,
        id: id.0,
    }
}

/// Records an event for each withdrawn object in each of its procurements, and notifies followers
/// once.
async fn announce(
    work: &mut UnitOfWork,
    places: &[Place],
    withdrawn: &[Content],
    now: DateTime<Utc>,
) -> Fallible<()> {
    for place in places {
        for content in withdrawn {
            let event = DialogueEvent {
                procurement: place.procurement,
                dialogue: place.dialogue,
                kind: DialogueEventKind::ContentWithdrawn,
                subject: content.id,
                at: now,
            };
            event::record(work, event).await?;
        }
        if let [content, ..] = withdrawn {
            work.enqueue(&notification(*place, *content, now))?;
        }
    }
    Ok(())
}

fn notification(place: Place, content: Content, at: DateTime<Utc>) -> Notify {
    Notify {
        procurement: place.procurement,
        event: CONTENT_WITHDRAWN,
        subject: content.id,
        about: place.dialogue.map(|dialogue| dialogue.0),
        at,
    }
}

fn check_standing(kind: ContentKind, standing: &Standing) -> Result<(), Refusal> {
    if standing.withdrawn {
        let message = "this content is withdrawn already";
        return Err(Refusal::at(Code::AlreadyDone, &["id"], message));
    }
    if kind == ContentKind::Answer && !standing.public {
        let message = "this answer is held and not public yet; replace it with `answerQuestion`";
        return Err(Refusal::at(Code::Invalid, &["id"], message));
    }
    Ok(())
}

fn check_reason(reason: &LocalizedText) -> Fallible<()> {
    let mut refusals = Refusals::default();
    check_localized(reason, "a reason", &["reason"], &mut refusals);
    Ok(refusals.into_result()?)
}

fn not_found() -> Refusal {
    let message =
        "there is no published document, answer, contribution, minutes or summary with this ID";
    Refusal::at(Code::NotFound, &["id"], message)
}
