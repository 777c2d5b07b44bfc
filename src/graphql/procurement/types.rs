//! The types of procurements and their drafts.

use std::sync::Arc;

use async_graphql::{
    Context, Error, ID, Object,
    connection::{Connection, EmptyFields},
};
use chrono::{DateTime, Utc};

use super::{
    changes::{self, NoticeChange},
    codes::Phase,
    content::ProcurementContent,
    ending::ProcurementEnd,
    joint::JointConsent,
    loaders::{EndOf, Follows},
    lots::{self, LotConnection},
    notice::Notice,
};
use crate::{
    graphql::{
        connection::connection,
        context::{backend, request},
        dialogue::{self, Dialogue, DialogueEvents, DialoguesOf, MustShareItem, Timeline},
        errors::{database, loading, refused},
        organisation::Organisation,
        tender::{
            Award, AwardsOf, JointBidInterest, OpenedOf, Opening, OpeningOf, OwnTender,
            OwnTendersOf, Tender, interests,
        },
    },
    kernel::{
        ids::ProcurementId,
        paging::{Page, Slice},
    },
    procurement::{self, store},
};

/// A procurement as the reader of this request sees it.
#[derive(Clone)]
pub struct Procurement {
    /// The stored procurement.
    pub stored: Arc<store::Procurement>,
    /// Buyer, if it was loaded together with the procurement.
    pub buyer: Option<Organisation>,
}

impl From<Arc<store::Procurement>> for Procurement {
    fn from(stored: Arc<store::Procurement>) -> Self {
        Self {
            stored,
            buyer: None,
        }
    }
}

impl Procurement {
    /// Loads the procurement with this ID. `None` when it does not exist or the reader may not see
    /// it.
    pub async fn load(context: &Context<'_>, id: ProcurementId) -> Result<Option<Self>, Error> {
        let request = request(context);
        let found = request.loader.load_one(id).await.map_err(loading)?;
        Ok(found
            .filter(|found| procurement::read::may_see(&request.actor, found))
            .map(Self::from))
    }

    /// Returns whether the reader belongs to the buyer or to a joint buyer.
    fn takes_part(&self, context: &Context<'_>) -> bool {
        procurement::read::takes_part(&request(context).actor, &self.stored)
    }
}

/// A buyer's process from the first idea to the follow-up of the contract (OCDS: contracting
/// process). Published content is public. The content fields show the notice in force; before the
/// first notice, the draft.
#[Object]
impl Procurement {
    /// Opaque global ID, accepted by `node` and `procurement`.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.stored.id.to_global().into()
    }

    /// Open contracting ID (OCDS `ocid`), the same in all open data.
    async fn ocid(&self) -> &str {
        &self.stored.ocid
    }

    /// Current phase. Changes that follow from a deadline take effect at the deadline.
    async fn phase(&self, context: &Context<'_>) -> Phase {
        self.stored
            .phase(backend(context).database.clock.now())
            .into()
    }

    /// Revision number, increased by each change of the draft or notice; an input of
    /// `updateProcurement` and `publishNotice`.
    async fn revision(&self, context: &Context<'_>) -> Option<i32> {
        self.takes_part(context).then_some(self.stored.revision)
    }

    /// Time of the latest change that the reader may see.
    async fn updated_at(&self, context: &Context<'_>) -> DateTime<Utc> {
        // A change of the draft is visible only to the buyers.
        match &self.stored.notice {
            Some(notice) if self.stored.draft.is_some() && !self.takes_part(context) => {
                notice.published_at
            }
            _ => self.stored.updated_at,
        }
    }

    /// Buyer; in a joint procurement the lead.
    async fn buyer(&self, context: &Context<'_>) -> Result<Organisation, Error> {
        match &self.buyer {
            Some(buyer) => Ok(buyer.clone()),
            None => Organisation::load(context, self.stored.buyer).await,
        }
    }

    /// Content of the notice in force; before the first notice, of the draft.
    #[graphql(flatten)]
    async fn content(&self) -> ProcurementContent {
        match &self.stored.notice {
            Some(notice) => ProcurementContent::of_notice(notice),
            None => ProcurementContent::of_draft(&self.stored),
        }
    }

    /// Lots of the notice in force, in the order that the buyer gave them; before the first notice,
    /// lots of the draft.
    #[graphql(complexity = "10 + first.max(0) as usize * child_complexity")]
    async fn lots(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Maximum number of items on the page, 1 to 100.", default = 20)]
        first: i32,
        #[graphql(
            desc = "Cursor: `pageInfo.endCursor` of the previous page. Null: the first page."
        )]
        after: Option<String>,
    ) -> Result<LotConnection, Error> {
        let page = Page::new(first, after.as_deref()).map_err(refused)?;
        match (&self.stored.notice, &self.stored.draft) {
            (Some(notice), _) => lots::of_notice(context, notice.id, &page).await,
            (None, draft) => {
                let drafted = draft.as_ref().map_or(&[][..], |draft| &draft.lots);
                lots::of_draft(self.stored.id, drafted, &page)
            }
        }
    }

    /// Published versions, oldest first. The last one is in force.
    #[graphql(complexity = "10 + first.max(0) as usize * child_complexity")]
    async fn notices(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Maximum number of items on the page, 1 to 100.", default = 20)]
        first: i32,
        #[graphql(
            desc = "Cursor: `pageInfo.endCursor` of the previous page. Null: the first page."
        )]
        after: Option<String>,
    ) -> Result<Connection<String, Notice, EmptyFields, EmptyFields>, Error> {
        let page = Page::new(first, after.as_deref()).map_err(refused)?;
        let after = page.after_number().map_err(refused)?.unwrap_or(0);
        let after = i32::try_from(after).unwrap_or(i32::MAX);
        let pool = &backend(context).database.pool;
        let found = store::notices(pool, self.stored.id, after, page.first + 1)
            .await
            .map_err(database)?;
        let items = found.into_iter().map(Notice::new).collect();
        let slice = Slice::from_overfetch(items, page.first);
        Ok(connection(
            slice,
            after > 0,
            EmptyFields,
            |notice: &Notice| notice.number.to_string(),
        ))
    }

    /// Whether it is a nonprofit partnership, that is, whether a dialogue towards one was opened.
    /// Such a procurement never goes to tendering.
    async fn partnership(&self) -> bool {
        self.stored.partnership
    }

    /// Events of the procurement, newest first: notices, rounds of dialogue with their extensions
    /// and ends, the opening of tenders, awards and the end of the procurement. Public. A round is
    /// listed from the time it opens.
    #[graphql(complexity = "10 + first.max(0) as usize * child_complexity")]
    async fn timeline(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Maximum number of items on the page, 1 to 100.", default = 20)]
        first: i32,
        #[graphql(
            desc = "Cursor: `pageInfo.endCursor` of the previous page. Null: the first page."
        )]
        after: Option<String>,
    ) -> Result<Timeline, Error> {
        dialogue::timeline(context, self.stored.id, first, after.as_deref()).await
    }

    /// Events of the dialogue, oldest first: the same that the subscription `dialogueChanged`
    /// delivers, for clients that were disconnected. Public.
    #[graphql(complexity = "10 + first.max(0) as usize * child_complexity")]
    async fn dialogue_events(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Maximum number of items on the page, 1 to 100.", default = 20)]
        first: i32,
        #[graphql(
            desc = "Cursor: `pageInfo.endCursor` of the previous page, or `cursor` of a DialogueChange to read the events after it. Null: the first page."
        )]
        after: Option<String>,
    ) -> Result<DialogueEvents, Error> {
        dialogue::events(context, self.stored.id, first, after.as_deref()).await
    }

    /// Rounds of early dialogue, in order. Public.
    async fn dialogues(&self, context: &Context<'_>) -> Result<Vec<Dialogue>, Error> {
        let key = DialoguesOf(self.stored.id);
        let found = request(context)
            .loader
            .load_one(key)
            .await
            .map_err(loading)?;
        Ok(found
            .unwrap_or_default()
            .into_iter()
            .map(Dialogue)
            .collect())
    }

    /// Information that must be published before tenders are compared and is not yet public:
    /// everything that a supplier contributed to the rounds of dialogue or that the buyer said to a
    /// single supplier (Directive 2014/24/EU art. 41; in Sweden LOU 4 kap. 8 §). Ordered by round,
    /// then by time. It names no supplier and does not depend on who submits a tender, which is
    /// sealed. Empty when everything is shared. The buyer's members receive a reminder each day of
    /// tendering (notification MUST_SHARE) and a warning when `publishNotice` begins tendering.
    #[graphql(complexity = "10 + first.max(0) as usize * child_complexity")]
    async fn must_share(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Maximum number of items to return, 1 to 1,000.", default = 100)]
        first: i32,
        #[graphql(desc = "Number of items to skip, 0 or more.", default = 0)] skip: i32,
    ) -> Result<Option<Vec<MustShareItem>>, Error> {
        dialogue::must_share(context, &self.stored, first, skip).await
    }

    /// Total number of items that `mustShare` lists.
    async fn must_share_count(&self, context: &Context<'_>) -> Result<Option<usize>, Error> {
        dialogue::must_share_count(context, &self.stored).await
    }

    /// Whether the reader follows the procurement.
    async fn followed(&self, context: &Context<'_>) -> Result<Option<bool>, Error> {
        let request = request(context);
        let Some(person) = request.actor.person() else {
            return Ok(None);
        };
        let key = Follows(person.id, self.stored.id);
        let found = request.loader.load_one(key).await.map_err(loading)?;
        Ok(Some(found.is_some()))
    }

    /// Tenders of the organisation that the reader acts for, including replaced and withdrawn ones.
    /// Their content stays sealed.
    async fn own_tenders(&self, context: &Context<'_>) -> Result<Vec<OwnTender>, Error> {
        let key = OwnTendersOf(self.stored.id);
        let found = request(context)
            .loader
            .load_one(key)
            .await
            .map_err(loading)?;
        Ok(found
            .unwrap_or_default()
            .into_iter()
            .map(OwnTender)
            .collect())
    }

    /// How and why the procurement ended. Null while it is ongoing, and for an imported procurement
    /// that ended elsewhere. Public.
    async fn end(&self, context: &Context<'_>) -> Result<Option<ProcurementEnd>, Error> {
        let key = EndOf(self.stored.id);
        let found = request(context)
            .loader
            .load_one(key)
            .await
            .map_err(loading)?;
        Ok(found.map(ProcurementEnd::from))
    }

    /// Opening of the tenders. Null until it is requested. Public.
    async fn opening(&self, context: &Context<'_>) -> Result<Option<Opening>, Error> {
        let key = OpeningOf(self.stored.id);
        let found = request(context)
            .loader
            .load_one(key)
            .await
            .map_err(loading)?;
        Ok(found.map(Opening::from))
    }

    /// Opened tenders, in the order in which they were received. Empty while they are sealed.
    async fn tenders(&self, context: &Context<'_>) -> Result<Option<Vec<Tender>>, Error> {
        let request = request(context);
        if !procurement::read::may_read_tenders(&request.actor, &self.stored) {
            return Ok(None);
        }
        let found = request
            .loader
            .load_one(OpenedOf(self.stored.id))
            .await
            .map_err(loading)?;
        Ok(Some(
            found.unwrap_or_default().into_iter().map(Tender).collect(),
        ))
    }

    /// Award decisions, ordered by lot. Public.
    async fn awards(&self, context: &Context<'_>) -> Result<Vec<Award>, Error> {
        let key = AwardsOf(self.stored.id);
        let found = request(context)
            .loader
            .load_one(key)
            .await
            .map_err(loading)?;
        Ok(found.unwrap_or_default().into_iter().map(Award).collect())
    }

    /// Suppliers that have publicly declared an interest in a joint bid, newest first. Public.
    #[graphql(complexity = "10 + first.max(0) as usize * child_complexity")]
    async fn joint_bid_interests(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Maximum number of items on the page, 1 to 100.", default = 20)]
        first: i32,
        #[graphql(
            desc = "Cursor: `pageInfo.endCursor` of the previous page. Null: the first page."
        )]
        after: Option<String>,
    ) -> Result<Connection<String, JointBidInterest, EmptyFields, EmptyFields>, Error> {
        interests(context, self.stored.id, first, after).await
    }

    /// Whether there is an unpublished draft.
    async fn has_draft(&self, context: &Context<'_>) -> Option<bool> {
        self.takes_part(context)
            .then_some(self.stored.draft.is_some())
    }

    /// Unpublished draft. Null when there is none.
    async fn draft(&self, context: &Context<'_>) -> Option<ProcurementDraft> {
        let written = self.takes_part(context) && self.stored.draft.is_some();
        written.then(|| ProcurementDraft(self.stored.clone()))
    }

    /// Changes that publishing the draft would make to the notice in force, ordered by field name.
    /// Empty without a draft and before the first notice.
    #[graphql(complexity = "50 + child_complexity")]
    async fn pending_changes(
        &self,
        context: &Context<'_>,
    ) -> Result<Option<Vec<NoticeChange>>, Error> {
        if !self.takes_part(context) {
            return Ok(None);
        }
        changes::first_pending(context, &self.stored)
            .await
            .map(Some)
    }

    /// Joint buyers that the draft or the notice in force names, with their answers.
    async fn joint_consents(
        &self,
        context: &Context<'_>,
    ) -> Result<Option<Vec<JointConsent>>, Error> {
        if !self.takes_part(context) {
            return Ok(None);
        }
        JointConsent::all(context, &self.stored).await.map(Some)
    }
}

/// The draft of a procurement.
pub struct ProcurementDraft(Arc<store::Procurement>);

/// Draft of a procurement, before publication.
#[Object]
impl ProcurementDraft {
    /// Content of the draft.
    #[graphql(flatten)]
    async fn content(&self) -> ProcurementContent {
        ProcurementContent::of_draft(&self.0)
    }

    /// Lots of the draft, in the order that the buyer gave them.
    #[graphql(complexity = "10 + first.max(0) as usize * child_complexity")]
    async fn lots(
        &self,
        #[graphql(desc = "Maximum number of items on the page, 1 to 100.", default = 20)]
        first: i32,
        #[graphql(
            desc = "Cursor: `pageInfo.endCursor` of the previous page. Null: the first page."
        )]
        after: Option<String>,
    ) -> Result<LotConnection, Error> {
        let page = Page::new(first, after.as_deref()).map_err(refused)?;
        let drafted = self.0.draft.as_ref().map_or(&[][..], |draft| &draft.lots);
        lots::of_draft(self.0.id, drafted, &page)
    }
}
