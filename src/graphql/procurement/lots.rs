//! A procurement's lots as they are read.

use async_graphql::{
    Context, Error, ID, Object,
    connection::{Connection, EmptyFields},
};

use super::{
    codes::ReservedParticipation,
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
        ids::{NoticeId, ProcurementId, encode_global},
        paging::{Page, Slice},
    },
    procurement::{content, store},
};

/// A page of lots.
pub type LotConnection = Connection<String, Lot, LotTotal, EmptyFields>;

/// A page of a published notice's lots.
pub async fn of_notice(
    context: &Context<'_>,
    procurement: ProcurementId,
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
    Ok(paged(procurement, placed, more, after, total))
}

/// A page of a draft's lots.
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
    Ok(paged(procurement, slice.items, slice.more, after, total))
}

fn position(page: &Page) -> Result<Option<i32>, Error> {
    let after = page.after_number().map_err(refused)?;
    Ok(after.map(|number| i32::try_from(number).unwrap_or(i32::MAX)))
}

fn paged(
    procurement: ProcurementId,
    placed: Vec<store::PlacedLot>,
    more: bool,
    after: Option<i32>,
    total: LotTotal,
) -> LotConnection {
    let lot = |placed| Lot {
        procurement,
        placed,
    };
    let items = placed.into_iter().map(lot).collect();
    connection(Slice { items, more }, after.is_some(), total, |lot| {
        lot.placed.position.to_string()
    })
}

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

    /// What the buyer may order beside (BT-54); null when there is nothing.
    async fn options(&self) -> Option<Localized> {
        non_empty(&self.placed.lot.options)
    }

    /// Does it suit small and medium-sized enterprises? Null: the notice does not say.
    async fn suits_sme(&self) -> Option<bool> {
        self.placed.lot.suitability.sme
    }

    /// Does it suit nonprofits and social enterprises? Null: the notice does not say.
    async fn suits_vcse(&self) -> Option<bool> {
        self.placed.lot.suitability.vcse
    }

    /// To whom this lot is reserved, beside what the procurement as a whole reserves.
    async fn reserved_participation(&self) -> Vec<ReservedParticipation> {
        all(&self.placed.lot.reserved)
    }

    /// The rule that allows the reservation.
    async fn reservation_rule(&self, context: &Context<'_>) -> Option<ReservationRule> {
        rule(context, self.placed.lot.reservation_rule.as_deref())
    }

    /// When its contract is expected to start, where that differs from the whole's.
    async fn contract_start(&self) -> Option<Date> {
        self.placed.lot.contract_start.map(Date)
    }

    /// How many months its contract is expected to last, where that differs from the whole's.
    async fn contract_months(&self) -> Option<u32> {
        self.placed.lot.contract_months
    }
}
