//! The types of receipts, openings and opened tenders.

use async_graphql::{Context, Error, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};

use super::{
    clarification::{Clarification, clarifications},
    document::TenderDocument,
    draft::own_offer,
    group::TenderingGroup,
    offer::{TenderOffer, TendererIdentifier},
    receipt::TenderReceipt,
};
use crate::{
    graphql::{
        context::backend,
        organisation::{Organisation, SelfDeclaration},
        scalars::Money,
    },
    kernel::ids::OwnTenderId,
    tender::{content, store},
};

/// A supplier's own tender.
pub struct OwnTender(pub store::OwnTender);

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

    /// Signed receipt, for your files: `torg verify-receipt` verifies it without this server. Null for
    /// tenders that an earlier version of Torg received.
    async fn receipt(&self, context: &Context<'_>) -> Option<TenderReceipt> {
        TenderReceipt::of(&self.0, backend(context).database.clock.now())
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

    /// Questions of the buyer about this tender, at most 100, oldest first.
    async fn clarifications(&self, context: &Context<'_>) -> Result<Vec<Clarification>, Error> {
        clarifications(context, self.0.id).await
    }

    /// Whether a later tender of the same organisation, alone or in the same group, replaces this one.
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
    /// Number of different persons of the buyer who must approve the opening: 1 or 2.
    required_openers: i32,
    /// Number of persons who have approved it.
    approvals: i32,
    /// Time of the last approval that is needed. Null while one is missing.
    confirmed_at: Option<DateTime<Utc>>,
    /// Time when the tenders were opened. Null until then, usually for less than a second.
    opened_at: Option<DateTime<Utc>>,
}

impl From<store::Opening> for Opening {
    fn from(opening: store::Opening) -> Self {
        Self {
            requested_at: opening.requested_at,
            required_openers: opening.openers,
            approvals: i32::try_from(opening.approvals).unwrap_or(i32::MAX),
            confirmed_at: opening.confirmed_at,
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

    /// Organisation that submitted the tender; of a group its lead.
    async fn supplier(&self, context: &Context<'_>) -> Result<Organisation, Error> {
        Organisation::load(context, self.0.organisation).await
    }

    /// Group that tenders, as it was at submission. Null for a tender of one organisation, and for a
    /// tender that could not be authenticated.
    async fn group(&self) -> Option<TenderingGroup> {
        let content = self.0.content.as_ref()?;
        content.group.clone().map(TenderingGroup)
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

    /// Documents of the tender, at most 50, in its order. Empty for a tender that could not be
    /// authenticated.
    async fn documents(&self, context: &Context<'_>) -> Result<Vec<TenderDocument>, Error> {
        let content = self.0.content.as_ref();
        let bound = content.map(|content| content.documents.as_slice());
        TenderDocument::load(context, self.0.id, bound.unwrap_or_default()).await
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

    /// Questions to the tenderer about this tender, at most 100, oldest first.
    async fn clarifications(&self, context: &Context<'_>) -> Result<Vec<Clarification>, Error> {
        clarifications(context, self.0.id).await
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
