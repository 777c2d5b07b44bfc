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
        scalars::{Date, Localized, Money, ValueRange, of_notice},
    },
    kernel::{
        codes::Scheme,
        ids::{ProcurementId, VersionId},
    },
    procurement::{
        content::{self, Content},
        store,
    },
};

/// The content of a notice or draft, with the version that its parts are identified with.
pub struct ProcurementContent {
    content: Arc<Content>,
    procurement: ProcurementId,
    version: VersionId,
}

impl ProcurementContent {
    /// Returns the content of a notice.
    pub fn of_notice(notice: &store::Notice) -> Self {
        Self {
            content: notice.content.clone(),
            procurement: notice.procurement,
            version: VersionId::Notice(notice.id),
        }
    }

    /// Returns the content of a procurement's draft; an empty one without a draft.
    pub fn of_draft(procurement: &store::Procurement) -> Self {
        let draft = procurement.draft.as_ref();
        Self {
            content: Arc::new(draft.map(|draft| draft.content.clone()).unwrap_or_default()),
            procurement: procurement.id,
            version: VersionId::Draft(procurement.id),
        }
    }

    /// Returns the award criterion with this code.
    pub fn criterion(&self, code: &str) -> Option<AwardCriterion> {
        let mut all = self.criteria();
        all.find(|part| part.criterion.id == code)
    }

    /// Returns the requirement with this code.
    pub fn requirement(&self, code: &str) -> Option<Requirement> {
        let mut all = self.all_requirements();
        all.find(|part| part.requirement.id == code)
    }

    /// Returns the attachment with this code.
    pub fn attachment(&self, code: &str) -> Option<Attachment> {
        let mut all = self.all_attachments();
        all.find(|part| part.attachment.id == code)
    }

    fn criteria(&self) -> impl Iterator<Item = AwardCriterion> {
        let part = |criterion: &content::AwardCriterion| AwardCriterion {
            version: self.version,
            language: self.content.language.clone(),
            criterion: criterion.clone(),
        };
        self.content.award_criteria.iter().map(part)
    }

    fn all_requirements(&self) -> impl Iterator<Item = Requirement> {
        let part = |requirement: &content::Requirement| Requirement {
            version: self.version,
            language: self.content.language.clone(),
            requirement: requirement.clone(),
        };
        self.content.requirements.iter().map(part)
    }

    fn all_attachments(&self) -> impl Iterator<Item = Attachment> {
        let part = |attachment: &content::Attachment| Attachment {
            version: self.version,
            procurement: self.procurement,
            language: self.content.language.clone(),
            attachment: attachment.clone(),
        };
        self.content.attachments.iter().map(part)
    }
}

/// Content of a notice or draft about the procurement as a whole. A field that the buyer has not
/// stated is null.
#[Object]
impl ProcurementContent {
    /// Title (BT-21). Null only for an imported notice without a title.
    async fn title(&self) -> Option<Localized> {
        of_notice(&self.content.title, &self.content.language)
    }

    /// Description of the goods, services or works to be bought (BT-24).
    async fn description(&self) -> Option<Localized> {
        of_notice(&self.content.description, &self.content.language)
    }

    /// Summary in plain language. Null when the buyer has not written one.
    async fn summary(&self) -> Option<Localized> {
        of_notice(&self.content.summary, &self.content.language)
    }

    /// Main language, in which the title always exists: the code of ISO 639-1, else of ISO 639-3.
    async fn language(&self) -> Option<&str> {
        Some(self.content.language.as_str()).filter(|language| !language.is_empty())
    }

    /// Main nature of the contract (BT-23).
    async fn category(&self) -> Option<Category> {
        self.content.category.map(Category::from)
    }

    /// Type of procedure (BT-105).
    async fn procedure(&self) -> Option<Procedure> {
        self.content.procedure.map(Procedure::from)
    }

    /// The publisher's own words on the procedure (OCDS `procurementMethodDetails`); only in
    /// imported notices.
    async fn procedure_details(&self) -> Option<Localized> {
        of_notice(&self.content.procedure_details, &self.content.language)
    }

    /// Kind of framework agreement (BT-765).
    async fn framework_agreement(&self) -> Option<FrameworkAgreement> {
        self.content.framework.map(FrameworkAgreement::from)
    }

    /// Kind of dynamic purchasing system (BT-766).
    async fn dynamic_purchasing_system(&self) -> Option<DynamicPurchasingSystem> {
        self.content
            .dynamic_purchasing
            .map(DynamicPurchasingSystem::from)
    }

    /// CPV 2008 codes, main code first (BT-262, BT-263), at most 100.
    async fn cpv(&self) -> Vec<ClassificationCode> {
        cpv_codes(&self.content.cpv)
    }

    /// NUTS 2024 codes of the places of performance (BT-5071), at most 100.
    async fn nuts(&self) -> Vec<ClassificationCode> {
        nuts_codes(&self.content.nuts)
    }

    /// Estimated value without VAT (BT-27).
    async fn value(&self) -> Option<ValueRange> {
        self.content.value.clone().map(ValueRange::from)
    }

    /// Whether it suits small and medium-sized enterprises.
    async fn suits_sme(&self) -> Option<bool> {
        self.content.suitability.sme
    }

    /// Whether it suits nonprofits and social enterprises (OCDS: VCSE).
    async fn suits_vcse(&self) -> Option<bool> {
        self.content.suitability.vcse
    }

    /// Groups to which participation in the whole procurement is reserved (BT-71). Empty: not
    /// reserved; single lots may still be.
    async fn reserved_participation(&self) -> Vec<ReservedParticipation> {
        all(&self.content.reserved)
    }

    /// Rule that allows the reservation. Null when nothing is reserved, and for imported notices,
    /// which name no rule.
    async fn reservation_rule(&self, context: &Context<'_>) -> Option<ReservationRule> {
        rule(context, self.content.reservation_rule.as_deref())
    }

    /// Strategic aims of the procurement, in addition to what it buys.
    async fn aims(&self) -> Aims {
        Aims::from(&self.content.aims)
    }

    /// Whether joint bids are welcome.
    async fn joint_bids_welcome(&self) -> Option<bool> {
        self.content.joint_bids
    }

    /// Whether subcontracting is welcome.
    async fn subcontracting_welcome(&self) -> Option<bool> {
        self.content.subcontracting
    }

    /// Whether an organisation may take part in several tenders for a lot: alone and in a group, or in
    /// several groups. Null: no.
    async fn several_tenders_allowed(&self) -> Option<bool> {
        self.content.several_tenders_allowed
    }

    /// Minimum yearly turnover that a tenderer must have (Directive 2014/24/EU art. 58(3)).
    async fn min_turnover(&self) -> Option<Money> {
        self.content.min_turnover.clone().map(Money::from)
    }

    /// Number of references that a tenderer must give.
    async fn references_asked(&self) -> Option<u32> {
        self.content.references
    }

    /// Buyer's estimate of the number of hours needed to write a tender.
    async fn effort_hours(&self) -> Option<u32> {
        self.content.effort_hours
    }

    /// Languages in which tenders may be written (BT-97), as codes of ISO 639-1, else of
    /// ISO 639-3.
    async fn submission_languages(&self) -> &[String] {
        &self.content.submission_languages
    }

    /// Award criteria, at most 100; the most important first if they have no weights.
    async fn award_criteria(&self) -> Vec<AwardCriterion> {
        self.criteria().collect()
    }

    /// Grounds for exclusion and selection criteria, at most 200.
    async fn requirements(&self) -> Vec<Requirement> {
        self.all_requirements().collect()
    }

    /// Maximum number of lots for which one tenderer may submit tenders (BT-31). Null: no limit.
    async fn max_lots_per_tenderer(&self) -> Option<u32> {
        self.content.max_lots_per_tenderer
    }

    /// Maximum number of lots that one tenderer may win (BT-33). Null: no limit.
    async fn max_lots_awarded(&self) -> Option<u32> {
        self.content.max_lots_awarded
    }

    /// Whether one tender may be for several lots (combination offer). If not, which null means as
    /// well, submit a tender for each lot.
    async fn combinations_allowed(&self) -> Option<bool> {
        self.content.combinations_allowed
    }

    /// Deadline for tenders (BT-131). A tender at or after this moment is late. Null until
    /// tendering is announced.
    async fn tender_deadline(&self) -> Option<DateTime<Utc>> {
        self.content.tender_deadline
    }

    /// IANA time zone in which the deadline is stated, such as `Europe/Stockholm`. Null without a
    /// deadline, and in notices published before zones were recorded.
    async fn tender_deadline_zone(&self) -> Option<&str> {
        self.content.tender_deadline?;
        self.content.tender_deadline_zone.as_deref()
    }

    /// The deadline as local time in `tenderDeadlineZone`, with its offset from UTC (RFC 3339):
    /// `2031-05-20T12:00:00+02:00`. Null when the deadline or its zone is null.
    async fn tender_deadline_local(&self) -> Option<String> {
        self.content.tender_deadline_zone.as_ref()?;
        let deadline = self.content.tender_deadline?;
        Some(self.content.deadline_zone().local(deadline))
    }

    /// Whether the time of day of the deadline is stated. False: an imported notice states only the
    /// day, and `tenderDeadline` is its last second in `tenderDeadlineZone`. Null without a
    /// deadline.
    async fn tender_deadline_time_stated(&self) -> Option<bool> {
        self.content.tender_deadline?;
        Some(self.content.tender_deadline_time_stated != Some(false))
    }

    /// Expected date of publication.
    async fn expected_publication(&self) -> Option<Date> {
        self.content.expected_publication.map(Date)
    }

    /// Expected start of early dialogue.
    async fn expected_dialogue(&self) -> Option<Date> {
        self.content.expected_dialogue.map(Date)
    }

    /// Expected start of tendering (BT-127).
    async fn expected_tendering(&self) -> Option<Date> {
        self.content.expected_tendering.map(Date)
    }

    /// Expected start of the contract (BT-536).
    async fn contract_start(&self) -> Option<Date> {
        self.content.contract_start.map(Date)
    }

    /// Expected duration of the contract in months (BT-36).
    async fn contract_months(&self) -> Option<u32> {
        self.content.contract_months
    }

    /// Maximum number of renewals of the contract (BT-58).
    async fn renewals(&self) -> Option<u32> {
        self.content.renewals
    }

    /// Buyers that take part in the joint procurement, at most 50, without the lead (`buyer`).
    /// Empty when the lead buys alone.
    async fn joint_buyers(&self, context: &Context<'_>) -> Result<Vec<Organisation>, Error> {
        Organisation::load_all(context, &self.content.joint_buyers).await
    }

    /// Contact point for questions.
    async fn contact(&self) -> Option<ContactPoint> {
        self.content.contact.clone().map(|contact| ContactPoint {
            name: contact.name,
            email: contact.email,
        })
    }

    /// Documents attached to this version, at most 200.
    async fn attachments(&self) -> Vec<Attachment> {
        self.all_attachments().collect()
    }

    /// Links to documents published elsewhere, at most 200; only in imported notices.
    async fn documents(&self) -> Vec<DocumentLink> {
        let link = |link: content::DocumentLink| DocumentLink {
            title: link.title,
            document_type: link.document_type,
            url: link.url,
        };
        self.content.documents.iter().cloned().map(link).collect()
    }

    /// Contracts awarded before the notice was imported, at most 5,000; only in imported notices.
    /// Awards made on this marketplace are in `awards`.
    async fn past_awards(&self) -> Vec<PastAward> {
        let award = |award: content::PastAward| PastAward {
            suppliers: award.suppliers,
            value: award.value.map(Money::from),
            date: award.date,
        };
        self.content
            .past_awards
            .iter()
            .cloned()
            .map(award)
            .collect()
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
