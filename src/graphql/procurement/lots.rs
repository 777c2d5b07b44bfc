//! The type of lots and their connection.

use async_graphql::{
    Context, Error, ID, Object,
    connection::{Connection, EmptyFields},
};

use super::{
    codes::{LotStatus, ReservedParticipation},
    content::{cpv_codes, nuts_codes, rule},
    loaders::{LotCount, LotPage},
    words::{ReservationRule, all},
};
use crate::{
    graphql::{
        codes::ClassificationCode,
        connection::connection,
        context::request,
        errors::{loading, refused},
        scalars::{Date, Localized, ValueRange, non_empty},
    },
    kernel::{
        ids::{NoticeId, PartId, ProcurementId, VersionId},
        paging::{Page, Slice},
    },
    procurement::{content, store},
};

/// Connection of lots.
pub type LotConnection = Connection<String, Lot, LotTotal, EmptyFields>;

/// Loads a page of the lots of a published notice.
pub async fn of_notice(
    context: &Context<'_>,
    notice: NoticeId,
    page: &Page,
) -> Result<LotConnection, Error> {
    let after = position(page)?;
    let key = LotPage {
        notice,
        after,
        first: page.first,
    };
    let found = request(context)
        .loader
        .load_one(key)
        .await
        .map_err(loading)?;
    let found = found.as_deref();
    let placed = found.map(|slice| slice.items.clone()).unwrap_or_default();
    let more = found.is_some_and(|slice| slice.more);
    let total = LotTotal {
        notice: Some(notice),
        drafted: 0,
    };
    Ok(paged(VersionId::Notice(notice), placed, more, after, total))
}

/// Returns a page of the lots of a draft.
pub fn of_draft(
    procurement: ProcurementId,
    lots: &[content::Lot],
    page: &Page,
) -> Result<LotConnection, Error> {
    let after = position(page)?;
    let from = after.map_or(0, |position| position.max(0) as usize + 1);
    let placed = lots.iter().cloned().zip(0..).skip(from);
    let items = placed
        .take(page.first as usize + 1)
        .map(|(lot, position)| store::PlacedLot { position, lot })
        .collect();
    let slice = Slice::from_overfetch(items, page.first);
    let total = LotTotal {
        notice: None,
        drafted: lots.len(),
    };
    let version = VersionId::Draft(procurement);
    Ok(paged(version, slice.items, slice.more, after, total))
}

fn position(page: &Page) -> Result<Option<i32>, Error> {
    let after = page.after_number().map_err(refused)?;
    Ok(after.map(|number| i32::try_from(number).unwrap_or(i32::MAX)))
}

fn paged(
    version: VersionId,
    placed: Vec<store::PlacedLot>,
    more: bool,
    after: Option<i32>,
    total: LotTotal,
) -> LotConnection {
    let lot = |placed| Lot { version, placed };
    let items = placed.into_iter().map(lot).collect();
    connection(Slice { items, more }, after.is_some(), total, |lot| {
        lot.placed.position.to_string()
    })
}

/// Total number of lots of a notice or draft.
pub struct LotTotal {
    pub notice: Option<NoticeId>,
    pub drafted: usize,
}

/// Additional fields of the connection of lots.
#[Object]
impl LotTotal {
    /// Total number of lots.
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

/// A lot with its version and position.
pub struct Lot {
    pub version: VersionId,
    pub placed: store::PlacedLot,
}

impl Lot {
    /// Name of the type inside a global ID.
    pub const KIND: &'static str = "Lot";
}

/// A lot of one version of a procurement: a separately awardable part (BT-137).
#[Object]
impl Lot {
    /// Opaque global ID of the lot in this version, accepted by `node`. Each notice has its own;
    /// `lotId` is the same in all notices.
    pub(in crate::graphql) async fn id(&self) -> ID {
        let id = PartId::new(self.version, &self.placed.lot.id);
        id.to_global(Self::KIND).into()
    }

    /// Code of the lot within its procurement, such as `LOT-0001`, the same in all notices
    /// (BT-137). Questions, tenders, awards and inputs refer to it.
    async fn lot_id(&self) -> &str {
        &self.placed.lot.id
    }

    /// Title of the lot. Null when not stated.
    async fn title(&self) -> Option<Localized> {
        non_empty(&self.placed.lot.title)
    }

    /// Description of the goods, services or works to be bought in this lot. Null when not stated.
    async fn description(&self) -> Option<Localized> {
        non_empty(&self.placed.lot.description)
    }

    /// CPV 2008 codes, main code first.
    async fn cpv(&self) -> Vec<ClassificationCode> {
        cpv_codes(&self.placed.lot.cpv)
    }

    /// NUTS 2024 codes of the places of performance.
    async fn nuts(&self) -> Vec<ClassificationCode> {
        nuts_codes(&self.placed.lot.nuts)
    }

    /// Estimated value of the lot without VAT. Null when not stated.
    async fn value(&self) -> Option<ValueRange> {
        self.placed.lot.value.clone().map(ValueRange::from)
    }

    /// Options: what the buyer may order in addition (BT-54). Null when there are none.
    async fn options(&self) -> Option<Localized> {
        non_empty(&self.placed.lot.options)
    }

    /// Whether the lot suits small and medium-sized enterprises. Null when not stated.
    async fn suits_sme(&self) -> Option<bool> {
        self.placed.lot.suitability.sme
    }

    /// Whether the lot suits nonprofits and social enterprises (OCDS: VCSE). Null when not stated.
    async fn suits_vcse(&self) -> Option<bool> {
        self.placed.lot.suitability.vcse
    }

    /// Groups to which this lot is reserved, in addition to those of the whole procurement.
    async fn reserved_participation(&self) -> Vec<ReservedParticipation> {
        all(&self.placed.lot.reserved)
    }

    /// Rule that allows the lot's reservation. Null when the lot itself is not reserved.
    async fn reservation_rule(&self, context: &Context<'_>) -> Option<ReservationRule> {
        rule(context, self.placed.lot.reservation_rule.as_deref())
    }

    /// Expected start of the lot's contract. Null: as for the whole procurement.
    async fn contract_start(&self) -> Option<Date> {
        self.placed.lot.contract_start.map(Date)
    }

    /// Expected duration of the lot's contract in months. Null: as for the whole procurement.
    async fn contract_months(&self) -> Option<u32> {
        self.placed.lot.contract_months
    }

    /// Status of the lot as an imported notice states it: a lot can be cancelled or end without a
    /// winner while others go on. Null when not stated, and for lots of this marketplace.
    async fn status(&self) -> Option<LotStatus> {
        self.placed.lot.status.map(LotStatus::from)
    }
}
