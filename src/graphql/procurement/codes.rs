//! The codes that notices are written in.

use async_graphql::Enum;

use crate::procurement::{self, content};

/// Phase of a procurement.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "procurement::Phase")]
pub enum Phase {
    /// Draft: not yet published, and visible only to the buyer and to joint buyers.
    Draft,
    /// Published early, before requirements are fixed; the phase for early dialogue.
    Upcoming,
    /// Tenders are received until the deadline.
    Tendering,
    /// The deadline for tenders has passed, by the server's clock; tenders are opened and
    /// evaluated.
    Evaluation,
    /// Every lot has been awarded.
    Awarded,
    /// The contract has ended.
    Complete,
    /// Cancelled by the buyer before an award.
    Cancelled,
    /// Ended without an award, because no tender could win (eForms BT-144).
    Unsuccessful,
    /// Withdrawn by the buyer before tendering.
    Withdrawn,
}

/// Main nature of a contract (eForms BT-23).
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "content::Category")]
pub enum Category {
    /// Works: building and civil engineering.
    Works,
    /// Services.
    Services,
    /// Supplies: goods.
    Supplies,
}

/// Status of a lot (OCDS code list `tenderStatus`).
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "content::LotStatus")]
pub enum LotStatus {
    /// A call for competition is being considered.
    Planning,
    /// A call for competition is planned.
    Planned,
    /// The call for competition is open, or tenders are being evaluated.
    Active,
    /// The lot was cancelled.
    Cancelled,
    /// The lot ended without a winner.
    Unsuccessful,
    /// The lot is complete: its contract was awarded.
    Complete,
    /// The lot was withdrawn.
    Withdrawn,
}

/// Type of procedure (eForms BT-105, code list `procurement-procedure-type`).
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "content::Procedure")]
pub enum Procedure {
    /// Open procedure.
    Open,
    /// Restricted procedure.
    Restricted,
    /// Negotiated procedure with prior publication of a call for competition, or competitive
    /// procedure with negotiation.
    NegWCall,
    /// Negotiated procedure without a prior call for competition.
    NegWoCall,
    /// Competitive dialogue.
    CompDial,
    /// Competitive tendering (Regulation 1370/2007).
    CompTend,
    /// Innovation partnership.
    Innovation,
    /// Other single stage procedure.
    OthSingle,
    /// Other multiple stage procedure.
    OthMult,
    /// Request for expressions of interest; only for rail.
    ExpIntRail,
}

/// Group to which participation is reserved (eForms BT-71, OCDS code list `reservedParticipation`).
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "content::Reserved")]
pub enum ReservedParticipation {
    /// Sheltered workshops, and economic operators whose aim is to integrate disadvantaged persons
    /// (Directive 2014/24/EU art. 20).
    ShelteredWorkshop,
    /// Organisations with a public service mission, for certain services (Directive 2014/24/EU art.
    /// 77).
    PublicServiceMissionOrganization,
}

/// Kind of framework agreement (eForms BT-765).
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "content::Framework")]
pub enum FrameworkAgreement {
    /// Framework agreement, partly with and partly without reopening of competition.
    Mixed,
    /// Framework agreement with reopening of competition.
    WithReopening,
    /// Framework agreement without reopening of competition.
    WithoutReopening,
    /// No framework agreement.
    None,
}

/// Kind of dynamic purchasing system (eForms BT-766).
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "content::DynamicPurchasing")]
pub enum DynamicPurchasingSystem {
    /// Dynamic purchasing system for the buyers that the notice lists.
    Listed,
    /// Dynamic purchasing system that other buyers may use as well.
    Open,
    /// No dynamic purchasing system.
    None,
}

/// Strategic aim of a procurement, in addition to what it buys (eForms BT-06).
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "content::StrategicAim")]
pub enum StrategicAim {
    /// Reduction of the environmental impact.
    Environment,
    /// Purchase of innovation.
    Innovation,
    /// Social objectives.
    Social,
    /// No strategic aim.
    None,
}

/// Way in which a procurement reduces its environmental impact (eForms BT-774).
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "content::EnvironmentalImpact")]
pub enum EnvironmentalImpact {
    /// Protection of biodiversity and ecosystems.
    Biodiversity,
    /// Transition to a circular economy.
    CircularEconomy,
    /// Adaptation to climate change.
    ClimateAdaptation,
    /// Mitigation of climate change.
    ClimateMitigation,
    /// Prevention of pollution.
    Pollution,
    /// Water and marine resources.
    Water,
    /// Another way.
    Other,
}

/// Social objective of a procurement (eForms BT-775).
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "content::SocialObjective")]
pub enum SocialObjective {
    /// Accessibility for all.
    Accessibility,
    /// Ethnic equality.
    EthnicEquality,
    /// Gender equality.
    GenderEquality,
    /// Human rights in supply chains.
    HumanRights,
    /// Opportunities for employment of the long-term unemployed, disadvantaged or disabled.
    Employment,
    /// Fair working conditions.
    WorkingConditions,
    /// Another social objective.
    Other,
}

/// Kind of innovation that a procurement acquires (eForms BT-776).
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "content::Innovation")]
pub enum InnovativeAcquisition {
    /// Works, supplies or services that are new to the market or much better than existing ones.
    Market,
    /// Innovation of a process.
    Process,
    /// Innovation of a product.
    Product,
    /// Research and development.
    Research,
}

/// What an award criterion evaluates (eForms BT-539).
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "content::CriterionKind")]
pub enum AwardCriterionKind {
    /// Cost over the whole life cycle.
    Cost,
    /// Price.
    Price,
    /// Quality.
    Quality,
}

/// Kind of a requirement on tenderers.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "content::RequirementKind")]
pub enum RequirementKind {
    /// Ground for exclusion: a tenderer to which it applies is excluded (Directive 2014/24/EU art.
    /// 57; eForms BT-67).
    Exclusion,
    /// Selection criterion: a tenderer that does not meet it is not selected (Directive 2014/24/EU
    /// art. 58; eForms BT-747).
    Selection,
}

/// Type of document (OCDS code list `documentType`, limited to the codes that a buyer attaches to
/// notices of a procurement).
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "content::DocumentType")]
pub enum DocumentType {
    /// Procurement plan: the basis of this procurement.
    ProcurementPlan,
    /// Market studies.
    MarketStudies,
    /// Assessment of the needs of users and communities.
    NeedsAssessment,
    /// Feasibility study.
    FeasibilityStudy,
    /// Plan of the project that the procurement belongs to.
    ProjectPlan,
    /// Assessment of the environmental impact and its mitigation.
    EnvironmentalImpact,
    /// Assessment of the public assets and liabilities affected.
    AssetAndLiabilityAssessment,
    /// Provisions on how risks and liabilities are shared.
    RiskProvisions,
    /// Notice of a public hearing.
    HearingNotice,
    /// Bidding documents: what is bought and under which terms.
    BiddingDocuments,
    /// Technical specifications.
    TechnicalSpecifications,
    /// Bill of quantities: materials, parts and work to be priced.
    BillOfQuantity,
    /// Eligibility criteria.
    EligibilityCriteria,
    /// Evaluation criteria.
    EvaluationCriteria,
    /// Clarifications: answers to questions.
    Clarifications,
    /// Draft of the contract.
    ContractDraft,
    /// Annex of the contract.
    ContractAnnexe,
    /// Arrangements for ending the contract.
    ContractArrangements,
    /// Guarantees of the contract.
    ContractGuarantees,
    /// Firms that were selected to submit tenders.
    ShortlistedFirms,
    /// Reports on the evaluation of tenders.
    EvaluationReports,
    /// Complaints and the decisions on them.
    Complaints,
    /// Conflicts of interest, declared or discovered.
    ConflictOfInterest,
    /// Details of a cancellation.
    CancellationDetails,
    /// Illustration.
    Illustration,
}
