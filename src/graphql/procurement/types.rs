//! The type of procurements.

use std::sync::Arc;

use async_graphql::{Context, Error, ID, Object};
use chrono::{DateTime, Utc};

use super::{
    audit::{self, AuditEntry},
    changes::{self, NoticeChange},
    codes::Phase,
    content::ProcurementContent,
    draft::ProcurementDraft,
    ending::ProcurementEnd,
    joint::JointConsent,
    loaders::{EndOf, Follows, LotEndsOf, NoticeCount, NoticePage},
    lot_end::LotEnd,
    lots::{self, Lot},
    notice::Notice,
};
use crate::{
    graphql::{
        bounded::oldest_first,
        connection::{List, Total, cost, listed},
        context::{backend, request},
        dialogue::{self, Dialogue, DialogueChange, DialoguesOf, MustShareItem, TimelineItem},
        errors::loading,
        organisation::Organisation,
        tender::{
            self, Award, AwardsOf, ChainHead, ChainHeadOf, Evaluation, GroupsOf, JointBidInterest,
            OpenedOf, Opening, OpeningOf, OpeningRecord, OwnTender, OwnTendersOf, Tender,
            TenderDraft, TenderEligibility, TenderGroup, TenderReadiness, interests,
            record_reading,
        },
    },
    kernel::ids::{ProcurementId, VersionId},
    procurement::{self, store},
};

/// Name of the list of a procurement's notices in its cursors.
pub const NOTICES: &str = "Procurement.notices";

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
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn lots(
        &self,
        context: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<List<Lot>, Error> {
        let page = (first, after, last, before);
        match &self.stored.notice {
            Some(notice) => lots::of_notice(context, notice.id, page).await,
            None => lots::of_draft(&self.stored, page),
        }
    }

    /// Published versions, oldest first. The last one is in force.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn notices(
        &self,
        context: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<List<Notice>, Error> {
        let id = self.stored.id;
        let listed = listed(NOTICES, &id, (first, after, last, before))?;
        let key = NoticePage {
            procurement: id,
            page: listed.page,
        };
        let found = request(context).loader.load_one(key).await;
        let notices = found.map_err(loading)?.unwrap_or_default();
        let slice = listed.page.slice(notices).map(Notice::new);
        let total = Total::loaded(NoticeCount(id));
        Ok(listed.connection(slice, total, |notice| notice.number))
    }

    /// Whether it is a nonprofit partnership, that is, whether a dialogue towards one was opened.
    /// Such a procurement never goes to tendering.
    async fn partnership(&self) -> bool {
        self.stored.partnership
    }

    /// Events of the procurement, newest first: notices, rounds of dialogue with their extensions
    /// and ends, the opening of tenders, awards and the end of the procurement. Public. A round is
    /// listed from the time it opens.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn timeline(
        &self,
        context: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<List<TimelineItem>, Error> {
        dialogue::timeline(context, self.stored.id, (first, after, last, before)).await
    }

    /// Events of the dialogue, oldest first: the same that the subscription `dialogueChanged`
    /// delivers, for clients that were disconnected. Public.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn dialogue_events(
        &self,
        context: &Context<'_>,
        first: Option<i32>,
        #[graphql(
            desc = "Cursor: the page has items after it. `pageInfo.endCursor` of another page, or `cursor` of a DialogueChange."
        )]
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<List<DialogueChange>, Error> {
        dialogue::events(context, self.stored.id, (first, after, last, before)).await
    }

    /// The latest 100 rounds of early dialogue, in order. Public.
    async fn dialogues(&self, context: &Context<'_>) -> Result<Vec<Dialogue>, Error> {
        let key = DialoguesOf(self.stored.id);
        let found = request(context)
            .loader
            .load_one(key)
            .await
            .map_err(loading)?;
        let latest = oldest_first(found.unwrap_or_default());
        Ok(latest.into_iter().map(Dialogue).collect())
    }

    /// Information that must be published before tenders are compared and is not yet public:
    /// everything that a supplier contributed to the rounds of dialogue or that the buyer said to a
    /// single supplier (Directive 2014/24/EU art. 41; in Sweden LOU 4 kap. 8 §). Ordered by round,
    /// then by time. It names no supplier and does not depend on who submits a tender, which is
    /// sealed. Empty when everything is shared. The buyer's members receive a reminder each day of
    /// tendering (notification MUST_SHARE) and a warning when `publishNotice` begins tendering.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn must_share(
        &self,
        context: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Option<List<MustShareItem>>, Error> {
        dialogue::must_share(context, &self.stored, (first, after, last, before)).await
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

    /// The latest 100 tenders of the organisation that the reader acts for, oldest first, including
    /// replaced and withdrawn ones.
    async fn own_tenders(&self, context: &Context<'_>) -> Result<Vec<OwnTender>, Error> {
        let key = OwnTendersOf(self.stored.id);
        let found = request(context)
            .loader
            .load_one(key)
            .await
            .map_err(loading)?;
        let latest = oldest_first(found.unwrap_or_default());
        Ok(latest.into_iter().map(OwnTender).collect())
    }

    /// Whether the organisation that the reader acts for may submit a tender now, and why not: the
    /// phase, the deadline, reservations, the reader's role, and the lots. Public.
    #[graphql(complexity = "20 + child_complexity")]
    async fn eligibility(&self, context: &Context<'_>) -> Result<TenderEligibility, Error> {
        tender::eligibility(context, self).await
    }

    /// Draft of a tender of the organisation that the reader acts for. Null when there is none.
    async fn tender_draft(&self, context: &Context<'_>) -> Result<Option<TenderDraft>, Error> {
        TenderDraft::load(context, self.stored.id).await
    }

    /// Whether the draft of the organisation that the reader acts for can be submitted, and what is
    /// missing. Null without a draft.
    #[graphql(complexity = "20 + child_complexity")]
    async fn tender_readiness(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "Lots of the draft that are to be submitted as one tender. Null: each lot as a tender of its own."
        )]
        lot_ids: Option<Vec<String>>,
    ) -> Result<Option<TenderReadiness>, Error> {
        tender::readiness(context, self, lot_ids).await
    }

    /// The latest 100 groups of the organisation that the reader acts for, oldest first: those that it
    /// leads and those that it is invited to, dissolved ones included.
    async fn tender_groups(&self, context: &Context<'_>) -> Result<Vec<TenderGroup>, Error> {
        let key = GroupsOf(self.stored.id);
        let found = request(context)
            .loader
            .load_one(key)
            .await
            .map_err(loading)?;
        let latest = oldest_first(found.unwrap_or_default());
        let of = |group| TenderGroup::of(group, &self.stored, context);
        Ok(latest.into_iter().map(of).collect())
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

    /// Last entry of the signed record (chain) of the procurement's tenders. Null until the deadline
    /// for tenders, because its number reveals how many there are, and where the record has no entry.
    /// Public.
    async fn chain_head(&self, context: &Context<'_>) -> Result<Option<ChainHead>, Error> {
        let now = backend(context).database.clock.now();
        let deadline = self.stored.tender_deadline;
        if deadline.is_none_or(|deadline| now < deadline) {
            return Ok(None);
        }
        let key = ChainHeadOf(self.stored.id);
        let found = request(context).loader.load_one(key).await;
        Ok(found.map_err(loading)?.map(ChainHead::from))
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
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn tenders(
        &self,
        context: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Option<List<Tender>>, Error> {
        let request = request(context);
        if !procurement::read::may_read_tenders(&request.actor, &self.stored) {
            return Ok(None);
        }
        let id = self.stored.id;
        let listed = listed("Procurement.tenders", &id, (first, after, last, before))?;
        let found = request.loader.load_one(OpenedOf(id)).await;
        let found = found.map_err(loading)?.unwrap_or_default();
        let total = Total::known(found.len());
        let slice = listed.page.of_ordered(found, |tender| tender.number);
        let read: Vec<_> = slice.items.iter().map(|tender| tender.id).collect();
        record_reading(context, id, &read).await?;
        let slice = slice.map(Tender);
        Ok(Some(
            listed.connection(slice, total, |tender| tender.0.number),
        ))
    }

    /// Evaluation of the opened tenders for a lot: points, ranking, exclusions. Null before the
    /// opening.
    async fn evaluation(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "ID of the lot (`Lot.lotId`).")] lot_id: String,
    ) -> Result<Option<Evaluation>, Error> {
        tender::evaluation(context, &self.stored, lot_id).await
    }

    /// Record of the opening: who approved it, and each tender that was received. Null before the
    /// opening.
    async fn opening_record(&self, context: &Context<'_>) -> Result<Option<OpeningRecord>, Error> {
        tender::opening_record(context, &self.stored).await
    }

    /// Audit log of the procurement, newest first: what members of its buyers did, tried in vain and
    /// read and, once the tenders are opened, which were submitted, withdrawn and refused as late.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn audit(
        &self,
        context: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Option<List<AuditEntry>>, Error> {
        audit::audit(context, &self.stored, (first, after, last, before)).await
    }

    /// Lots that ended without a winner while others went on, ordered by lot; at most 5,000. Public.
    async fn lot_ends(&self, context: &Context<'_>) -> Result<Vec<LotEnd>, Error> {
        let key = LotEndsOf(self.stored.id);
        let found = request(context).loader.load_one(key).await;
        let ends = found.map_err(loading)?.unwrap_or_default();
        Ok(ends.into_iter().map(LotEnd::from).collect())
    }

    /// Every award decision, replaced and annulled ones included, ordered by lot, then by number.
    /// Public.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn award_decisions(
        &self,
        context: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<List<Award>, Error> {
        let id = self.stored.id;
        let page = (first, after, last, before);
        let listed = listed("Procurement.awardDecisions", &id, page)?;
        let found = request(context).loader.load_one(AwardsOf(id)).await;
        let awards = found.map_err(loading)?.unwrap_or_default();
        let total = Total::known(awards.len());
        let position = |award: &Award| (award.0.lot.clone(), award.0.number);
        let awards = awards.into_iter().map(Award).collect();
        let slice = listed.page.of_ordered(awards, position);
        Ok(listed.connection(slice, total, position))
    }

    /// Award decisions in force, one for each awarded lot, ordered by lot; at most 5,000. Public.
    async fn awards(&self, context: &Context<'_>) -> Result<Vec<Award>, Error> {
        let key = AwardsOf(self.stored.id);
        let found = request(context)
            .loader
            .load_one(key)
            .await
            .map_err(loading)?;
        let standing = found
            .unwrap_or_default()
            .into_iter()
            .filter(|award| award.is_standing());
        Ok(standing.map(Award).collect())
    }

    /// Suppliers that have publicly declared an interest in a joint bid, newest first. Public.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn joint_bid_interests(
        &self,
        context: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<List<JointBidInterest>, Error> {
        interests(context, self.stored.id, (first, after, last, before)).await
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
    #[graphql(complexity = "50 + cost(first, last, child_complexity)")]
    async fn pending_changes(
        &self,
        context: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Option<List<NoticeChange>>, Error> {
        if !self.takes_part(context) {
            return Ok(None);
        }
        let all = changes::pending(context, &self.stored).await?;
        let version = VersionId::Draft(self.stored.id);
        changes::page(&all, version, (first, after, last, before)).map(Some)
    }

    /// Joint buyers that the draft or the notice in force names, at most 100, with their answers.
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
