//! The types of receipts, openings and opened tenders.

use async_graphql::{Context, Error, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};

use crate::{
    graphql::{organisation::Organisation, scalars::Money},
    kernel::ids::OwnTenderId,
    tender::store,
};

/// A supplier's own tender.
pub struct OwnTender(pub store::Receipt);

/// Receipt for a tender, as its supplier sees it. The content is sealed, for the supplier as well.
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

    /// Whether a later tender of the same organisation replaces this one.
    async fn replaced(&self) -> bool {
        self.0.replaced
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
    /// Opaque global ID; an input of `decideAward`.
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
        content.map(|content| content.text.as_str())
    }
}
