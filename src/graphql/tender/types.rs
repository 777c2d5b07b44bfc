//! The types of receipts, openings, opened tenders and awards.

use async_graphql::{Context, Error, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};

use super::{
    draft::own_offer,
    offer::{TenderOffer, TendererIdentifier},
};
use crate::{
    graphql::{
        organisation::{Organisation, SelfDeclaration},
        scalars::{Localized, Money},
    },
    kernel::ids::OwnTenderId,
    tender::{content, store},
};

/// A supplier's own tender.
pub struct OwnTender(pub store::Receipt);

/// Receipt for a tender, as its supplier sees it. The tender itself is sealed, for the supplier as
/// well; `offer` is the supplier's own copy.
#[Object]
impl OwnTender {
    /// Opaque global ID; an input of `withdrawTender`. Once opened, buyers see the tender under
    /// another ID, as `Tender`.
    pub(in crate::graphql) async fn id(&self) -> ID {
        OwnTenderId(self.0.id.0).to_global().into()
    }

    /// SHA-256 of the sealed tender, as 64 hexadecimal digits; it proves what was received.
    async fn sha256(&self) -> String {
        hexadecimal(&self.0.sha256)
    }

    /// Time of receipt, by the database's clock.
    async fn submitted_at(&self) -> DateTime<Utc> {
        self.0.submitted_at
    }

    /// Time of withdrawal. Null unless the tender was withdrawn.
    async fn withdrawn_at(&self) -> Option<DateTime<Utc>> {
        self.0.withdrawn_at
    }

    /// Number of the notice in force when the tender was received (`Notice.number`).
    async fn notice_number(&self) -> i32 {
        self.0.notice_number
    }

    /// Whether a notice was published after the tender was received. If so, read the notice's
    /// `changes`; until the deadline the tender may be replaced.
    async fn amended_since(&self) -> bool {
        self.0.notice_number < self.0.notice_in_force
    }

    /// Whether a later tender of the same organisation for the same lots replaces this one.
    async fn replaced(&self) -> bool {
        self.0.replaced
    }

    /// What was offered: a copy for the supplier's members with a role that may write tenders,
    /// stored encrypted. Null for tenders that were submitted before copies were kept.
    async fn offer(&self, context: &Context<'_>) -> Result<Option<TenderOffer>, Error> {
        own_offer(context, self.0.id).await
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Opening of a procurement's tenders.
#[derive(SimpleObject)]
pub struct Opening {
    /// Time when an opener of the buyer requested the opening.
    requested_at: DateTime<Utc>,
    /// Time when the tenders were opened. Null until then, usually for less than a second.
    opened_at: Option<DateTime<Utc>>,
}

impl From<store::Opening> for Opening {
    fn from(opening: store::Opening) -> Self {
        Self {
            requested_at: opening.requested_at,
            opened_at: opening.opened_at,
        }
    }
}

/// A tender after its opening.
pub struct Tender(pub store::OpenedTender);

/// Tender after its opening.
#[Object]
impl Tender {
    /// Opaque global ID; an input of `awardProcurement`.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.to_global().into()
    }

    /// Number of the tender in the order of receipt, beginning with 1. Numbers of replaced and
    /// withdrawn tenders are missing.
    async fn number(&self) -> i32 {
        self.0.number
    }

    /// Organisation that submitted the tender.
    async fn supplier(&self, context: &Context<'_>) -> Result<Organisation, Error> {
        Organisation::load(context, self.0.organisation).await
    }

    /// Time of receipt, by the database's clock.
    async fn submitted_at(&self) -> DateTime<Utc> {
        self.0.submitted_at
    }

    /// SHA-256 of the sealed tender, as 64 hexadecimal digits; equal to the one on the supplier's
    /// receipt.
    async fn sha256(&self) -> String {
        hexadecimal(&self.0.sha256)
    }

    /// Reason why the tender could not be authenticated; such a tender has no content. Null for a
    /// valid tender.
    async fn failure(&self) -> Option<&str> {
        self.0.failure.as_deref()
    }

    /// IDs of the lots that the tender offers (`Lot.lotId`).
    async fn lot_ids(&self) -> Vec<String> {
        let content = self.0.content.as_ref();
        content
            .map(|content| content.lots.clone())
            .unwrap_or_default()
    }

    /// Price for all offered lots together, without VAT. Null for a tender that could not be
    /// authenticated.
    async fn price(&self) -> Option<Money> {
        let content = self.0.content.as_ref();
        content.map(|content| content.price.clone().into())
    }

    /// Text of the offer. Null for a tender that could not be authenticated.
    async fn text(&self) -> Option<&str> {
        let content = self.0.content.as_ref();
        content.map(|content| content.offer.text.as_str())
    }

    /// The offer: prices of the lots, answers, subcontractors, validity. Null for a tender that could
    /// not be authenticated.
    async fn offer(&self) -> Option<TenderOffer> {
        let content = self.0.content.as_ref();
        content.map(|content| TenderOffer(content.offer.clone()))
    }

    /// Name of the supplier when it submitted the tender, whatever its name is now. Null for a tender
    /// that could not be authenticated, and for those submitted before names were recorded.
    async fn supplier_name(&self) -> Option<&str> {
        let tenderer = self.tenderer();
        tenderer.map(|tenderer| tenderer.name.as_str())
    }

    /// Registration numbers of the supplier when it submitted the tender, at most 10.
    async fn supplier_identifiers(&self) -> Vec<TendererIdentifier> {
        let identifiers = self.tenderer().map(|tenderer| tenderer.identifiers.iter());
        identifiers.into_iter().flatten().map(Into::into).collect()
    }

    /// Self-declaration of the supplier when it submitted the tender. Null if the tender does not
    /// refer to one.
    async fn self_declaration(&self) -> Option<SelfDeclaration> {
        let declaration = self.0.content.as_ref()?.declaration.clone();
        declaration.map(SelfDeclaration)
    }
}

impl Tender {
    /// Returns the supplier as it was named at submission.
    fn tenderer(&self) -> Option<&content::Tenderer> {
        self.0.content.as_ref()?.tenderer.as_ref()
    }
}

/// An award decision.
pub struct Award(pub store::Award);

/// Award decision on one lot. Public.
#[Object]
impl Award {
    /// Opaque global ID.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.to_global().into()
    }

    /// ID of the awarded lot (`Lot.lotId`).
    async fn lot_id(&self) -> &str {
        &self.0.lot
    }

    /// Supplier that won the lot.
    async fn supplier(&self, context: &Context<'_>) -> Result<Organisation, Error> {
        Organisation::load(context, self.0.winner).await
    }

    /// Name of the supplier when it submitted the tender, whatever its name is now. Null for tenders
    /// submitted before names were recorded.
    async fn supplier_name(&self) -> Option<&str> {
        let tenderer = self.0.content.tenderer.as_ref();
        tenderer.map(|tenderer| tenderer.name.as_str())
    }

    /// Price of the winning tender for the awarded lot, without VAT. Null for a tender for several
    /// lots that was submitted before prices of single lots were recorded.
    async fn lot_price(&self) -> Option<Money> {
        self.0.content.price_of(&self.0.lot).map(Money::from)
    }

    /// Price of the winning tender for all lots that it offers, without VAT.
    async fn price(&self) -> Money {
        self.0.content.price.clone().into()
    }

    /// Buyer's reason for choosing this tender (Directive 2014/24/EU art. 55(2)).
    async fn reason(&self) -> Localized {
        Localized::from(self.0.reason.clone())
    }

    /// Time of the decision.
    async fn awarded_at(&self) -> DateTime<Utc> {
        self.0.awarded_at
    }
}
