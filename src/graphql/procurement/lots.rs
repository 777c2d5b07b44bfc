//! The type of lots and their list.

use std::sync::Arc;

use async_graphql::{Context, Error, ID, Object};

use super::{
    codes::{LotStatus, ReservedParticipation},
    content::{cpv_codes, nuts_codes, rule},
    loaders::{LotCount, LotPage},
    words::{ReservationRule, all},
};
use crate::{
    graphql::{
        codes::ClassificationCode,
        connection::{List, Total, listed},
        context::request,
        errors::{loading, refused},
        scalars::{Date, Localized, ValueRange, of_notice as notice_text},
    },
    kernel::ids::{NoticeId, PartId, VersionId},
    procurement::{content, store},
};

/// Arguments of a list: `first`, `after`, `last`, `before`.
pub type Arguments = (Option<i32>, Option<String>, Option<i32>, Option<String>);

/// Name of the list in its cursors.
const LIST: &str = "lots";

/// Loads a page of the lots of a published notice.
pub async fn of_notice(
    context: &Context<'_>,
    notice: NoticeId,
    arguments: Arguments,
) -> Result<List<Lot>, Error> {
    let version = VersionId::Notice(notice);
    let listed = listed(LIST, &version.to_string(), arguments)?;
    let key = LotPage {
        notice,
        page: listed.page,
    };
    let found = request(context).loader.load_one(key).await;
    let placed = found.map_err(loading)?.unwrap_or_default();
    let lot = |placed: &store::PlacedLot| Lot {
        version,
        placed: placed.clone(),
    };
    let lots = placed.iter().map(lot).collect();
    let slice = listed.page.slice(lots);
    let total = Total::loaded(LotCount(notice));
    Ok(listed.connection(slice, total, |lot| lot.placed.position))
}

/// Returns a page of the lots of a procurement's draft; an empty one without a draft. A lot is found
/// again by its code, because the draft can change between two pages.
pub fn of_draft(
    procurement: &store::Procurement,
    arguments: Arguments,
) -> Result<List<Lot>, Error> {
    let draft = procurement.draft.as_ref();
    let lots = draft.map_or(&[][..], |draft| &draft.lots);
    let language = draft.map_or("", |draft| &draft.content.language);
    let version = VersionId::Draft(procurement.id);
    let listed = listed::<String>(LIST, &version.to_string(), arguments)?;
    let lot = |(lot, position): (&content::Lot, i32)| Lot {
        version,
        placed: store::PlacedLot {
            position,
            lot: Arc::new(lot.clone()),
            language: language.to_owned(),
        },
    };
    let all: Vec<Lot> = lots.iter().zip(0..).map(lot).collect();
    let total = Total::known(all.len());
    let code = |lot: &Lot| lot.placed.lot.id.clone();
    let slice = listed.page.of_list(all, code).map_err(refused)?;
    Ok(listed.connection(slice, total, code))
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
        notice_text(&self.placed.lot.title, &self.placed.language)
    }

    /// Description of the goods, services or works to be bought in this lot. Null when not stated.
    async fn description(&self) -> Option<Localized> {
        notice_text(&self.placed.lot.description, &self.placed.language)
    }

    /// CPV 2008 codes, main code first, at most 100.
    async fn cpv(&self) -> Vec<ClassificationCode> {
        cpv_codes(&self.placed.lot.cpv)
    }

    /// NUTS 2024 codes of the places of performance, at most 100.
    async fn nuts(&self) -> Vec<ClassificationCode> {
        nuts_codes(&self.placed.lot.nuts)
    }

    /// Estimated value of the lot without VAT. Null when not stated.
    async fn value(&self) -> Option<ValueRange> {
        self.placed.lot.value.clone().map(ValueRange::from)
    }

    /// Options: what the buyer may order in addition (BT-54). Null when there are none.
    async fn options(&self) -> Option<Localized> {
        notice_text(&self.placed.lot.options, &self.placed.language)
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
