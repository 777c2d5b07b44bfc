//! The types of award decisions and their contracts.

use async_graphql::{Context, Enum, Error, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{
    complaint::Complaint,
    group::TenderingGroup,
    loaders::{ComplaintsOf, OpenedOf, ReasonsOf},
};
use crate::{
    graphql::{
        connection::{List, Total, cost, listed},
        context::{backend, request},
        errors::loading,
        organisation::Organisation,
        procurement::Procurement,
        scalars::{Date, Localized, Money},
    },
    kernel::ids::{AwardId, OrganisationId, TenderId, encode_global, json_key},
    tender::{
        award::{may_read_all, rules, standstill},
        store,
    },
};

/// Status of an award decision.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "rules::AwardStatus")]
pub enum AwardStatus {
    /// The standstill lasts; the contract may not be signed.
    Standstill,
    /// A complaint is under review; the contract may not be signed.
    Suspended,
    /// The contract may be signed, or is signed.
    Final,
    /// The decision was annulled, or the winner refused. The lot is open again.
    Annulled,
    /// A later decision on the lot replaced it.
    Superseded,
}

/// Reason why an award decision has no standstill.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "standstill::StandstillExemption")]
pub enum StandstillExemption {
    /// The procurement is under the light regime: its main CPV code is in Annex XIV of Directive
    /// 2014/24/EU.
    LightRegime,
    /// No other organisation made an offer for the lot.
    OnlyTenderer,
    /// The procedure needs no prior notice.
    NoPriorNotice,
}

/// Cause of the annulment of an award decision.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "rules::AnnulmentCause")]
pub enum AnnulmentCause {
    /// The buyer annulled its decision.
    Buyer,
    /// A review upheld a complaint.
    Review,
    /// The winner refused the contract.
    WinnerRefused,
}

/// Annulment of an award decision. Public.
#[derive(SimpleObject)]
pub struct AwardAnnulment {
    /// Cause of the annulment.
    cause: AnnulmentCause,
    /// Reason in words, of the buyer or of the winner who refused.
    reason: Localized,
    /// Time of the annulment.
    at: DateTime<Utc>,
}

/// Signed contract that follows an award decision. Public.
#[derive(SimpleObject)]
pub struct AwardContract {
    /// Buyer's number of the contract. Null when not stated.
    number: Option<String>,
    /// Value of the contract without VAT.
    value: Money,
    /// Time of the signature.
    signed_at: DateTime<Utc>,
    /// Day on which the contract ends. Null when not stated.
    ends_at: Option<Date>,
}

/// Registration number of a winner, as it was at the decision.
#[derive(SimpleObject)]
pub struct WinnerIdentifier {
    /// Register, such as `SE-ORGNR`.
    scheme: String,
    /// Number in the form that the register uses.
    value: String,
}

/// Points of a tender for one award criterion.
#[derive(SimpleObject)]
pub struct AwardScore {
    /// ID of the award criterion (`AwardCriterion.criterionId`).
    criterion_id: String,
    /// Points, as a decimal string.
    points: Decimal,
    /// Why the tender has these points.
    motive: String,
}

/// A decision and a tender, which identify a reason.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct AwardReasonKey(AwardId, TenderId);

/// A reason to one tenderer.
pub struct AwardReason(pub store::StoredReason);

impl AwardReason {
    /// Name of the type inside a global ID.
    pub const KIND: &'static str = "AwardReason";

    /// Loads the reason with this key, for its tenderer and for the buyers' members who may read it.
    pub async fn resolve(
        context: &Context<'_>,
        AwardReasonKey(award, tender): AwardReasonKey,
    ) -> Result<Option<Self>, Error> {
        let Some(award) = Award::resolve(context, award).await? else {
            return Ok(None);
        };
        let mut reasons = award.all_reasons(context).await?.into_iter();
        let found = reasons.find(|reason| reason.reason.tender == tender);
        let Some(reason) = found else {
            return Ok(None);
        };
        let own = acting_for(context) == Some(reason.organisation);
        let readable = own || award.may_read_all(context).await?;
        Ok(readable.then_some(Self(reason)))
    }
}

/// What the buyer wrote to one tenderer about an award decision (Directive 2014/24/EU art. 55(2)).
#[Object]
impl AwardReason {
    /// Opaque global ID.
    pub(in crate::graphql) async fn id(&self) -> ID {
        let key = AwardReasonKey(self.0.award, self.0.reason.tender);
        encode_global(Self::KIND, &json_key(&key)).into()
    }

    /// Number of the tender in the order of receipt (`Tender.number`).
    async fn tender_number(&self) -> i32 {
        self.0.number
    }

    /// Tenderer that the reason is written to.
    async fn supplier(&self, context: &Context<'_>) -> Result<Organisation, Error> {
        Organisation::load(context, self.0.organisation).await
    }

    /// Reason in words.
    async fn text(&self) -> &str {
        &self.0.reason.text
    }

    /// Place of the tender in the ranking, from 1. Null when not stated.
    async fn rank(&self) -> Option<i32> {
        self.0.reason.rank
    }

    /// Points of this tender, at most 100. Empty when not stated.
    async fn own_scores(&self) -> Vec<AwardScore> {
        let scores = self.0.reason.scores.iter();
        scores
            .map(|score| AwardScore {
                criterion_id: score.criterion.clone(),
                points: score.points,
                motive: score.motive.clone(),
            })
            .collect()
    }
}

/// An award decision.
#[derive(Clone)]
pub struct Award(pub store::Award);

/// Award decision on one lot. Public. It is never changed; a later decision on the lot may replace
/// it. The contract is a step of its own.
#[Object]
impl Award {
    /// Opaque global ID; an input of `signContract`, `annulAward`, `refuseAward` and
    /// `fileComplaint`.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.to_global().into()
    }

    /// ID of the awarded lot (`Lot.lotId`).
    async fn lot_id(&self) -> &str {
        &self.0.lot
    }

    /// Number of the decision among those on the lot, from 1.
    async fn number(&self) -> i32 {
        self.0.number
    }

    /// Status of the decision. What follows from the end of the standstill takes effect at that
    /// time.
    async fn status(&self, context: &Context<'_>) -> AwardStatus {
        let now = backend(context).database.clock.now();
        rules::status(&self.0, now).into()
    }

    /// Supplier that won the lot, as it is now.
    async fn supplier(&self, context: &Context<'_>) -> Result<Organisation, Error> {
        Organisation::load(context, self.0.winner).await
    }

    /// Group that won the lot, as it was at submission. Null for a tender of one organisation.
    async fn group(&self, context: &Context<'_>) -> Result<Option<TenderingGroup>, Error> {
        let key = OpenedOf(self.0.procurement);
        let opened = request(context)
            .loader
            .load_one(key)
            .await
            .map_err(loading)?;
        let opened = opened.unwrap_or_default();
        let won = opened.iter().find(|tender| tender.id == self.0.tender);
        let content = won.and_then(|tender| tender.content.as_ref());
        Ok(content
            .and_then(|content| content.group.clone())
            .map(TenderingGroup))
    }

    /// Name of the winner at the time of the submission; for a tender of an earlier version, at the time
    /// of the decision.
    async fn winner_name(&self) -> &str {
        &self.0.winner_name
    }

    /// Registration numbers of the winner at the time of the decision, at most 10.
    async fn winner_identifiers(&self) -> Vec<WinnerIdentifier> {
        let identifiers = self.0.winner_identifiers.iter();
        identifiers
            .map(|identifier| WinnerIdentifier {
                scheme: identifier.scheme.clone(),
                value: identifier.value.clone(),
            })
            .collect()
    }

    /// Price of the winning tender for this lot, without VAT. Null when the tender has one price
    /// for several lots.
    async fn price(&self) -> Option<Money> {
        self.0.price.clone().map(Money::from)
    }

    /// Buyer's reason for choosing this tender (Directive 2014/24/EU art. 55(2)).
    async fn reason(&self) -> Localized {
        Localized::from(self.0.reason.clone())
    }

    /// Reason why the decision corrects the one before it. Null for the first decision on the lot,
    /// and after an annulled one.
    async fn correction_reason(&self) -> Option<Localized> {
        self.0.correction.clone().map(Localized::from)
    }

    /// Time of the decision.
    async fn awarded_at(&self) -> DateTime<Utc> {
        self.0.awarded_at
    }

    /// First moment after the standstill, at which the contract may be signed. Null without a
    /// standstill.
    async fn standstill_ends_at(&self) -> Option<DateTime<Utc>> {
        self.0.standstill_ends_at
    }

    /// Reason why there is no standstill. Null with one, and for decisions of earlier versions of
    /// Torg.
    async fn standstill_exemption(&self) -> Option<StandstillExemption> {
        self.0.exemption.map(StandstillExemption::from)
    }

    /// Annulment of the decision. Null while it is in force.
    async fn annulment(&self) -> Option<AwardAnnulment> {
        self.0.annulment.as_ref().map(|annulment| AwardAnnulment {
            cause: annulment.cause.into(),
            reason: Localized::from(annulment.reason.clone()),
            at: annulment.at,
        })
    }

    /// Signed contract. Null until it is signed.
    async fn contract(&self) -> Option<AwardContract> {
        self.0.contract.as_ref().map(|contract| AwardContract {
            number: contract.number.clone(),
            value: contract.value.clone().into(),
            signed_at: contract.signed_at,
            ends_at: contract.ends_at.map(Date),
        })
    }

    /// Buyer's reason to the organisation that you act for. Null unless it made an offer for the
    /// lot and the buyer wrote to it.
    async fn own_reason(&self, context: &Context<'_>) -> Result<Option<AwardReason>, Error> {
        let Some(reader) = acting_for(context) else {
            return Ok(None);
        };
        let mut reasons = self.all_reasons(context).await?.into_iter();
        let own = reasons.find(|reason| reason.organisation == reader);
        Ok(own.map(AwardReason))
    }

    /// Buyer's reasons to all tenderers of the lot, in the order in which their tenders were
    /// received.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn reasons(
        &self,
        context: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Option<List<AwardReason>>, Error> {
        if !self.may_read_all(context).await? {
            return Ok(None);
        }
        let listed = listed("Award.reasons", &self.0.id, (first, after, last, before))?;
        let reasons = self.all_reasons(context).await?;
        let total = Total::known(reasons.len());
        let slice = listed.page.of_ordered(reasons, |reason| reason.number);
        let slice = slice.map(AwardReason);
        Ok(Some(listed.connection(slice, total, |one| one.0.number)))
    }

    /// Complaint of the organisation that you act for. Null unless it complained about this
    /// decision.
    async fn own_complaint(&self, context: &Context<'_>) -> Result<Option<Complaint>, Error> {
        let Some(reader) = acting_for(context) else {
            return Ok(None);
        };
        let mut complaints = self.all_complaints(context).await?.into_iter();
        let own = complaints.find(|complaint| complaint.organisation == reader);
        Ok(own.map(Complaint))
    }

    /// Complaints about this decision, in the order of arrival.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn complaints(
        &self,
        context: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Option<List<Complaint>>, Error> {
        if !self.may_read_all(context).await? {
            return Ok(None);
        }
        let listed = listed("Award.complaints", &self.0.id, (first, after, last, before))?;
        let complaints = self.all_complaints(context).await?;
        let total = Total::known(complaints.len());
        let slice = listed
            .page
            .of_ordered(complaints, |complaint| complaint.number);
        let slice = slice.map(Complaint);
        Ok(Some(listed.connection(slice, total, |one| one.0.number)))
    }
}

/// Returns the organisation that the reader acts for.
pub(super) fn acting_for(context: &Context<'_>) -> Option<OrganisationId> {
    let person = request(context).actor.person()?;
    person.acting_for
}

impl Award {
    /// Returns whether the reader may read the reasons to all tenderers and all complaints.
    pub(super) async fn may_read_all(&self, context: &Context<'_>) -> Result<bool, Error> {
        let procurement = Procurement::load(context, self.0.procurement).await?;
        let actor = &request(context).actor;
        Ok(procurement.is_some_and(|found| may_read_all(actor, &found.stored)))
    }

    /// Loads the reasons to all tenderers. The caller checks the policy.
    async fn all_reasons(&self, context: &Context<'_>) -> Result<Vec<store::StoredReason>, Error> {
        let found = request(context).loader.load_one(ReasonsOf(self.0.id)).await;
        Ok(found.map_err(loading)?.unwrap_or_default())
    }

    /// Loads all complaints. The caller checks the policy.
    async fn all_complaints(
        &self,
        context: &Context<'_>,
    ) -> Result<Vec<store::complaint::Complaint>, Error> {
        let key = ComplaintsOf(self.0.id);
        let found = request(context).loader.load_one(key).await;
        Ok(found.map_err(loading)?.unwrap_or_default())
    }
}
