//! Converts a release into a notice.
//!
//! A release needs only its identity, so the conversion never refuses one: a missing value stays
//! empty, an unreadable value is left out with a warning, and a value over a limit is cut with a
//! warning.

mod awards;
mod classification;
mod lots;
mod parties;
mod text;
mod value;

use chrono::{DateTime, NaiveDate, Utc};

use super::dates::{DayEdge, parse_deadline_in_words};
use super::node::{Node, Warnings, quoted};
use super::problem::{Warning, WarningKind};
use super::release::Release;
use crate::procurement::content::{Category, Procedure, Reserved, Suitability};
use crate::procurement::{Content, Draft, Phase};

pub use parties::{Buyer, NOT_STATED};

/// Notice of a release.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// ID of the contracting process, which identifies the procurement.
    pub ocid: String,
    /// ID of the release, unique within the procurement.
    pub release: String,
    /// Time of publication.
    pub date: DateTime<Utc>,
    /// Phase of the procurement.
    pub phase: Phase,
    /// Buyer.
    pub buyer: Buyer,
    /// Content and lots.
    pub draft: Draft,
    /// Warnings about values that were converted, cut or left out.
    pub warnings: Vec<Warning>,
}

/// Parts of a release that the conversion reads.
struct Source<'a> {
    root: Node<'a>,
    tender: Option<Node<'a>>,
    /// Items of the tender, else of the awards, else of the contracts.
    items: Vec<Node<'a>>,
    lots: Vec<Node<'a>>,
    awards: Vec<Node<'a>>,
    contracts: Vec<Node<'a>>,
    /// Main language (ISO 639-1).
    language: String,
}

/// Converts a release into a notice.
#[must_use]
pub fn map(release: Release) -> Notice {
    let warnings = Warnings::of(release.warnings);
    let source = Source::read(Node::root(&release.body, &warnings));
    let parties = source.root.objects("parties");
    let party = parties::buyer_party(&source, &parties);
    let buyer = parties::buyer(&source, party);
    let phase = phase(&source);
    let mut content = content(&source, &release.ocid, phase);
    content.contact = parties::contact(&source, party);
    if content.nuts.is_empty() {
        // Most contracts are performed at the seat of the buyer; a search by place finds the notice
        // there.
        content.nuts.extend(buyer.nuts.clone());
    }
    let draft = Draft {
        content,
        lots: lots::lots(&source),
    };
    let Release { ocid, id, date, .. } = release;
    Notice {
        ocid,
        release: id,
        date,
        phase,
        buyer,
        draft,
        warnings: warnings.take(),
    }
}

impl<'a> Source<'a> {
    fn read(root: Node<'a>) -> Self {
        let tender = root.object("tender");
        let of_tender = |key| {
            tender
                .as_ref()
                .map(|tender| tender.objects(key))
                .unwrap_or_default()
        };
        let (awards, contracts) = (root.objects("awards"), root.objects("contracts"));
        let items_of = |parts: &[Node<'a>]| {
            parts
                .iter()
                .flat_map(|part| part.objects("items"))
                .collect()
        };
        let items = std::iter::once_with(|| of_tender("items"))
            .chain(std::iter::once_with(|| items_of(&awards)))
            .chain(std::iter::once_with(|| items_of(&contracts)))
            .find(|items: &Vec<_>| !items.is_empty());
        Self {
            items: items.unwrap_or_default(),
            lots: of_tender("lots"),
            language: text::language(&root),
            awards,
            contracts,
            tender,
            root,
        }
    }

    fn tender<T>(&self, read: impl FnOnce(&Node<'a>) -> Option<T>) -> Option<T> {
        self.tender.as_ref().and_then(read)
    }
}

/// Returns the phase by the tender's status (OCDS `tenderStatus`), else by the tags of the release,
/// else by its content.
fn phase(source: &Source<'_>) -> Phase {
    if let Some(status) = source.tender(|tender| tender.text("status")) {
        let phase = match status.to_ascii_lowercase().as_str() {
            "planning" | "planned" => Some(Phase::Upcoming),
            "active" => Some(Phase::Tendering),
            "complete" => Some(Phase::Awarded),
            "cancelled" => Some(Phase::Cancelled),
            "unsuccessful" => Some(Phase::Unsuccessful),
            "withdrawn" => Some(Phase::Withdrawn),
            _ => None,
        };
        if let Some(phase) = phase {
            return phase;
        }
        if let Some(tender) = &source.tender {
            tender.warn(
                WarningKind::UnknownWord,
                "status",
                format!(
                    "{} is not an OCDS tender status; it is left out",
                    quoted(&status)
                ),
            );
        }
    }
    let tags = source.root.texts("tag");
    let by_tag = tags
        .iter()
        .filter_map(|tag| phase_by_tag(tag))
        .max_by_key(|phase| *phase as u8);
    by_tag.unwrap_or_else(|| phase_by_content(source))
}

/// Returns the phase of an OCDS `releaseTag`. The latest phase of several tags counts.
fn phase_by_tag(tag: &str) -> Option<Phase> {
    Some(match tag {
        "planning" | "planningUpdate" => Phase::Upcoming,
        "tender" | "tenderUpdate" | "tenderAmendment" => Phase::Tendering,
        "award"
        | "awardUpdate"
        | "contract"
        | "contractUpdate"
        | "contractAmendment"
        | "implementation"
        | "implementationUpdate" => Phase::Awarded,
        "contractTermination" => Phase::Complete,
        "tenderCancellation" => Phase::Cancelled,
        _ => return None,
    })
}

/// Returns the phase by the content, for compiled releases, whose tag states no phase.
fn phase_by_content(source: &Source<'_>) -> Phase {
    if !source.awards.is_empty() || !source.contracts.is_empty() {
        Phase::Awarded
    } else if source
        .tender
        .as_ref()
        .is_some_and(|tender| tender.has("tenderPeriod"))
    {
        Phase::Tendering
    } else {
        Phase::Upcoming
    }
}

fn content(source: &Source<'_>, ocid: &str, phase: Phase) -> Content {
    Content {
        language: source.language.clone(),
        title: text::title(source, ocid),
        description: text::description(source),
        category: category(source),
        procedure: procedure(source),
        cpv: classification::cpv(source),
        nuts: classification::places(&source.items, &source.root, "tender/items"),
        value: source.tender(|tender| value::range(tender)),
        suitability: suitability(source),
        reserved: reserved(source),
        tender_deadline: tender_deadline(source),
        expected_tendering: expected_tendering(source, phase),
        contract_start: contract_start(source),
        attachments: Vec::new(),
        documents: awards::documents(source),
        past_awards: awards::past_awards(source),
        ..Content::default()
    }
}

/// Returns the category (OCDS code list `procurementCategory`).
fn category(source: &Source<'_>) -> Option<Category> {
    let tender = source.tender.as_ref()?;
    let word = tender.text("mainProcurementCategory")?;
    match word.to_ascii_lowercase().as_str() {
        "works" => Some(Category::Works),
        "services" | "consultingservices" => Some(Category::Services),
        "goods" => Some(Category::Supplies),
        _ => {
            let message = format!(
                "{} is not an OCDS procurement category; it is left out",
                quoted(&word)
            );
            tender.warn(WarningKind::UnknownWord, "mainProcurementCategory", message);
            None
        }
    }
}

/// Phrases of `procurementMethodDetails` with their procedure, the more specific first. They are
/// those of TED's standard forms, Contracts Finder and Canada's federal notices.
const PROCEDURES: [(&str, Procedure); 19] = [
    ("without a prior call", Procedure::NegWoCall),
    ("without prior call", Procedure::NegWoCall),
    ("without prior publication", Procedure::NegWoCall),
    ("direct award", Procedure::NegWoCall),
    ("single tender action", Procedure::NegWoCall),
    ("only one firm has been invited", Procedure::NegWoCall),
    (
        "competitive procedure with negotiation",
        Procedure::NegWCall,
    ),
    ("negotiated procedure with prior call", Procedure::NegWCall),
    ("accelerated negotiated", Procedure::NegWCall),
    ("negotiated procedure", Procedure::NegWCall),
    ("competitive dialogue", Procedure::CompDial),
    ("innovation partnership", Procedure::Innovation),
    ("competitive quotation", Procedure::OthSingle),
    ("restricted procedure", Procedure::Restricted),
    ("accelerated restricted", Procedure::Restricted),
    ("open procedure", Procedure::Open),
    ("all interested suppliers", Procedure::Open),
    ("selective", Procedure::Restricted),
    ("limited", Procedure::NegWoCall),
];

/// Returns the procedure by the details, which are more specific, else by OCDS `procurementMethod`.
fn procedure(source: &Source<'_>) -> Option<Procedure> {
    let tender = source.tender.as_ref()?;
    let details = tender
        .text("procurementMethodDetails")
        .map(|details| details.to_lowercase());
    let by_details = details.and_then(|details| match details.as_str() {
        "open" => Some(Procedure::Open),
        _ => PROCEDURES
            .iter()
            .find(|(phrase, _)| details.contains(phrase))
            .map(|(_, procedure)| *procedure),
    });
    let method = tender.text("procurementMethod");
    by_details.or_else(|| match method?.to_ascii_lowercase().as_str() {
        "open" => Some(Procedure::Open),
        "selective" => Some(Procedure::Restricted),
        "limited" | "direct" => Some(Procedure::NegWoCall),
        other => {
            let message = format!(
                "{} is not an OCDS procurement method; it is left out",
                quoted(other)
            );
            tender.warn(WarningKind::UnknownWord, "procurementMethod", message);
            None
        }
    })
}

/// Returns the suitability of the tender. Without one it is suitable if a lot is (OCDS defines it
/// on both).
fn suitability(source: &Source<'_>) -> Suitability {
    let stated: Vec<Node<'_>> = match source.tender(|tender| tender.object("suitability")) {
        Some(of_tender) => vec![of_tender],
        None => source
            .lots
            .iter()
            .filter_map(|lot| lot.object("suitability"))
            .collect(),
    };
    let any = |key| {
        stated
            .iter()
            .filter_map(|node| node.flag(key))
            .reduce(|one, other| one || other)
    };
    Suitability {
        sme: any("sme"),
        vcse: any("vcse"),
    }
}

fn reserved(source: &Source<'_>) -> Vec<Reserved> {
    let mut reserved = Vec::new();
    for node in source.tender.iter().chain(&source.lots) {
        let Some(requirements) = node.object("otherRequirements") else {
            continue;
        };
        for word in requirements.texts("reservedParticipation") {
            let read = match word.as_str() {
                "shelteredWorkshop" => Reserved::ShelteredWorkshop,
                "publicServiceMissionOrganization" => Reserved::PublicServiceMissionOrganization,
                "none" => continue,
                _ => {
                    let message = format!(
                        "{} is not an OCDS reserved participation; it is left out",
                        quoted(&word)
                    );
                    requirements.warn(WarningKind::UnknownWord, "reservedParticipation", message);
                    continue;
                }
            };
            if !reserved.contains(&read) {
                reserved.push(read);
            }
        }
    }
    reserved
}

fn tender_deadline(source: &Source<'_>) -> Option<DateTime<Utc>> {
    let tender = source.tender.as_ref()?;
    if let Some(deadline) = tender
        .object("tenderPeriod")
        .and_then(|period| period.time("endDate", DayEdge::End))
    {
        return Some(deadline);
    }
    let words = tender.text("tenderPeriodEndText")?;
    let deadline = parse_deadline_in_words(&words);
    if deadline.is_none() {
        let message = format!(
            "{} cannot be parsed as a deadline; it is left out",
            quoted(&words)
        );
        tender.warn(WarningKind::Unreadable, "tenderPeriodEndText", message);
    }
    deadline
}

/// Returns the announced date of the contract notice (BT-127): `futureNoticeDate` in British data,
/// else the start of tendering.
fn expected_tendering(source: &Source<'_>, phase: Phase) -> Option<NaiveDate> {
    let tender = source
        .tender
        .as_ref()
        .filter(|_| phase == Phase::Upcoming)?;
    let announced = tender
        .object("communication")
        .and_then(|node| node.day("futureNoticeDate"));
    let start = || {
        tender
            .object("tenderPeriod")
            .and_then(|period| period.day("startDate"))
    };
    announced.or_else(start)
}

/// Returns the start date of the tender's contract period, else the earliest of its lots, awards
/// and contracts.
fn contract_start(source: &Source<'_>) -> Option<NaiveDate> {
    let start = |node: &Node<'_>, key: &str| node.object(key)?.day("startDate");
    let of_tender = source.tender(|tender| start(tender, "contractPeriod"));
    let of_parts = || {
        let parts = source
            .lots
            .iter()
            .chain(&source.awards)
            .filter_map(|node| start(node, "contractPeriod"));
        parts
            .chain(
                source
                    .contracts
                    .iter()
                    .filter_map(|node| start(node, "period")),
            )
            .min()
    };
    of_tender.or_else(of_parts)
}
