//! The codes a notice is written in.

use async_graphql::Enum;

use crate::procurement::{self, content};

/// Where a procurement stands.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "procurement::Phase")]
pub enum Phase {
    /// Being written; seen by the buyer's members only.
    Draft,
    /// Published early; nothing is fixed yet. The time for dialogue.
    Upcoming,
    /// Tenders are received until the deadline.
    Tendering,
    /// The deadline has passed (by the clock, to the millisecond).
    Evaluation,
    /// Every lot is decided.
    Awarded,
    /// The contract has ended.
    Complete,
    /// Ended by the buyer before an award.
    Cancelled,
    /// Ended without an award (eForms BT-144).
    Unsuccessful,
    /// Taken back before tendering.
    Withdrawn,
}

/// What is bought (eForms BT-23).
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "content::Category")]
pub enum Category {
    /// Building and civil engineering.
    Works,
    /// Services.
    Services,
    /// Goods.
    Supplies,
}

/// How it is bought (eForms BT-105).
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "content::Procedure")]
pub enum Procedure {
    /// Open.
    Open,
    /// Restricted.
    Restricted,
    /// Negotiated with prior publication of a call for competition.
    NegWCall,
    /// Negotiated without prior call for competition.
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
    /// Request for expression of interest (rail only).
    ExpIntRail,
}

/// To whom participation is reserved (OCDS `reservedParticipation`).
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "content::Reserved")]
pub enum ReservedParticipation {
    /// Sheltered workshops and operators that integrate disadvantaged persons (Directive 2014/24/EU art. 20).
    ShelteredWorkshop,
    /// Organisations with a public service mission, in certain services (art. 77).
    PublicServiceMissionOrganization,
}

/// A framework agreement (eForms BT-765).
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "content::Framework")]
pub enum FrameworkAgreement {
    /// Partly with reopening of competition, partly without.
    Mixed,
    /// With reopening of competition.
    WithReopening,
    /// Without reopening of competition.
    WithoutReopening,
    /// None.
    None,
}

/// A dynamic purchasing system (eForms BT-766).
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "content::DynamicPurchasing")]
pub enum DynamicPurchasingSystem {
    /// Only for the buyers that the notice names.
    Listed,
    /// For other buyers, too.
    Open,
    /// None.
    None,
}

/// What a procurement aims at beside what it buys (eForms BT-06).
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "content::StrategicAim")]
pub enum StrategicAim {
    /// Less impact on the environment.
    Environment,
    /// Innovation.
    Innovation,
    /// Social aims.
    Social,
    /// Nothing beside.
    None,
}

/// How a procurement lessens its impact on the environment (eForms BT-774).
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "content::EnvironmentalImpact")]
pub enum EnvironmentalImpact {
    /// Biodiversity and ecosystems.
    Biodiversity,
    /// A circular economy.
    CircularEconomy,
    /// Adaptation to climate change.
    ClimateAdaptation,
    /// Mitigation of climate change.
    ClimateMitigation,
    /// Prevention of pollution.
    Pollution,
    /// Water and marine resources.
    Water,
    /// Otherwise.
    Other,
}

/// Which social aims a procurement has (eForms BT-775).
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
    /// Work for the long-term unemployed, disadvantaged or disabled.
    Employment,
    /// Fair working conditions.
    WorkingConditions,
    /// Others.
    Other,
}

/// What is new about a procurement (eForms BT-776).
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "content::Innovation")]
pub enum InnovativeAcquisition {
    /// New to the market, or much better than what is there.
    Market,
    /// A new process.
    Process,
    /// A new product.
    Product,
    /// Research and development.
    Research,
}

/// What an award criterion weighs (eForms BT-539).
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "content::CriterionKind")]
pub enum AwardCriterionKind {
    /// What it costs over its life.
    Cost,
    /// The price.
    Price,
    /// Quality.
    Quality,
}

/// Whom a requirement keeps out or lets in.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "content::RequirementKind")]
pub enum RequirementKind {
    /// Who fulfils it is excluded (Directive 2014/24/EU art. 57; eForms BT-67).
    Exclusion,
    /// Who does not fulfil it is not selected (art. 58; eForms BT-747).
    Selection,
}

/// What a document is (OCDS code list `documentType`, those that belong to a procurement's notices).
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "content::DocumentType")]
pub enum DocumentType {
    /// The basis of this procurement.
    ProcurementPlan,
    /// What is known of the market.
    MarketStudies,
    /// What users and communities need.
    NeedsAssessment,
    /// What can be done, and what it would bring.
    FeasibilityStudy,
    /// The plan of the project it is part of.
    ProjectPlan,
    /// Effects on the environment, and how they are lessened.
    EnvironmentalImpact,
    /// The public assets and liabilities that it touches.
    AssetAndLiabilityAssessment,
    /// How risks and liabilities are shared.
    RiskProvisions,
    /// A public hearing about it.
    HearingNotice,
    /// What is bought and how: the documents to tender by.
    BiddingDocuments,
    /// What is bought, in detail.
    TechnicalSpecifications,
    /// Quantities to price: materials, parts, work.
    BillOfQuantity,
    /// Who may tender.
    EligibilityCriteria,
    /// How tenders are evaluated.
    EvaluationCriteria,
    /// Answers to questions.
    Clarifications,
    /// A draft of the contract.
    ContractDraft,
    /// An annex of the contract.
    ContractAnnexe,
    /// How the contract ends.
    ContractArrangements,
    /// Guarantees of the contract.
    ContractGuarantees,
    /// Who may tender after a selection.
    ShortlistedFirms,
    /// How tenders were evaluated.
    EvaluationReports,
    /// Complaints and what was decided of them.
    Complaints,
    /// Conflicts of interest that were declared or found.
    ConflictOfInterest,
    /// Why and how it was ended.
    CancellationDetails,
    /// A picture.
    Illustration,
}
