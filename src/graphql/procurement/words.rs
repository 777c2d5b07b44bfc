//! The small types that the content of a notice consists of.

use async_graphql::{ComplexObject, Context, Error, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::codes::{
    AwardCriterionKind, EnvironmentalImpact, InnovativeAcquisition, RequirementKind,
    ReservedParticipation, SocialObjective, StrategicAim,
};
use crate::{
    graphql::{
        context::{one_language, request},
        dialogue::QuestionType,
        errors::refused,
        organisation::OrganisationKind,
        scalars::{Localized, Money, of_notice},
    },
    kernel::{
        codes::eforms::{List, ListEntry},
        ids::{PartId, VersionId, encode_global},
        reader_languages::ReaderLanguages,
    },
    procurement::{content, reservation},
    tender::rules::questions,
};

/// Contact point of a procurement.
#[derive(SimpleObject)]
pub struct ContactPoint {
    /// Name of the contact person or office. Null when not stated.
    pub name: Option<String>,
    /// E-mail address. Null when not stated.
    pub email: Option<String>,
}

/// Link to a document published elsewhere.
#[derive(SimpleObject)]
pub struct DocumentLink {
    /// Title of the document. Null when the source states none.
    pub title: Option<String>,
    /// Code of the OCDS list `documentType`, unchanged from the source. Null when the source states
    /// none.
    pub document_type: Option<String>,
    /// Web address of the document, outside this marketplace.
    pub url: String,
}

/// Contract that was awarded before the notice was imported.
#[derive(SimpleObject)]
pub struct PastAward {
    /// Names of the suppliers that won.
    pub suppliers: Vec<String>,
    /// Value of the contract. Null when not stated.
    pub value: Option<Money>,
    /// Time of the award decision. Null when not stated.
    pub date: Option<DateTime<Utc>>,
}

/// Strategic aims of a procurement, in addition to what it buys.
#[derive(SimpleObject)]
pub struct Aims {
    /// Strategic aims (eForms BT-06).
    strategic_aims: Vec<StrategicAim>,
    /// Ways in which the environmental impact is reduced (eForms BT-774).
    environmental_impacts: Vec<EnvironmentalImpact>,
    /// Social objectives (eForms BT-775).
    social_objectives: Vec<SocialObjective>,
    /// Kinds of innovation that are acquired (eForms BT-776).
    innovative_acquisitions: Vec<InnovativeAcquisition>,
    /// Sustainable Development Goals of the United Nations, at most 17.
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

/// Converts each value of a list to its GraphQL type.
pub fn all<A: Copy, B: From<A>>(list: &[A]) -> Vec<B> {
    list.iter().copied().map(B::from).collect()
}

/// One of the United Nations' Sustainable Development Goals.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct SustainableDevelopmentGoal {
    /// Number of the goal, 1 to 17.
    number: i32,
}

#[ComplexObject]
impl SustainableDevelopmentGoal {
    /// Short name of the goal in `language`; without it in the reader's language, or else in
    /// English. Null for an unknown number.
    async fn label(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "Language of the label (BCP 47). There are labels in en, sv, fi, nb, da and de. Null: the reader's."
        )]
        language: Option<String>,
    ) -> Result<Option<&'static str>, Error> {
        let listed = List::Sdg.find(&self.number.to_string());
        let languages = wanted(context, language)?;
        Ok(listed.map(|listed| listed.label_for(&languages)))
    }
}

/// Returns the language of the argument, or without it the reader's languages.
fn wanted(context: &Context<'_>, language: Option<String>) -> Result<ReaderLanguages, Error> {
    match language {
        Some(language) => one_language(&language).map_err(refused),
        None => Ok(request(context).languages.clone()),
    }
}

/// An award criterion with its version.
#[derive(Clone)]
pub struct AwardCriterion {
    /// Version that the criterion belongs to.
    pub version: VersionId,
    /// Main language of the content.
    pub language: String,
    /// Criterion in the content.
    pub criterion: content::AwardCriterion,
}

impl AwardCriterion {
    /// Name of the type inside a global ID.
    pub const KIND: &'static str = "AwardCriterion";
}

/// Award criterion, by which tenders are evaluated (Directive 2014/24/EU art. 67).
#[Object]
impl AwardCriterion {
    /// Opaque global ID of the criterion in this version, accepted by `node`.
    pub(in crate::graphql) async fn id(&self) -> ID {
        let id = PartId::new(self.version, &self.criterion.id);
        id.to_global(Self::KIND).into()
    }

    /// ID of the criterion, unique within the procurement and the same in all notices, such as
    /// `AWC-1`.
    async fn criterion_id(&self) -> &str {
        &self.criterion.id
    }

    /// What the criterion evaluates (BT-539).
    async fn kind(&self) -> AwardCriterionKind {
        self.criterion.kind.into()
    }

    /// Name (BT-734).
    async fn name(&self) -> Localized {
        Localized::of_notice(self.criterion.name.clone(), &self.language)
    }

    /// Description of how tenders are evaluated by this criterion (BT-540). Null when not stated.
    async fn description(&self) -> Option<Localized> {
        of_notice(&self.criterion.description, &self.language)
    }

    /// Type of the answers of tenders to the criterion. Null for prices and costs, which the prices of
    /// the lots answer.
    async fn answer_type(&self) -> Option<QuestionType> {
        questions::of_criterion(&self.criterion).map(Into::into)
    }

    /// Weight in percent (BT-541). Null when criteria are only ranked, in the order of the list.
    async fn weight(&self) -> Option<Decimal> {
        self.criterion.weight
    }

    /// IDs of the lots that it applies to. Empty: all lots.
    async fn lot_ids(&self) -> &[String] {
        &self.criterion.lots
    }
}

/// A requirement with its version.
#[derive(Clone)]
pub struct Requirement {
    /// Version that the requirement belongs to.
    pub version: VersionId,
    /// Main language of the content.
    pub language: String,
    /// Requirement in the content.
    pub requirement: content::Requirement,
}

impl Requirement {
    /// Name of the type inside a global ID.
    pub const KIND: &'static str = "Requirement";
}

/// Requirement on tenderers: a ground for exclusion or a selection criterion.
#[Object]
impl Requirement {
    /// Opaque global ID of the requirement in this version, accepted by `node`.
    pub(in crate::graphql) async fn id(&self) -> ID {
        let id = PartId::new(self.version, &self.requirement.id);
        id.to_global(Self::KIND).into()
    }

    /// ID of the requirement, unique within the procurement and the same in all notices, such as
    /// `REQ-1`.
    async fn requirement_id(&self) -> &str {
        &self.requirement.id
    }

    /// Ground for exclusion or selection criterion.
    async fn kind(&self) -> RequirementKind {
        self.requirement.kind.into()
    }

    /// Code of the requirement in the eForms code list of its kind. Null for a code that the list
    /// no longer has.
    async fn code(&self) -> Option<RequirementCode> {
        self.requirement
            .kind
            .list()
            .find(&self.requirement.code)
            .map(RequirementCode)
    }

    /// Description of exactly what is required (BT-750). Null when not stated.
    async fn description(&self) -> Option<Localized> {
        of_notice(&self.requirement.description, &self.language)
    }

    /// Minimum that a tenderer must meet. Null when the requirement is not a number.
    async fn minimum(&self) -> Option<Quantity> {
        self.requirement.minimum.as_ref().map(|minimum| Quantity {
            value: minimum.value,
            unit: minimum.unit.clone(),
        })
    }

    /// Type of the answers of tenders to the requirement: MONEY in the currency of `minimum`, NUMBER
    /// in its other unit, or YES_NO.
    async fn answer_type(&self) -> QuestionType {
        questions::of_requirement(&self.requirement).into()
    }

    /// Evidence that shows that the requirement is met. Null when not stated.
    async fn evidence(&self) -> Option<Localized> {
        of_notice(&self.requirement.evidence, &self.language)
    }

    /// IDs of the lots that it applies to. Empty: all lots.
    async fn lot_ids(&self) -> &[String] {
        &self.requirement.lots
    }
}

/// A number with its unit.
#[derive(SimpleObject)]
pub struct Quantity {
    /// Number, as a decimal string.
    value: Decimal,
    /// Unit, such as `SEK`, `years` or `%`.
    unit: String,
}

/// A code of a requirement.
pub struct RequirementCode(pub &'static ListEntry);

/// Code of a ground for exclusion (eForms code list `exclusion-ground`) or of a selection criterion
/// (`selection-criterion`).
#[Object]
impl RequirementCode {
    /// Code, as used in inputs, such as `slc-stand-to-gen`.
    async fn code(&self) -> &'static str {
        self.0.code
    }

    /// Name in `language`; without it in the reader's language, or else in English.
    async fn label(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "Language of the label (BCP 47). There are labels in en, sv, fi, da and de. Null: the reader's."
        )]
        language: Option<String>,
    ) -> Result<&'static str, Error> {
        Ok(self.0.label_for(&wanted(context, language)?))
    }
}

/// A rule on reservations.
pub struct ReservationRule(pub reservation::ReservationRule);

impl ReservationRule {
    /// Name of the type inside a global ID.
    pub const KIND: &'static str = "ReservationRule";
}

/// Rule of a law by which participation may be reserved.
#[Object]
impl ReservationRule {
    /// Opaque global ID, accepted by `node`.
    pub(in crate::graphql) async fn id(&self) -> ID {
        encode_global(Self::KIND, &self.0.id).into()
    }

    /// ID of the rule, as used in inputs, such as `directive-art-77`.
    async fn rule_id(&self) -> &str {
        &self.0.id
    }

    /// Group to which the rule allows participation to be reserved.
    async fn reserves(&self) -> ReservedParticipation {
        self.0.reserves.into()
    }

    /// Law and section.
    async fn basis(&self) -> &str {
        &self.0.basis
    }

    /// Title: for whom and in which cases the rule applies.
    async fn title(&self) -> Localized {
        Localized::from(self.0.title.clone())
    }

    /// Countries in which the rule applies (ISO 3166-1 alpha-2). Empty: all countries.
    async fn countries(&self) -> &[String] {
        &self.0.countries
    }

    /// CPV codes that the rule covers, each including the codes below it, or ranges such as
    /// `85000000..85323000`. Empty: all codes.
    async fn cpv(&self) -> Vec<String> {
        self.0.cpv.iter().map(ToString::to_string).collect()
    }

    /// Kinds of organisation that may submit a tender.
    async fn kinds(&self) -> Vec<OrganisationKind> {
        all(&self.0.kinds)
    }

    /// Whether a nonprofit must be registered as such (SFS 2022:900) to submit a tender.
    async fn registered(&self) -> bool {
        self.0.registered
    }

    /// Maximum duration of the contract in months, with all renewals. Null: no limit.
    async fn max_months(&self) -> Option<u32> {
        self.0.max_months
    }
}
