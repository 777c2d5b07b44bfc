//! The codes that notices are written in, spelled as in eForms and OCDS.

use serde::{Deserialize, Serialize};

/// Defines enums whose variants are codes of a standard; they are stored and searched by the code.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident { $($(#[$about:meta])* $variant:ident = $code:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$about])* #[serde(rename = $code)] $variant,)*
        }

        impl $name {
            /// Returns the code.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)*
                }
            }
        }
    )*};
}

codes! {
    /// Main nature of a contract (eForms BT-23).
    Category {
        /// Works: building and civil engineering.
        Works = "WORKS",
        /// Services.
        Services = "SERVICES",
        /// Supplies: goods.
        Supplies = "SUPPLIES",
    }

    /// Status of a lot (OCDS code list `tenderStatus`).
    LotStatus {
        /// A call for competition is being considered.
        Planning = "planning",
        /// A call for competition is planned.
        Planned = "planned",
        /// The call for competition is open, or tenders are being evaluated.
        Active = "active",
        /// Cancelled.
        Cancelled = "cancelled",
        /// Ended without a winner.
        Unsuccessful = "unsuccessful",
        /// Complete: awarded.
        Complete = "complete",
        /// Withdrawn.
        Withdrawn = "withdrawn",
    }

    /// Type of procedure (eForms BT-105, code list `procurement-procedure-type`).
    Procedure {
        /// Open procedure.
        Open = "open",
        /// Restricted procedure.
        Restricted = "restricted",
        /// Negotiated procedure with prior publication of a call for competition, or competitive
        /// procedure with negotiation.
        NegWCall = "neg-w-call",
        /// Negotiated procedure without a prior call for competition.
        NegWoCall = "neg-wo-call",
        /// Competitive dialogue.
        CompDial = "comp-dial",
        /// Competitive tendering.
        CompTend = "comp-tend",
        /// Innovation partnership.
        Innovation = "innovation",
        /// Other single stage procedure.
        OthSingle = "oth-single",
        /// Other multiple stage procedure.
        OthMult = "oth-mult",
        /// Request for expressions of interest; only for rail.
        ExpIntRail = "exp-int-rail",
    }

    /// Kind of framework agreement (eForms BT-765).
    Framework {
        /// Framework agreement, partly with and partly without reopening of competition.
        Mixed = "fa-mix",
        /// Framework agreement with reopening of competition.
        WithReopening = "fa-w-rc",
        /// Framework agreement without reopening of competition.
        WithoutReopening = "fa-wo-rc",
        /// No framework agreement.
        None = "none",
    }

    /// Kind of dynamic purchasing system (eForms BT-766).
    DynamicPurchasing {
        /// Dynamic purchasing system for the buyers that the notice lists.
        Listed = "dps-list",
        /// Dynamic purchasing system that other buyers may use as well.
        Open = "dps-nlist",
        /// No dynamic purchasing system.
        None = "none",
    }

    /// Group to which participation is reserved (eForms BT-71, OCDS code list
    /// `reservedParticipation`).
    Reserved {
        /// Sheltered workshops, and economic operators whose aim is to integrate disadvantaged
        /// persons (Directive 2014/24/EU art. 20).
        ShelteredWorkshop = "shelteredWorkshop",
        /// Organisations with a public service mission, for certain services (Directive 2014/24/EU
        /// art. 77).
        PublicServiceMissionOrganization = "publicServiceMissionOrganization",
    }

    /// Strategic aim of a procurement, in addition to what it buys (eForms BT-06).
    StrategicAim {
        /// Reduction of the environmental impact.
        Environment = "env-imp",
        /// Purchase of innovation.
        Innovation = "inn-pur",
        /// Social objectives.
        Social = "soc-obj",
        /// No strategic aim.
        None = "none",
    }

    /// Way in which a procurement reduces its environmental impact (eForms BT-774).
    EnvironmentalImpact {
        /// Protection of biodiversity and ecosystems.
        Biodiversity = "biodiv-eco",
        /// Transition to a circular economy.
        CircularEconomy = "circ-econ",
        /// Adaptation to climate change.
        ClimateAdaptation = "clim-adapt",
        /// Mitigation of climate change.
        ClimateMitigation = "clim-mitig",
        /// Prevention of pollution.
        Pollution = "pollu-prev",
        /// Water and marine resources.
        Water = "water-mar",
        /// Another way.
        Other = "other",
    }

    /// Social objective of a procurement (eForms BT-775).
    SocialObjective {
        /// Accessibility for all.
        Accessibility = "acc-all",
        /// Ethnic equality.
        EthnicEquality = "et-eq",
        /// Gender equality.
        GenderEquality = "gen-eq",
        /// Human rights in supply chains.
        HumanRights = "hum-right",
        /// Opportunities for employment of the long-term unemployed, disadvantaged or disabled.
        Employment = "opp",
        /// Fair working conditions.
        WorkingConditions = "work-cond",
        /// Another social objective.
        Other = "other",
    }

    /// Kind of innovation that a procurement acquires (eForms BT-776).
    Innovation {
        /// Works, supplies or services that are new to the market or much better than existing
        /// ones.
        Market = "mar-nov",
        /// Innovation of a process.
        Process = "proc-innov",
        /// Innovation of a product.
        Product = "prod-innov",
        /// Research and development.
        Research = "rd-act",
    }

    /// Type of document (OCDS code list `documentType`, limited to the codes that a buyer attaches
    /// to notices of a procurement).
    DocumentType {
        /// Procurement plan: the basis of this procurement.
        ProcurementPlan = "procurementPlan",
        /// Market studies.
        MarketStudies = "marketStudies",
        /// Assessment of the needs of users and communities.
        NeedsAssessment = "needsAssessment",
        /// Feasibility study.
        FeasibilityStudy = "feasibilityStudy",
        /// Plan of the project that the procurement belongs to.
        ProjectPlan = "projectPlan",
        /// Assessment of the environmental impact and its mitigation.
        EnvironmentalImpact = "environmentalImpact",
        /// Assessment of the public assets and liabilities affected.
        AssetAndLiabilityAssessment = "assetAndLiabilityAssessment",
        /// Provisions on how risks and liabilities are shared.
        RiskProvisions = "riskProvisions",
        /// Notice of a public hearing.
        HearingNotice = "hearingNotice",
        /// Bidding documents: what is bought and under which terms.
        BiddingDocuments = "biddingDocuments",
        /// Technical specifications.
        TechnicalSpecifications = "technicalSpecifications",
        /// Bill of quantities: materials, parts and work to be priced.
        BillOfQuantity = "billOfQuantity",
        /// Eligibility criteria.
        EligibilityCriteria = "eligibilityCriteria",
        /// Evaluation criteria.
        EvaluationCriteria = "evaluationCriteria",
        /// Clarifications: answers to questions.
        Clarifications = "clarifications",
        /// Draft of the contract.
        ContractDraft = "contractDraft",
        /// Annex of the contract.
        ContractAnnexe = "contractAnnexe",
        /// Arrangements for ending the contract.
        ContractArrangements = "contractArrangements",
        /// Guarantees of the contract.
        ContractGuarantees = "contractGuarantees",
        /// Firms that were selected to submit tenders.
        ShortlistedFirms = "shortlistedFirms",
        /// Reports on the evaluation of tenders.
        EvaluationReports = "evaluationReports",
        /// Complaints and the decisions on them.
        Complaints = "complaints",
        /// Conflicts of interest, declared or discovered.
        ConflictOfInterest = "conflictOfInterest",
        /// Details of a cancellation.
        CancellationDetails = "cancellationDetails",
        /// Illustration.
        Illustration = "illustration",
    }

    /// What an award criterion evaluates (eForms BT-539).
    CriterionKind {
        /// Cost over the whole life cycle.
        Cost = "cost",
        /// Price.
        Price = "price",
        /// Quality.
        Quality = "quality",
    }

    /// Kind of a requirement on tenderers.
    RequirementKind {
        /// Ground for exclusion: a tenderer to which it applies is excluded (Directive 2014/24/EU
        /// art. 57; eForms BT-67).
        Exclusion = "exclusion",
        /// Selection criterion: a tenderer that does not meet it is not selected (Directive
        /// 2014/24/EU art. 58; eForms BT-747).
        Selection = "selection",
    }
}
