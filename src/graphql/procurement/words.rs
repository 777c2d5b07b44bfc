//! Small records a notice is made of.

use async_graphql::{ComplexObject, Context, Object, SimpleObject};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::codes::{
    AwardCriterionKind, EnvironmentalImpact, InnovativeAcquisition, RequirementKind,
    ReservedParticipation, SocialObjective, StrategicAim,
};
use crate::{
    graphql::{
        context::request,
        organisation::OrganisationKind,
        scalars::{Localized, Money, non_empty},
    },
    kernel::codes::eforms::{List, ListEntry},
    procurement::{content, reservation},
};

/// Whom to write to about a procurement.
#[derive(SimpleObject)]
pub struct ContactPoint {
    /// A person or an office.
    pub name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
}

/// A document published elsewhere.
#[derive(SimpleObject)]
pub struct DocumentLink {
    /// What it is called; null when the source does not say.
    pub title: Option<String>,
    /// OCDS code list `documentType`, as the source gives it.
    pub document_type: Option<String>,
    /// Where it is; a foreign address.
    pub url: String,
}

/// A contract that was awarded before the notice reached Torg.
#[derive(SimpleObject)]
pub struct PastAward {
    /// The winners' names.
    pub suppliers: Vec<String>,
    /// The contract's value; null when not stated.
    pub value: Option<Money>,
    /// When it was decided; null when not stated.
    pub date: Option<DateTime<Utc>>,
}

/// What a procurement aims at beside what it buys.
#[derive(SimpleObject)]
pub struct Aims {
    /// eForms BT-06.
    strategic_aims: Vec<StrategicAim>,
    /// eForms BT-774.
    environmental_impacts: Vec<EnvironmentalImpact>,
    /// eForms BT-775.
    social_objectives: Vec<SocialObjective>,
    /// eForms BT-776.
    innovative_acquisitions: Vec<InnovativeAcquisition>,
    /// The United Nations' goals for sustainable development.
    sustainable_development_goals: Vec<SustainableDevelopmentGoal>,
}

impl From<&content::Aims> for Aims {
    fn from(aims: &content::Aims) -> Self {
        Self {
            strategic_aims: all(&aims.strategic),
            environmental_impacts: all(&aims.environmental),
            social_objectives: all(&aims.social),
            innovative_acquisitions: all(&aims.innovation),
            sustainable_development_goals: aims
                .sdg
                .iter()
                .map(|number| SustainableDevelopmentGoal { number: *number })
                .collect(),
        }
    }
}

/// Each of a list as the graph has it.
pub fn all<A: Copy, B: From<A>>(list: &[A]) -> Vec<B> {
    list.iter().copied().map(B::from).collect()
}

/// One of the United Nations' goals for sustainable development.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct SustainableDevelopmentGoal {
    /// 1 to 17.
    number: u8,
}

#[ComplexObject]
impl SustainableDevelopmentGoal {
    /// Its short name in `language`, else in the reader's, else in English.
    async fn label(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "One of en, sv, fi, nb, da, de.")] language: Option<String>,
    ) -> Option<&'static str> {
        let listed = List::Sdg.find(&self.number.to_string());
        listed.map(|listed| listed.label(wanted(context, language.as_deref())))
    }
}

fn wanted<'c>(context: &Context<'c>, language: Option<&'c str>) -> &'c str {
    let readers = || request(context).languages.first().map(String::as_str);
    language.or_else(readers).unwrap_or("en")
}

/// What tenders are weighed by.
pub struct AwardCriterion(pub content::AwardCriterion);

/// What tenders are weighed by (Directive 2014/24/EU art. 67).
#[Object]
impl AwardCriterion {
    /// Unique within the procurement and stable through its notices: `AWC-1`.
    async fn criterion_id(&self) -> &str {
        &self.0.id
    }

    /// What it weighs.
    async fn kind(&self) -> AwardCriterionKind {
        self.0.kind.into()
    }

    /// What it is called.
    async fn name(&self) -> Localized {
        Localized(self.0.name.clone())
    }

    /// How it is weighed.
    async fn description(&self) -> Option<Localized> {
        non_empty(&self.0.description)
    }

    /// In percent; null where criteria are only ranked, in the order of the list.
    async fn weight(&self) -> Option<Decimal> {
        self.0.weight
    }

    /// Of which lots; empty: of all.
    async fn lot_ids(&self) -> &[String] {
        &self.0.lots
    }
}

/// A ground for exclusion, or what a tenderer must fulfil.
pub struct Requirement(pub content::Requirement);

/// A ground for exclusion, or what a tenderer must fulfil.
#[Object]
impl Requirement {
    /// Unique within the procurement and stable through its notices: `REQ-1`.
    async fn requirement_id(&self) -> &str {
        &self.0.id
    }

    /// Whom it keeps out or lets in.
    async fn kind(&self) -> RequirementKind {
        self.0.kind.into()
    }

    /// Which it is, of the list of its kind.
    async fn code(&self) -> Option<RequirementCode> {
        self.0.kind.list().find(&self.0.code).map(RequirementCode)
    }

    /// What exactly is asked for.
    async fn description(&self) -> Option<Localized> {
        non_empty(&self.0.description)
    }

    /// The least that will do; null where it is not a number.
    async fn minimum(&self) -> Option<Quantity> {
        self.0.minimum.as_ref().map(|minimum| Quantity {
            value: minimum.value,
            unit: minimum.unit.clone(),
        })
    }

    /// What shows it.
    async fn evidence(&self) -> Option<Localized> {
        non_empty(&self.0.evidence)
    }

    /// Of which lots; empty: of all.
    async fn lot_ids(&self) -> &[String] {
        &self.0.lots
    }
}

/// A number of something.
#[derive(SimpleObject)]
pub struct Quantity {
    /// How many, as a decimal string.
    value: Decimal,
    /// Of what: `SEK`, `years`, `%`.
    unit: String,
}

/// A code of a requirement.
pub struct RequirementCode(pub &'static ListEntry);

/// A code of eForms' lists of grounds for exclusion (`exclusion-ground`) or of selection criteria (`selection-criterion`).
#[Object]
impl RequirementCode {
    /// As inputs take it: `slc-stand-to-gen`.
    async fn code(&self) -> &'static str {
        self.0.code
    }

    /// Its name in `language`, else in the reader's, else in English.
    async fn label(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "One of en, sv, fi, da, de.")] language: Option<String>,
    ) -> &'static str {
        self.0.label(wanted(context, language.as_deref()))
    }
}

/// By which rule of a law participation may be reserved.
pub struct ReservationRule(pub reservation::ReservationRule);

/// By which rule of a law participation may be reserved.
#[Object]
impl ReservationRule {
    /// As inputs take it: `directive-art-77`.
    async fn rule_id(&self) -> &str {
        &self.0.id
    }

    /// To whom it allows to reserve.
    async fn reserves(&self) -> ReservedParticipation {
        self.0.reserves.into()
    }

    /// The law and section.
    async fn basis(&self) -> &str {
        &self.0.basis
    }

    /// For whom, and when.
    async fn title(&self) -> Localized {
        Localized(self.0.title.clone())
    }

    /// Countries in which it applies (ISO 3166-1 alpha-2); empty: everywhere.
    async fn countries(&self) -> &[String] {
        &self.0.countries
    }

    /// What it applies to: CPV codes, each with its branch, or ranges `85000000..85323000`; empty: anything.
    async fn cpv(&self) -> Vec<String> {
        self.0.cpv.iter().map(ToString::to_string).collect()
    }

    /// The kinds of organisations that may tender.
    async fn kinds(&self) -> Vec<OrganisationKind> {
        all(&self.0.kinds)
    }

    /// Must a nonprofit be registered as such (SFS 2022:900) to tender?
    async fn registered(&self) -> bool {
        self.0.registered
    }

    /// The most months a contract may last; null: no bound.
    async fn max_months(&self) -> Option<u32> {
        self.0.max_months
    }
}
