//! A procurement's lots and notices as they are read.

use async_graphql::{ComplexObject, Context, Error, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};

use super::{
    types::{cpv_codes, nuts_codes},
    words::Phase,
};
use crate::{
    graphql::{
        context::request,
        errors::loading,
        loaders::LotCount,
        scalars::{ClassificationCode, Localized, ValueRange, non_empty},
    },
    kernel::ids::{NoticeId, ProcurementId, encode_global},
    procurement::store,
};

/// How many lots there are.
pub struct LotTotal {
    pub notice: Option<NoticeId>,
    pub drafted: usize,
}

/// What the connection of lots has beside its page.
#[Object]
impl LotTotal {
    /// How many lots there are in all.
    async fn total_count(&self, context: &Context<'_>) -> Result<i64, Error> {
        let Some(notice) = self.notice else {
            return Ok(self.drafted as i64);
        };
        let count = request(context)
            .loader
            .load_one(LotCount(notice))
            .await
            .map_err(loading)?;
        Ok(count.unwrap_or_default())
    }
}

/// A separately awardable part.
pub struct Lot {
    pub procurement: ProcurementId,
    pub placed: store::PlacedLot,
}

/// A separately awardable part of a procurement (BT-137).
#[Object]
impl Lot {
    /// Opaque and stable through all notices.
    async fn id(&self) -> ID {
        encode_global(
            "Lot",
            &format!("{}:{}", self.procurement.0.simple(), self.placed.lot.id),
        )
        .into()
    }

    /// The lot's ID within its procurement: `LOT-0001`. Questions and tenders name it.
    async fn lot_id(&self) -> &str {
        &self.placed.lot.id
    }

    /// What it is called.
    async fn title(&self) -> Option<Localized> {
        non_empty(&self.placed.lot.title)
    }

    /// What is to be bought.
    async fn description(&self) -> Option<Localized> {
        non_empty(&self.placed.lot.description)
    }

    /// What is bought, in CPV codes.
    async fn cpv(&self) -> Vec<ClassificationCode> {
        cpv_codes(&self.placed.lot.cpv)
    }

    /// Where, in NUTS codes.
    async fn nuts(&self) -> Vec<ClassificationCode> {
        nuts_codes(&self.placed.lot.nuts)
    }

    /// The estimated value; null when the notice does not say.
    async fn value(&self) -> Option<ValueRange> {
        self.placed.lot.value.clone().map(ValueRange::from)
    }
}

/// One immutable published version of a procurement (OCDS: release).
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Notice {
    /// 1, 2, 3, … without gaps.
    pub number: i32,
    /// The phase it published.
    phase: Phase,
    /// When it was published.
    published_at: DateTime<Utc>,
    #[graphql(skip)]
    id: NoticeId,
    #[graphql(skip)]
    notice: store::Notice,
}

impl From<store::Notice> for Notice {
    fn from(notice: store::Notice) -> Self {
        Self {
            number: notice.number,
            phase: notice.phase.into(),
            published_at: notice.published_at,
            id: notice.id,
            notice,
        }
    }
}

#[ComplexObject]
impl Notice {
    /// Opaque.
    async fn id(&self) -> ID {
        self.id.to_global().into()
    }

    /// What the procurement was called in this version.
    async fn title(&self) -> Option<Localized> {
        non_empty(&self.notice.content.title)
    }

    /// What was to be bought in this version.
    async fn description(&self) -> Option<Localized> {
        non_empty(&self.notice.content.description)
    }

    /// Until when tenders were received by this version.
    async fn tender_deadline(&self) -> Option<DateTime<Utc>> {
        self.notice.content.tender_deadline
    }

    /// Why the notice before was changed; null for the first.
    async fn reason(&self) -> Option<Localized> {
        self.notice.reason.as_ref().and_then(non_empty)
    }
}
