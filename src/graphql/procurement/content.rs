//! What a notice or draft says.

use std::sync::Arc;

use async_graphql::{Context, Error, Object};
use chrono::{DateTime, Utc};

use super::{
    attachments::Attachment,
    codes::{
        Category, DynamicPurchasingSystem, FrameworkAgreement, Procedure, ReservedParticipation,
    },
    words::{
        Aims, AwardCriterion, ContactPoint, DocumentLink, PastAward, Requirement, ReservationRule,
        all,
    },
};
use crate::{
    graphql::{
        codes::ClassificationCode,
        context::backend,
        organisation::Organisation,
        scalars::{Date, Localized, Money, ValueRange, non_empty},
    },
    kernel::{codes::Scheme, ids::ProcurementId},
    procurement::content::{self, Content},
};

/// What a notice or draft says, and of which procurement.
pub struct ProcurementContent(pub Arc<Content>, pub ProcurementId);

/// What a notice or draft says about the procurement as a whole. Null, here and in all fields: it does not say.
#[Object]
impl ProcurementContent {
    /// What it is called. Null only for an imported notice without a title.
    async fn title(&self) -> Option<Localized> {
        non_empty(&self.0.title)
    }

    /// What is to be bought.
    async fn description(&self) -> Option<Localized> {
        non_empty(&self.0.description)
    }

    /// The same in a few plain sentences; null when the buyer wrote none.
    async fn summary(&self) -> Option<Localized> {
        non_empty(&self.0.summary)
    }

    /// The main language (ISO 639-1).
    async fn language(&self) -> Option<&str> {
        Some(self.0.language.as_str()).filter(|language| !language.is_empty())
    }

    /// What is bought (BT-23).
    async fn category(&self) -> Option<Category> {
        self.0.category.map(Category::from)
    }

    /// How it is bought (BT-105).
    async fn procedure(&self) -> Option<Procedure> {
        self.0.procedure.map(Procedure::from)
    }

    /// Is it for a framework agreement (BT-765)?
    async fn framework_agreement(&self) -> Option<FrameworkAgreement> {
        self.0.framework.map(FrameworkAgreement::from)
    }

    /// Is it for a dynamic purchasing system (BT-766)?
    async fn dynamic_purchasing_system(&self) -> Option<DynamicPurchasingSystem> {
        self.0.dynamic_purchasing.map(DynamicPurchasingSystem::from)
    }

    /// What is bought, in CPV codes, the main one first.
    async fn cpv(&self) -> Vec<ClassificationCode> {
        cpv_codes(&self.0.cpv)
    }

    /// Where it is performed, in NUTS codes.
    async fn nuts(&self) -> Vec<ClassificationCode> {
        nuts_codes(&self.0.nuts)
    }

    /// The estimated value.
    async fn value(&self) -> Option<ValueRange> {
        self.0.value.clone().map(ValueRange::from)
    }

    /// Does it suit small and medium-sized enterprises?
    async fn suits_sme(&self) -> Option<bool> {
        self.0.suitability.sme
    }

    /// Does it suit nonprofits and social enterprises (OCDS: VCSE)?
    async fn suits_vcse(&self) -> Option<bool> {
        self.0.suitability.vcse
    }

    /// To whom participation is reserved; empty: to nobody. Lots may be reserved, too.
    async fn reserved_participation(&self) -> Vec<ReservedParticipation> {
        all(&self.0.reserved)
    }

    /// The rule that allows the reservation; imported notices name none.
    async fn reservation_rule(&self, context: &Context<'_>) -> Option<ReservationRule> {
        rule(context, self.0.reservation_rule.as_deref())
    }

    /// What it aims at beside what it buys.
    async fn aims(&self) -> Aims {
        Aims::from(&self.0.aims)
    }

    /// Are joint bids welcome?
    async fn joint_bids_welcome(&self) -> Option<bool> {
        self.0.joint_bids
    }

    /// Is subcontracting welcome?
    async fn subcontracting_welcome(&self) -> Option<bool> {
        self.0.subcontracting
    }

    /// The least yearly turnover asked of a tenderer.
    async fn min_turnover(&self) -> Option<Money> {
        self.0.min_turnover.clone().map(Money::from)
    }

    /// How many references are asked of a tenderer.
    async fn references_asked(&self) -> Option<u32> {
        self.0.references
    }

    /// How many hours a tender is thought to take.
    async fn effort_hours(&self) -> Option<u32> {
        self.0.effort_hours
    }

    /// The languages tenders may be written in (BT-97), ISO 639-1.
    async fn submission_languages(&self) -> &[String] {
        &self.0.submission_languages
    }

    /// What tenders are weighed by, the most important first where they have no weights.
    async fn award_criteria(&self) -> Vec<AwardCriterion> {
        let criteria = self.0.award_criteria.iter().cloned();
        criteria.map(AwardCriterion).collect()
    }

    /// Grounds for exclusion, and what tenderers must fulfil.
    async fn requirements(&self) -> Vec<Requirement> {
        let requirements = self.0.requirements.iter().cloned();
        requirements.map(Requirement).collect()
    }

    /// For how many lots one tenderer may tender (BT-31); null: for all.
    async fn max_lots_per_tenderer(&self) -> Option<u32> {
        self.0.max_lots_per_tenderer
    }

    /// How many lots one tenderer may win (BT-33); null: all.
    async fn max_lots_awarded(&self) -> Option<u32> {
        self.0.max_lots_awarded
    }

    /// Until when tenders are received; at this very moment it is too late. Null before tendering is announced.
    async fn tender_deadline(&self) -> Option<DateTime<Utc>> {
        self.0.tender_deadline
    }

    /// When publication is expected.
    async fn expected_publication(&self) -> Option<Date> {
        self.0.expected_publication.map(Date)
    }

    /// When early dialogue is expected to begin.
    async fn expected_dialogue(&self) -> Option<Date> {
        self.0.expected_dialogue.map(Date)
    }

    /// When tendering is expected to begin.
    async fn expected_tendering(&self) -> Option<Date> {
        self.0.expected_tendering.map(Date)
    }

    /// When the contract is expected to start.
    async fn contract_start(&self) -> Option<Date> {
        self.0.contract_start.map(Date)
    }

    /// How many months the contract is expected to last (BT-36).
    async fn contract_months(&self) -> Option<u32> {
        self.0.contract_months
    }

    /// How often the contract may be renewed (BT-58).
    async fn renewals(&self) -> Option<u32> {
        self.0.renewals
    }

    /// Who buys together with the lead (`buyer`); empty where it buys alone.
    async fn joint_buyers(&self, context: &Context<'_>) -> Result<Vec<Organisation>, Error> {
        Organisation::load_all(context, &self.0.joint_buyers).await
    }

    /// Whom to write to.
    async fn contact(&self) -> Option<ContactPoint> {
        self.0.contact.clone().map(|contact| ContactPoint {
            name: contact.name,
            email: contact.email,
        })
    }

    /// Documents that are attached.
    async fn attachments(&self) -> Vec<Attachment> {
        let attachment = |attachment: &content::Attachment| Attachment {
            attachment: attachment.clone(),
            procurement: self.1,
        };
        self.0.attachments.iter().map(attachment).collect()
    }

    /// Documents published elsewhere (imported notices).
    async fn documents(&self) -> Vec<DocumentLink> {
        let link = |link: content::DocumentLink| DocumentLink {
            title: link.title,
            document_type: link.document_type,
            url: link.url,
        };
        self.0.documents.iter().cloned().map(link).collect()
    }

    /// Contracts awarded before the notice reached Torg (imported notices). For awards made here, see `awards`.
    async fn past_awards(&self) -> Vec<PastAward> {
        let award = |award: content::PastAward| PastAward {
            suppliers: award.suppliers,
            value: award.value.map(Money::from),
            date: award.date,
        };
        self.0.past_awards.iter().cloned().map(award).collect()
    }
}

/// The rule with this ID, if there still is one.
pub fn rule(context: &Context<'_>, id: Option<&str>) -> Option<ReservationRule> {
    let rule = backend(context).reservations.find(id?)?;
    Some(ReservationRule(rule.clone()))
}

/// CPV codes with their labels.
pub fn cpv_codes(codes: &[String]) -> Vec<ClassificationCode> {
    let code = |code: &String| ClassificationCode::new(Scheme::Cpv, code);
    codes.iter().map(code).collect()
}

/// NUTS codes with their labels.
pub fn nuts_codes(codes: &[String]) -> Vec<ClassificationCode> {
    let code = |code: &String| ClassificationCode::new(Scheme::Nuts, code);
    codes.iter().map(code).collect()
}
