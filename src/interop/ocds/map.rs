//! Converts a release into a notice.
//!
//! A release needs only its identity, so the conversion never refuses one: a missing value stays
//! empty, an unreadable value is left out with a warning, and a value over a limit is cut with a
//! warning.

mod awards;
mod classification;
mod country;
mod dialogues;
mod identity;
mod lots;
mod parties;
mod procedure;
mod text;
mod time;
mod value;

use chrono::{DateTime, NaiveDate, Utc};

use super::dates::{DayEdge, Precision, parse_deadline_in_words};
use super::node::{Node, Warnings, quoted};
use super::problem::{Warning, WarningKind};
use super::release::{Release, UNDATED};
use crate::kernel::zone::Zone;
use crate::procurement::content::{Reserved, Suitability};
use crate::procurement::{Content, Draft, Phase};

pub use dialogues::Engagement;
pub use identity::Buyer;
pub use parties::NOT_STATED;

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
    /// Rounds of early dialogue.
    pub dialogues: Vec<Engagement>,
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
    /// Main language in its normal form, or `und`.
    language: String,
    /// Time of publication. `None` if unknown.
    published: Option<DateTime<Utc>>,
    /// Time zone of dates that state none.
    zone: Zone,
}

/// Converts a release into a notice.
#[must_use]
pub fn map(release: Release) -> Notice {
    let warnings = Warnings::of(release.warnings);
    let root = Node::root(&release.body, &warnings);
    let published = Some(release.date).filter(|date| *date != UNDATED);
    let mut source = Source::read(root, published);
    let parties = source.root.objects("parties");
    let party = parties::buyer_party(&source, &parties);
    let buyer = parties::buyer(&source, party, &release.ocid);
    let places = classification::places(&source.items, &source.root, "tender/items");
    source.zone = parties::zone(&source, party, &buyer, &places);
    let phase = phase(&source);
    let mut content = content(&source, &release.ocid, phase);
    content.contact = parties::contact(&source, party);
    content.nuts = places;
    if content.nuts.is_empty() {
        // Most contracts are performed at the seat of the buyer; a search by place finds the notice
        // there.
        content.nuts.extend(buyer.nuts.clone());
    }
    let draft = Draft {
        content,
        lots: lots::lots(&source),
    };
    let dialogues = dialogues::dialogues(&source, &draft.content.title);
    let Release { ocid, id, date, .. } = release;
    Notice {
        ocid,
        release: id,
        date,
        phase,
        buyer,
        draft,
        dialogues,
        warnings: warnings.take(),
    }
}

impl<'a> Source<'a> {
    fn read(root: Node<'a>, published: Option<DateTime<Utc>>) -> Self {
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
            published,
            zone: Zone::DEFAULT,
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
    let deadline = deadline(source, phase == Phase::Tendering);
    Content {
        language: source.language.clone(),
        title: text::title(source, ocid),
        description: text::description(source),
        category: procedure::category(source),
        procedure: procedure::procedure(source),
        procedure_details: procedure::details(source),
        cpv: classification::cpv(source),
        value: source.tender(|tender| value::range(tender)),
        suitability: suitability(source),
        reserved: reserved(source),
        tender_deadline: deadline.map(|deadline| deadline.at),
        tender_deadline_zone: deadline.map(|deadline| deadline.zone.name().to_owned()),
        tender_deadline_time_stated: deadline.map(|deadline| deadline.is_time_stated),
        expected_tendering: expected_tendering(source, phase),
        contract_start: contract_start(source),
        attachments: Vec::new(),
        documents: awards::documents(source),
        past_awards: awards::past_awards(source),
        ..Content::default()
    }
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

/// Deadline for tenders.
#[derive(Clone, Copy)]
struct Deadline {
    at: DateTime<Utc>,
    zone: Zone,
    is_time_stated: bool,
}

fn deadline(source: &Source<'_>, accepts_tenders: bool) -> Option<Deadline> {
    let tender = source.tender.as_ref()?;
    let zone = source.zone;
    let stated = tender.object("tenderPeriod").and_then(|period| {
        let date = time::time(source, &period, "endDate", DayEdge::End)?;
        time::warn_of_past(source, &period, "endDate", date.at, accepts_tenders);
        Some(Deadline {
            at: date.at,
            zone,
            is_time_stated: date.precision != Precision::Day,
        })
    });
    if stated.is_some() {
        return stated;
    }
    let words = tender.text("tenderPeriodEndText")?;
    let deadline = parse_deadline_in_words(&words)
        .filter(|(at, _)| time::is_within_horizon(*at, source.published));
    match deadline {
        Some((at, _)) => {
            time::warn_of_past(source, tender, "tenderPeriodEndText", at, accepts_tenders);
        }
        None => {
            let message = format!(
                "{} cannot be parsed as a deadline; it is left out",
                quoted(&words)
            );
            tender.warn(WarningKind::Unreadable, "tenderPeriodEndText", message);
        }
    }
    deadline.map(|(at, stated)| Deadline {
        at,
        zone: stated.unwrap_or(zone),
        is_time_stated: true,
    })
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
        .and_then(|node| time::day(source, &node, "futureNoticeDate"));
    let start = || {
        tender
            .object("tenderPeriod")
            .and_then(|period| time::day(source, &period, "startDate"))
    };
    announced.or_else(start)
}

/// Returns the start date of the tender's contract period, else the earliest of its lots, awards
/// and contracts.
fn contract_start(source: &Source<'_>) -> Option<NaiveDate> {
    let start = |node: &Node<'_>, key: &str| time::day(source, &node.object(key)?, "startDate");
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
