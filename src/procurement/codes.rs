//! The codes a notice is written in, as eForms and OCDS spell them.

use serde::{Deserialize, Serialize};

/// An enum whose variants are codes: stored and searched by the code.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident { $($(#[$about:meta])* $variant:ident = $code:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$about])* #[serde(rename = $code)] $variant,)*
        }

        impl $name {
            /// The code.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)*
                }
            }
        }
    )*};
}

codes! {
    /// What is bought (eForms BT-23).
    Category {
        /// Building and civil engineering.
        Works = "WORKS",
        /// Services.
        Services = "SERVICES",
        /// Goods.
        Supplies = "SUPPLIES",
    }

    /// How it is bought (eForms BT-105, code list `procurement-procedure-type`).
    Procedure {
        /// Open.
        Open = "open",
        /// Restricted.
        Restricted = "restricted",
        /// Negotiated with prior publication of a call for competition.
        NegWCall = "neg-w-call",
        /// Negotiated without prior call.
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
        /// Request for expression of interest (rail).
        ExpIntRail = "exp-int-rail",
    }

    /// A framework agreement (eForms BT-765).
    Framework {
        /// Partly with reopening of competition, partly without.
        Mixed = "fa-mix",
        /// With reopening of competition.
        WithReopening = "fa-w-rc",
        /// Without reopening of competition.
        WithoutReopening = "fa-wo-rc",
        /// None.
        None = "none",
    }

    /// A dynamic purchasing system (eForms BT-766).
    DynamicPurchasing {
        /// Only for the buyers of the notice.
        Listed = "dps-list",
        /// For other buyers, too.
        Open = "dps-nlist",
        /// None.
        None = "none",
    }

    /// To whom participation is reserved (OCDS code list `reservedParticipation`).
    Reserved {
        /// Sheltered workshops and operators integrating disadvantaged persons (Directive 2014/24/EU art. 20).
        ShelteredWorkshop = "shelteredWorkshop",
        /// Organisations with a public service mission, in certain services (art. 77).
        PublicServiceMissionOrganization = "publicServiceMissionOrganization",
    }

    /// What a procurement aims at beside what it buys (eForms BT-06).
    StrategicAim {
        /// Less impact on the environment.
        Environment = "env-imp",
        /// Innovation.
        Innovation = "inn-pur",
        /// Social aims.
        Social = "soc-obj",
        /// Nothing beside.
        None = "none",
    }

    /// How it lessens its impact on the environment (eForms BT-774).
    EnvironmentalImpact {
        /// Biodiversity and ecosystems.
        Biodiversity = "biodiv-eco",
        /// A circular economy.
        CircularEconomy = "circ-econ",
        /// Adaptation to climate change.
        ClimateAdaptation = "clim-adapt",
        /// Mitigation of climate change.
        ClimateMitigation = "clim-mitig",
        /// Prevention of pollution.
        Pollution = "pollu-prev",
        /// Water and marine resources.
        Water = "water-mar",
        /// Otherwise.
        Other = "other",
    }

    /// Which social aims it has (eForms BT-775).
    SocialObjective {
        /// Accessibility for all.
        Accessibility = "acc-all",
        /// Ethnic equality.
        EthnicEquality = "et-eq",
        /// Gender equality.
        GenderEquality = "gen-eq",
        /// Human rights in supply chains.
        HumanRights = "hum-right",
        /// Work for those far from the labour market.
        Employment = "opp",
        /// Fair working conditions.
        WorkingConditions = "work-cond",
        /// Others.
        Other = "other",
    }

    /// What is new about it (eForms BT-776).
    Innovation {
        /// New to the market, or much better than what is there.
        Market = "mar-nov",
        /// A new process.
        Process = "proc-innov",
        /// A new product.
        Product = "prod-innov",
        /// Research and development.
        Research = "rd-act",
    }

    /// What a document is (OCDS code list `documentType`: those that a buyer attaches to a procurement's notices).
    DocumentType {
        /// The basis of this procurement.
        ProcurementPlan = "procurementPlan",
        /// What is known of the market.
        MarketStudies = "marketStudies",
        /// What users and communities need.
        NeedsAssessment = "needsAssessment",
        /// What can be done, and what it would bring.
        FeasibilityStudy = "feasibilityStudy",
        /// The plan of the project it is part of.
        ProjectPlan = "projectPlan",
        /// Effects on the environment, and how they are lessened.
        EnvironmentalImpact = "environmentalImpact",
        /// The public assets and liabilities that it touches.
        AssetAndLiabilityAssessment = "assetAndLiabilityAssessment",
        /// How risks and liabilities are shared.
        RiskProvisions = "riskProvisions",
        /// A public hearing about it.
        HearingNotice = "hearingNotice",
        /// What is bought and how: the documents to tender by.
        BiddingDocuments = "biddingDocuments",
        /// What is bought, in detail.
        TechnicalSpecifications = "technicalSpecifications",
        /// Quantities to price: materials, parts, work.
        BillOfQuantity = "billOfQuantity",
        /// Who may tender.
        EligibilityCriteria = "eligibilityCriteria",
        /// How tenders are evaluated.
        EvaluationCriteria = "evaluationCriteria",
        /// Answers to questions.
        Clarifications = "clarifications",
        /// A draft of the contract.
        ContractDraft = "contractDraft",
        /// An annex of the contract.
        ContractAnnexe = "contractAnnexe",
        /// How the contract ends.
        ContractArrangements = "contractArrangements",
        /// Guarantees of the contract.
        ContractGuarantees = "contractGuarantees",
        /// Who may tender after a selection.
        ShortlistedFirms = "shortlistedFirms",
        /// How tenders were evaluated.
        EvaluationReports = "evaluationReports",
        /// Complaints and what was decided of them.
        Complaints = "complaints",
        /// Conflicts of interest that were declared or found.
        ConflictOfInterest = "conflictOfInterest",
        /// Why and how it was ended.
        CancellationDetails = "cancellationDetails",
        /// A picture.
        Illustration = "illustration",
    }

    /// What an award criterion weighs (eForms BT-539).
    CriterionKind {
        /// What it costs over its life.
        Cost = "cost",
        /// The price.
        Price = "price",
        /// Quality.
        Quality = "quality",
    }

    /// Whom a requirement keeps out or lets in.
    RequirementKind {
        /// Who fulfils it is excluded (Directive 2014/24/EU art. 57; BT-67).
        Exclusion = "exclusion",
        /// Who does not fulfil it is not selected (art. 58; BT-747).
        Selection = "selection",
    }
}
