//! Procurements as they are read.

use std::sync::Arc;

use async_graphql::{
    Context, Error, ID, Object,
    connection::{Connection, EmptyFields},
};
use chrono::{DateTime, Utc};

use super::{
    changes::{NoticeChange, pending_changes},
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

/// One buyer's process, from idea to follow-up.
#[derive(Clone)]
pub struct Procurement {
    /// As the database has it.
    pub stored: Arc<store::Procurement>,
    /// Its buyer, where that was loaded with it.
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
    /// The procurement with this ID, if the reader may see it.
    pub async fn load(context: &Context<'_>, id: ProcurementId) -> Result<Option<Self>, Error> {
        let request = request(context);
        let found = request.loader.load_one(id).await.map_err(loading)?;
        Ok(found
            .filter(|found| procurement::read::may_see(&request.actor, found))
            .map(Self::from))
    }

    /// Is the reader one of those who write it, or read along?
    fn takes_part(&self, context: &Context<'_>) -> bool {
        procurement::read::takes_part(&request(context).actor, &self.stored)
    }
}

/// One buyer's process, from idea to follow-up (OCDS: contracting process). What is published is public.
/// The fields show the notice in force; for a procurement that was never published, its draft.
#[Object]
impl Procurement {
    /// Opaque, for `node` and `procurement`.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.stored.id.to_global().into()
    }

    /// The open contracting ID, the same in all open data.
    async fn ocid(&self) -> &str {
        &self.stored.ocid
    }

    /// Where it stands now; what follows from the clock is computed from the clock.
    async fn phase(&self, context: &Context<'_>) -> Phase {
        self.stored
            .phase(backend(context).database.clock.now())
            .into()
    }

    /// Counts the changes, drafts' too; `updateProcurement` and `publishNotice` take the one you saw.
    async fn revision(&self, context: &Context<'_>) -> Option<i32> {
        self.takes_part(context).then_some(self.stored.revision)
    }

    /// When anything of it last changed that the reader may see.
    async fn updated_at(&self, context: &Context<'_>) -> DateTime<Utc> {
        // That a draft is being written shows to nobody else.
        match &self.stored.notice {
            Some(notice) if self.stored.draft.is_some() && !self.takes_part(context) => {
                notice.published_at
            }
            _ => self.stored.updated_at,
        }
    }

    /// Who buys.
    async fn buyer(&self, context: &Context<'_>) -> Result<Organisation, Error> {
        match &self.buyer {
            Some(buyer) => Ok(buyer.clone()),
            None => Organisation::load(context, self.stored.buyer).await,
        }
    }

    /// The notice in force; for a procurement that was never published, its draft.
    #[graphql(flatten)]
    async fn content(&self) -> ProcurementContent {
        let content = match (&self.stored.notice, &self.stored.draft) {
            (Some(notice), _) => notice.content.clone(),
            (None, Some(draft)) => Arc::new(draft.content.clone()),
            (None, None) => Arc::default(),
        };
        ProcurementContent(content, self.stored.id)
    }

    /// The separately awardable parts, in order.
    #[graphql(complexity = "10 + first.max(0) as usize * child_complexity")]
    async fn lots(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "1 to 100.", default = 20)] first: i32,
        #[graphql(desc = "`pageInfo.endCursor` of the page before.")] after: Option<String>,
    ) -> Result<LotConnection, Error> {
        let page = Page::new(first, after.as_deref()).map_err(refused)?;
        match (&self.stored.notice, &self.stored.draft) {
            (Some(notice), _) => lots::of_notice(context, self.stored.id, notice.id, &page).await,
            (None, draft) => {
                let drafted = draft.as_ref().map_or(&[][..], |draft| &draft.lots);
                lots::of_draft(self.stored.id, drafted, &page)
            }
        }
    }

    /// All published versions, oldest first; the last is in force.
    #[graphql(complexity = "10 + first.max(0) as usize * child_complexity")]
    async fn notices(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "1 to 100.", default = 20)] first: i32,
        #[graphql(desc = "`pageInfo.endCursor` of the page before.")] after: Option<String>,
    ) -> Result<Connection<String, Notice, EmptyFields, EmptyFields>, Error> {
        let page = Page::new(first, after.as_deref()).map_err(refused)?;
        let after = page.after_number().map_err(refused)?.unwrap_or(0);
        let after = i32::try_from(after).unwrap_or(i32::MAX);
        let pool = &backend(context).database.pool;
        let found = store::notices(pool, self.stored.id, after, page.first + 1)
            .await
            .map_err(database)?;
        let notice = |notice| Notice::new(self.stored.id, notice);
        let items = found.into_iter().map(notice).collect();
        let slice = Slice::from_overfetch(items, page.first);
        Ok(connection(
            slice,
            after > 0,
            EmptyFields,
            |notice: &Notice| notice.number.to_string(),
        ))
    }

    /// Is it a nonprofit partnership (a dialogue of that kind was opened)? Such a procurement never becomes a tender.
    async fn partnership(&self) -> bool {
        self.stored.partnership
    }

    /// What happened to it, the latest first: notices, rounds of dialogue with their extensions and ends, the opening of
    /// tenders, awards, its own end. Public. A round is told of here when it has opened.
    #[graphql(complexity = "10 + first.max(0) as usize * child_complexity")]
    async fn timeline(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "1 to 100.", default = 20)] first: i32,
        #[graphql(desc = "`pageInfo.endCursor` of the page before.")] after: Option<String>,
    ) -> Result<Timeline, Error> {
        dialogue::timeline(context, self.stored.id, first, after.as_deref()).await
    }

    /// What happened in its dialogue, the earliest first: what `dialogueChanged` delivers, for those who were away. Public.
    #[graphql(complexity = "10 + first.max(0) as usize * child_complexity")]
    async fn dialogue_events(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "1 to 100.", default = 20)] first: i32,
        #[graphql(
            desc = "`pageInfo.endCursor` of the page before; or `cursor` of a DialogueChange, to read what happened since."
        )]
        after: Option<String>,
    ) -> Result<DialogueEvents, Error> {
        dialogue::events(context, self.stored.id, first, after.as_deref()).await
    }

    /// The rounds of early dialogue, in order. Public.
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

    /// What everyone must be able to read before tenders are compared, and cannot yet: all that any supplier
    /// contributed to its rounds of dialogue, or that the buyer said to one (Directive 2014/24/EU art. 41; Swedish law:
    /// LOU 4 kap. 8 §). By round, then by time. It names no supplier, and does not depend on who tenders, which is
    /// sealed. Empty once all is shared. Those whom it is for are reminded of it each day of tendering (notification
    /// MUST_SHARE) and when `publishNotice` begins tendering.
    #[graphql(complexity = "10 + first.max(0) as usize * child_complexity")]
    async fn must_share(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "1 to 1,000.", default = 100)] first: i32,
        #[graphql(desc = "How many to pass over.", default = 0)] skip: i32,
    ) -> Result<Option<Vec<MustShareItem>>, Error> {
        dialogue::must_share(context, &self.stored, first, skip).await
    }

    /// How many things `mustShare` lists in all.
    async fn must_share_count(&self, context: &Context<'_>) -> Result<Option<usize>, Error> {
        dialogue::must_share_count(context, &self.stored).await
    }

    /// Does the reader follow it?
    async fn followed(&self, context: &Context<'_>) -> Result<Option<bool>, Error> {
        let request = request(context);
        let Some(person) = request.actor.person() else {
            return Ok(None);
        };
        let key = Follows(person.id, self.stored.id);
        let found = request.loader.load_one(key).await.map_err(loading)?;
        Ok(Some(found.is_some()))
    }

    /// The tenders of the organisation the reader acts for, replaced and withdrawn ones too. What they say stays sealed.
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

    /// How and why it ended; null while it goes on, and for what ended elsewhere (imported notices). Public.
    async fn end(&self, context: &Context<'_>) -> Result<Option<ProcurementEnd>, Error> {
        let key = EndOf(self.stored.id);
        let found = request(context)
            .loader
            .load_one(key)
            .await
            .map_err(loading)?;
        Ok(found.map(ProcurementEnd::from))
    }

    /// The opening of the tenders; null until it is requested. Public.
    async fn opening(&self, context: &Context<'_>) -> Result<Option<Opening>, Error> {
        let key = OpeningOf(self.stored.id);
        let found = request(context)
            .loader
            .load_one(key)
            .await
            .map_err(loading)?;
        Ok(found.map(Opening::from))
    }

    /// The opened tenders, in order of arrival; empty while they are sealed.
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

    /// Who won what, by lot. Public.
    async fn awards(&self, context: &Context<'_>) -> Result<Vec<Award>, Error> {
        let key = AwardsOf(self.stored.id);
        let found = request(context)
            .loader
            .load_one(key)
            .await
            .map_err(loading)?;
        Ok(found.unwrap_or_default().into_iter().map(Award).collect())
    }

    /// Suppliers that would bid with others, newest first. Each is here by its own choice. Public.
    #[graphql(complexity = "10 + first.max(0) as usize * child_complexity")]
    async fn joint_bid_interests(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "1 to 100.", default = 20)] first: i32,
        #[graphql(desc = "`pageInfo.endCursor` of the page before.")] after: Option<String>,
    ) -> Result<Connection<String, JointBidInterest, EmptyFields, EmptyFields>, Error> {
        interests(context, self.stored.id, first, after).await
    }

    /// Is there a draft that has not been published?
    async fn has_draft(&self, context: &Context<'_>) -> Option<bool> {
        self.takes_part(context)
            .then_some(self.stored.draft.is_some())
    }

    /// What is being written and not published. Null when there is nothing.
    async fn draft(&self, context: &Context<'_>) -> Option<ProcurementDraft> {
        let written = self.takes_part(context) && self.stored.draft.is_some();
        written.then(|| ProcurementDraft(self.stored.clone()))
    }

    /// What publishing the draft would change of the notice in force, in the order of the fields' names. Empty without
    /// a draft, and before the first notice.
    #[graphql(complexity = "50 + child_complexity")]
    async fn pending_changes(
        &self,
        context: &Context<'_>,
    ) -> Result<Option<Vec<NoticeChange>>, Error> {
        if !self.takes_part(context) {
            return Ok(None);
        }
        pending_changes(context, &self.stored).await.map(Some)
    }

    /// What the joint buyers answered that the draft or the notice in force names.
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

/// A version that is being written.
pub struct ProcurementDraft(Arc<store::Procurement>);

/// A version of a procurement that is being written.
#[Object]
impl ProcurementDraft {
    /// What it says.
    #[graphql(flatten)]
    async fn content(&self) -> ProcurementContent {
        let drafted = self.0.draft.as_ref().map(|draft| draft.content.clone());
        ProcurementContent(Arc::new(drafted.unwrap_or_default()), self.0.id)
    }

    /// The separately awardable parts, in order.
    #[graphql(complexity = "10 + first.max(0) as usize * child_complexity")]
    async fn lots(
        &self,
        #[graphql(desc = "1 to 100.", default = 20)] first: i32,
        #[graphql(desc = "`pageInfo.endCursor` of the page before.")] after: Option<String>,
    ) -> Result<LotConnection, Error> {
        let page = Page::new(first, after.as_deref()).map_err(refused)?;
        let drafted = self.0.draft.as_ref().map_or(&[][..], |draft| &draft.lots);
        lots::of_draft(self.0.id, drafted, &page)
    }
}
