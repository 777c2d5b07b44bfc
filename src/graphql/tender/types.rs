//! Receipts, openings, opened tenders and awards as they are read.

use async_graphql::{Context, Error, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};

use crate::{
    graphql::{
        organisation::Organisation,
        scalars::{Localized, Money},
    },
    tender::store,
};

/// A supplier's own tender.
pub struct OwnTender(pub store::Receipt);

/// What a supplier sees of its own tender: the receipt. What it offers is sealed, for its sender too.
#[Object]
impl OwnTender {
    /// Opaque; `withdrawTender` takes it.
    async fn id(&self) -> ID {
        self.0.id.to_global().into()
    }

    /// SHA-256 of the sealed tender, in hexadecimal digits: the proof of what was received.
    async fn sha256(&self) -> String {
        hexadecimal(&self.0.sha256)
    }

    /// When it was received, by the database's clock.
    async fn submitted_at(&self) -> DateTime<Utc> {
        self.0.submitted_at
    }

    /// When it was withdrawn; null while it stands.
    async fn withdrawn_at(&self) -> Option<DateTime<Utc>> {
        self.0.withdrawn_at
    }

    /// The number of the notice it answers to (`Notice.number`): the one in force when it was received.
    async fn notice_number(&self) -> i32 {
        self.0.notice_number
    }

    /// Was a notice published after this tender was received? Read its `changes`; until the deadline the tender may be
    /// replaced.
    async fn amended_since(&self) -> bool {
        self.0.notice_number < self.0.notice_in_force
    }

    /// Did a later tender of the same organisation take its place?
    async fn replaced(&self) -> bool {
        self.0.replaced
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The opening of a procurement's tenders.
#[derive(SimpleObject)]
pub struct Opening {
    /// When an opener of the buyer asked for it.
    requested_at: DateTime<Utc>,
    /// When it was done; null for the moment in between.
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

/// An opened tender.
pub struct Tender(pub store::OpenedTender);

/// An opened tender.
#[Object]
impl Tender {
    /// Opaque; `awardProcurement` takes it.
    async fn id(&self) -> ID {
        self.0.id.to_global().into()
    }

    /// Its place in the order of arrival.
    async fn number(&self) -> i32 {
        self.0.number
    }

    /// Who offers.
    async fn supplier(&self, context: &Context<'_>) -> Result<Organisation, Error> {
        Organisation::load(context, self.0.organisation).await
    }

    /// When it was received, by the database's clock.
    async fn submitted_at(&self) -> DateTime<Utc> {
        self.0.submitted_at
    }

    /// SHA-256 of the sealed tender, in hexadecimal digits, as on the supplier's receipt.
    async fn sha256(&self) -> String {
        hexadecimal(&self.0.sha256)
    }

    /// Why it could not be authenticated; null for a sound tender. Then there is no content.
    async fn failure(&self) -> Option<&str> {
        self.0.failure.as_deref()
    }

    /// The lots it is for (`Lot.lotId`).
    async fn lot_ids(&self) -> Vec<String> {
        let content = self.0.content.as_ref();
        content
            .map(|content| content.lots.clone())
            .unwrap_or_default()
    }

    /// The price for all of them.
    async fn price(&self) -> Option<Money> {
        let content = self.0.content.as_ref();
        content.map(|content| content.price.clone().into())
    }

    /// The offer in words.
    async fn text(&self) -> Option<&str> {
        let content = self.0.content.as_ref();
        content.map(|content| content.text.as_str())
    }
}

/// The decision on one lot.
pub struct Award(pub store::Award);

/// The decision on one lot. Public.
#[Object]
impl Award {
    /// Opaque.
    async fn id(&self) -> ID {
        self.0.id.to_global().into()
    }

    /// Which lot (`Lot.lotId`).
    async fn lot_id(&self) -> &str {
        &self.0.lot
    }

    /// Who won.
    async fn supplier(&self, context: &Context<'_>) -> Result<Organisation, Error> {
        Organisation::load(context, self.0.winner).await
    }

    /// The winning tender's price, for all lots that it offered.
    async fn price(&self) -> Money {
        self.0.content.price.clone().into()
    }

    /// Why this tender won.
    async fn reason(&self) -> Localized {
        Localized(self.0.reason.clone())
    }

    /// When it was decided.
    async fn awarded_at(&self) -> DateTime<Utc> {
        self.0.awarded_at
    }
}
