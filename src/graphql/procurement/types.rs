//! Procurements as they are read.

use std::sync::Arc;

use async_graphql::{
    Context, Error, ID, Object,
    connection::{Connection, EmptyFields},
};
use chrono::{DateTime, NaiveDate, Utc};

use super::{
    parts::{Lot, LotTotal, Notice},
    words::{
        Category, ContactPoint, DocumentLink, PastAward, Phase, Procedure, ReservedParticipation,
    },
};
use crate::{
    auth::policy::{self, BuyerAction},
    graphql::{
        connection::connection,
        context::{backend, request},
        dialogue::Dialogue,
        errors::{database, loading, refused},
        loaders::{AwardsOf, DialoguesOf, Follows, LotPage, OpenedOf, OpeningOf, OwnTendersOf},
        organisation::Organisation,
        scalars::{ClassificationCode, CodeScheme, Localized, Money, ValueRange, non_empty},
        tender::{Award, Opening, OwnTender, Tender},
    },
    kernel::{
        codes::{cpv, nuts},
        ids::ProcurementId,
        paging::{Page, Slice},
    },
    procurement::{
        self,
        content::{self, Content},
        store,
    },
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

    /// What is shown: the notice in force; for a draft that was never published, the draft.
    fn content(&self) -> Option<&Content> {
        match (&self.stored.notice, &self.stored.draft) {
            (Some(notice), _) => Some(&notice.content),
            (None, Some(draft)) => Some(&draft.content),
            (None, None) => None,
        }
    }

    fn read<T>(&self, read: impl FnOnce(&Content) -> Option<T>) -> Option<T> {
        self.content().and_then(read)
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

    /// Counts the changes; `updateProcurement` and `publishNotice` take the one you saw.
    async fn revision(&self) -> i32 {
        self.stored.revision
    }

    /// When anything of it last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.stored.updated_at
    }

    /// Who buys.
    async fn buyer(&self, context: &Context<'_>) -> Result<Organisation, Error> {
        match &self.buyer {
            Some(buyer) => Ok(buyer.clone()),
            None => Organisation::load(context, self.stored.buyer).await,
        }
    }

    /// What it is called. Null only for an imported notice without a title.
    async fn title(&self) -> Option<Localized> {
        self.read(|content| non_empty(&content.title))
    }

    /// What is to be bought.
    async fn description(&self) -> Option<Localized> {
        self.read(|content| non_empty(&content.description))
    }

    /// The same in a few plain sentences; null when the buyer wrote none.
    async fn summary(&self) -> Option<Localized> {
        self.read(|content| non_empty(&content.summary))
    }

    /// The notice's main language (ISO 639-1).
    async fn language(&self) -> Option<&str> {
        self.content().map(|content| content.language.as_str())
    }

    /// What is bought (BT-23); null when the notice does not say.
    async fn category(&self) -> Option<Category> {
        self.read(|content| content.category).map(Category::from)
    }

    /// How it is bought (BT-105); null when the notice does not say.
    async fn procedure(&self) -> Option<Procedure> {
        self.read(|content| content.procedure).map(Procedure::from)
    }

    /// What is bought, in CPV codes, the main one first.
    async fn cpv(&self) -> Vec<ClassificationCode> {
        self.content()
            .map(|content| cpv_codes(&content.cpv))
            .unwrap_or_default()
    }

    /// Where it is performed, in NUTS codes.
    async fn nuts(&self) -> Vec<ClassificationCode> {
        self.content()
            .map(|content| nuts_codes(&content.nuts))
            .unwrap_or_default()
    }

    /// The estimated value; null when the notice does not say.
    async fn value(&self) -> Option<ValueRange> {
        self.read(|content| content.value.clone())
            .map(ValueRange::from)
    }

    /// Does it suit small and medium-sized enterprises? Null: the notice does not say.
    async fn suits_sme(&self) -> Option<bool> {
        self.read(|content| content.suitability.sme)
    }

    /// Does it suit nonprofits and social enterprises (OCDS: VCSE)? Null: the notice does not say.
    async fn suits_vcse(&self) -> Option<bool> {
        self.read(|content| content.suitability.vcse)
    }

    /// To whom participation is reserved; empty: to nobody.
    async fn reserved_participation(&self) -> Vec<ReservedParticipation> {
        let reserved = self.content().map(|content| content.reserved.clone());
        reserved
            .unwrap_or_default()
            .into_iter()
            .map(ReservedParticipation::from)
            .collect()
    }

    /// Are joint bids welcome? Null: the notice does not say.
    async fn joint_bids_welcome(&self) -> Option<bool> {
        self.read(|content| content.joint_bids)
    }

    /// Until when tenders are received; at this very moment it is too late. Null before tendering is announced.
    async fn tender_deadline(&self) -> Option<DateTime<Utc>> {
        self.read(|content| content.tender_deadline)
    }

    /// When tendering is expected to begin.
    async fn expected_tendering(&self) -> Option<NaiveDate> {
        self.read(|content| content.expected_tendering)
    }

    /// When the contract is expected to start.
    async fn contract_start(&self) -> Option<NaiveDate> {
        self.read(|content| content.contract_start)
    }

    /// Whom to write to; null when the notice does not say.
    async fn contact(&self) -> Option<ContactPoint> {
        self.read(|content| content.contact.clone())
            .map(|contact| ContactPoint {
                name: contact.name,
                email: contact.email,
            })
    }

    /// Documents published elsewhere.
    async fn documents(&self) -> Vec<DocumentLink> {
        let documents = self.content().map(|content| content.documents.clone());
        let link = |link: content::DocumentLink| DocumentLink {
            title: link.title,
            document_type: link.document_type,
            url: link.url,
        };
        documents
            .unwrap_or_default()
            .into_iter()
            .map(link)
            .collect()
    }

    /// Contracts awarded before the notice reached Torg (imported notices). For awards made here, see `awards`.
    async fn past_awards(&self) -> Vec<PastAward> {
        let awards = self.content().map(|content| content.past_awards.clone());
        let award = |award: content::PastAward| PastAward {
            suppliers: award.suppliers,
            value: award.value.map(Money::from),
            date: award.date,
        };
        awards.unwrap_or_default().into_iter().map(award).collect()
    }

    /// The separately awardable parts, in order.
    #[graphql(complexity = "10 + first.max(0) as usize * child_complexity")]
    async fn lots(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "1 to 100.", default = 20)] first: i32,
        #[graphql(desc = "`pageInfo.endCursor` of the page before.")] after: Option<String>,
    ) -> Result<Connection<String, Lot, LotTotal, EmptyFields>, Error> {
        let page = Page::new(first, after.as_deref()).map_err(refused)?;
        let after = page
            .after_number()
            .map_err(refused)?
            .map(|n| i32::try_from(n).unwrap_or(i32::MAX));
        let slice = match (&self.stored.notice, &self.stored.draft) {
            (Some(notice), _) => {
                let key = LotPage {
                    notice: notice.id,
                    after,
                    first: page.first,
                };
                let found = request(context)
                    .loader
                    .load_one(key)
                    .await
                    .map_err(loading)?;
                let lots = found.as_deref();
                Slice {
                    items: lots.map(|s| s.items.clone()).unwrap_or_default(),
                    more: lots.is_some_and(|s| s.more),
                }
            }
            (None, Some(draft)) => drafted(&draft.lots, after, page.first),
            (None, None) => Slice {
                items: Vec::new(),
                more: false,
            },
        };
        let procurement = self.stored.id;
        let items = slice
            .items
            .into_iter()
            .map(|placed| Lot {
                procurement,
                placed,
            })
            .collect();
        let total = LotTotal {
            notice: self.stored.notice.as_ref().map(|notice| notice.id),
            drafted: self
                .stored
                .draft
                .as_ref()
                .map_or(0, |draft| draft.lots.len()),
        };
        let slice = Slice {
            items,
            more: slice.more,
        };
        Ok(connection(slice, after.is_some(), total, |lot| {
            lot.placed.position.to_string()
        }))
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
        let items = found.into_iter().map(Notice::from).collect();
        let slice = Slice::from_overfetch(items, page.first);
        Ok(connection(
            slice,
            after > 0,
            EmptyFields,
            |notice: &Notice| notice.number.to_string(),
        ))
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

    /// Does the reader follow it? Null without a token.
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

    /// The opened tenders, in order of arrival: for the buyer's openers, publishers and editors, once opened.
    /// Null for everyone else; empty while sealed.
    async fn tenders(&self, context: &Context<'_>) -> Result<Option<Vec<Tender>>, Error> {
        let request = request(context);
        if policy::buyer(&request.actor, self.stored.buyer, BuyerAction::ReadTenders).is_err() {
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

    /// Is there a draft that has not been published? Null for all but the buyer's members.
    async fn has_draft(&self, context: &Context<'_>) -> Option<bool> {
        let own = request(context).actor.acts_for(self.stored.buyer);
        own.then_some(self.stored.draft.is_some())
    }
}

fn drafted(lots: &[content::Lot], after: Option<i32>, first: i64) -> Slice<store::PlacedLot> {
    let from = after.map_or(0, |position| position.max(0) as usize + 1);
    let placed = lots
        .iter()
        .cloned()
        .zip(0..)
        .skip(from)
        .take(first as usize + 1);
    let items = placed
        .map(|(lot, position)| store::PlacedLot { position, lot })
        .collect();
    Slice::from_overfetch(items, first)
}

pub fn cpv_codes(codes: &[String]) -> Vec<ClassificationCode> {
    let code = |code: &String| ClassificationCode {
        scheme: CodeScheme::Cpv,
        known: cpv::find(code),
        given: code.clone(),
    };
    codes.iter().map(code).collect()
}

pub fn nuts_codes(codes: &[String]) -> Vec<ClassificationCode> {
    let code = |code: &String| ClassificationCode {
        scheme: CodeScheme::Nuts,
        known: nuts::find(code),
        given: code.clone(),
    };
    codes.iter().map(code).collect()
}
