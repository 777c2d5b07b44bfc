//! The content of a notice or draft.

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

/// The content of a notice or draft, with the ID of its procurement.
pub struct ProcurementContent(pub Arc<Content>, pub ProcurementId);

/// Content of a notice or draft about the procurement as a whole. A field that the buyer has not
/// stated is null.
#[Object]
impl ProcurementContent {
    /// Title (BT-21). Null only for an imported notice without a title.
    async fn title(&self) -> Option<Localized> {
        non_empty(&self.0.title)
    }

    /// Description of the goods, services or works to be bought (BT-24).
    async fn description(&self) -> Option<Localized> {
        non_empty(&self.0.description)
    }

    /// Summary in plain language. Null when the buyer has not written one.
    async fn summary(&self) -> Option<Localized> {
        non_empty(&self.0.summary)
    }

    /// Main language (ISO 639-1), in which the title always exists.
    async fn language(&self) -> Option<&str> {
        Some(self.0.language.as_str()).filter(|language| !language.is_empty())
    }

    /// Main nature of the contract (BT-23).
    async fn category(&self) -> Option<Category> {
        self.0.category.map(Category::from)
    }

    /// Type of procedure (BT-105).
    async fn procedure(&self) -> Option<Procedure> {
        self.0.procedure.map(Procedure::from)
    }

    /// The publisher's own words on the procedure (OCDS `procurementMethodDetails`); only in
    /// imported notices.
    async fn procedure_details(&self) -> Option<Localized> {
        non_empty(&self.0.procedure_details)
    }

    /// Kind of framework agreement (BT-765).
    async fn framework_agreement(&self) -> Option<FrameworkAgreement> {
        self.0.framework.map(FrameworkAgreement::from)
    }

    /// Kind of dynamic purchasing system (BT-766).
    async fn dynamic_purchasing_system(&self) -> Option<DynamicPurchasingSystem> {
        self.0.dynamic_purchasing.map(DynamicPurchasingSystem::from)
    }

    /// CPV 2008 codes, main code first (BT-262, BT-263).
    async fn cpv(&self) -> Vec<ClassificationCode> {
        cpv_codes(&self.0.cpv)
    }

    /// NUTS 2024 codes of the places of performance (BT-5071).
    async fn nuts(&self) -> Vec<ClassificationCode> {
        nuts_codes(&self.0.nuts)
    }

    /// Estimated value without VAT (BT-27).
    async fn value(&self) -> Option<ValueRange> {
        self.0.value.clone().map(ValueRange::from)
    }

    /// Whether it suits small and medium-sized enterprises.
    async fn suits_sme(&self) -> Option<bool> {
        self.0.suitability.sme
    }

    /// Whether it suits nonprofits and social enterprises (OCDS: VCSE).
    async fn suits_vcse(&self) -> Option<bool> {
        self.0.suitability.vcse
    }

    /// Groups to which participation in the whole procurement is reserved (BT-71). Empty: not
    /// reserved; single lots may still be.
    async fn reserved_participation(&self) -> Vec<ReservedParticipation> {
        all(&self.0.reserved)
    }

    /// Rule that allows the reservation. Null when nothing is reserved, and for imported notices,
    /// which name no rule.
    async fn reservation_rule(&self, context: &Context<'_>) -> Option<ReservationRule> {
        rule(context, self.0.reservation_rule.as_deref())
    }

    /// Strategic aims of the procurement, in addition to what it buys.
    async fn aims(&self) -> Aims {
        Aims::from(&self.0.aims)
    }

    /// Whether joint bids are welcome.
    async fn joint_bids_welcome(&self) -> Option<bool> {
        self.0.joint_bids
    }

    /// Whether subcontracting is welcome.
    async fn subcontracting_welcome(&self) -> Option<bool> {
        self.0.subcontracting
    }

    /// Minimum yearly turnover that a tenderer must have (Directive 2014/24/EU art. 58(3)).
    async fn min_turnover(&self) -> Option<Money> {
        self.0.min_turnover.clone().map(Money::from)
    }

    /// Number of references that a tenderer must give.
    async fn references_asked(&self) -> Option<u32> {
        self.0.references
    }

    /// Buyer's estimate of the number of hours needed to write a tender.
    async fn effort_hours(&self) -> Option<u32> {
        self.0.effort_hours
    }

    /// Languages in which tenders may be written (BT-97), as ISO 639-1 codes.
    async fn submission_languages(&self) -> &[String] {
        &self.0.submission_languages
    }

    /// Award criteria; the most important first if they have no weights.
    async fn award_criteria(&self) -> Vec<AwardCriterion> {
        let criteria = self.0.award_criteria.iter().cloned();
        criteria.map(AwardCriterion).collect()
    }

    /// Grounds for exclusion and selection criteria.
    async fn requirements(&self) -> Vec<Requirement> {
        let requirements = self.0.requirements.iter().cloned();
        requirements.map(Requirement).collect()
    }

    /// Maximum number of lots for which one tenderer may submit tenders (BT-31). Null: no limit.
    async fn max_lots_per_tenderer(&self) -> Option<u32> {
        self.0.max_lots_per_tenderer
    }

    /// Maximum number of lots that one tenderer may win (BT-33). Null: no limit.
    async fn max_lots_awarded(&self) -> Option<u32> {
        self.0.max_lots_awarded
    }

    /// Deadline for tenders (BT-131). A tender at or after this moment is late. Null until
    /// tendering is announced.
    async fn tender_deadline(&self) -> Option<DateTime<Utc>> {
        self.0.tender_deadline
    }

    /// IANA time zone in which the deadline is stated, such as `Europe/Stockholm`. Null without a
    /// deadline, and in notices published before zones were recorded.
    async fn tender_deadline_zone(&self) -> Option<&str> {
        self.0.tender_deadline?;
        self.0.tender_deadline_zone.as_deref()
    }

    /// The deadline as local time in `tenderDeadlineZone`, with its offset from UTC (RFC 3339):
    /// `2031-05-20T12:00:00+02:00`. Null when the deadline or its zone is null.
    async fn tender_deadline_local(&self) -> Option<String> {
        self.0.tender_deadline_zone.as_ref()?;
        let deadline = self.0.tender_deadline?;
        Some(self.0.deadline_zone().local(deadline))
    }

    /// Whether the time of day of the deadline is stated. False: an imported notice states only the
    /// day, and `tenderDeadline` is its last second in `tenderDeadlineZone`. Null without a
    /// deadline.
    async fn tender_deadline_time_stated(&self) -> Option<bool> {
        self.0.tender_deadline?;
        Some(self.0.tender_deadline_time_stated != Some(false))
    }

    /// Expected date of publication.
    async fn expected_publication(&self) -> Option<Date> {
        self.0.expected_publication.map(Date)
    }

    /// Expected start of early dialogue.
    async fn expected_dialogue(&self) -> Option<Date> {
        self.0.expected_dialogue.map(Date)
    }

    /// Expected start of tendering (BT-127).
    async fn expected_tendering(&self) -> Option<Date> {
        self.0.expected_tendering.map(Date)
    }

    /// Expected start of the contract (BT-536).
    async fn contract_start(&self) -> Option<Date> {
        self.0.contract_start.map(Date)
    }

    /// Expected duration of the contract in months (BT-36).
    async fn contract_months(&self) -> Option<u32> {
        self.0.contract_months
    }

    /// Maximum number of renewals of the contract (BT-58).
    async fn renewals(&self) -> Option<u32> {
        self.0.renewals
    }

    /// Buyers that take part in the joint procurement, without the lead (`buyer`). Empty when the
    /// lead buys alone.
    async fn joint_buyers(&self, context: &Context<'_>) -> Result<Vec<Organisation>, Error> {
        Organisation::load_all(context, &self.0.joint_buyers).await
    }

    /// Contact point for questions.
    async fn contact(&self) -> Option<ContactPoint> {
        self.0.contact.clone().map(|contact| ContactPoint {
            name: contact.name,
            email: contact.email,
        })
    }

    /// Documents attached to this version.
    async fn attachments(&self) -> Vec<Attachment> {
        let attachment = |attachment: &content::Attachment| Attachment {
            attachment: attachment.clone(),
            procurement: self.1,
        };
        self.0.attachments.iter().map(attachment).collect()
    }

    /// Links to documents published elsewhere; only in imported notices.
    async fn documents(&self) -> Vec<DocumentLink> {
        let link = |link: content::DocumentLink| DocumentLink {
            title: link.title,
            document_type: link.document_type,
            url: link.url,
        };
        self.0.documents.iter().cloned().map(link).collect()
    }

    /// Contracts awarded before the notice was imported; only in imported notices. Awards made on
    /// this marketplace are in `awards`.
    async fn past_awards(&self) -> Vec<PastAward> {
        let award = |award: content::PastAward| PastAward {
            suppliers: award.suppliers,
            value: award.value.map(Money::from),
            date: award.date,
        };
        self.0.past_awards.iter().cloned().map(award).collect()
    }
}

/// Returns the rule with this ID. `None` when the configured rules no longer have it.
pub fn rule(context: &Context<'_>, id: Option<&str>) -> Option<ReservationRule> {
    let rule = backend(context).reservations.find(id?)?;
    Some(ReservationRule(rule.clone()))
}

/// Returns CPV codes with their labels.
pub fn cpv_codes(codes: &[String]) -> Vec<ClassificationCode> {
    let code = |code: &String| ClassificationCode::new(Scheme::Cpv, code);
    codes.iter().map(code).collect()
}

/// Returns NUTS codes with their labels.
pub fn nuts_codes(codes: &[String]) -> Vec<ClassificationCode> {
    let code = |code: &String| ClassificationCode::new(Scheme::Nuts, code);
    codes.iter().map(code).collect()
}
