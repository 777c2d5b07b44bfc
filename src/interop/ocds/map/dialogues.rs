//! Rounds of early dialogue: milestones of type `engagement` (OCDS code list `milestoneType`).

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Source, text, time};
use crate::interop::ocds::dates::DayEdge;
use crate::interop::ocds::node::{Node, quoted};
use crate::interop::ocds::problem::WarningKind;
use crate::kernel::text::LocalizedText;
use crate::kernel::zone::Zone;
use crate::procurement::rules::{TEXT_LIMIT, TITLE_LIMIT};

/// Maximum number of rounds of a notice.
const DIALOGUE_LIMIT: usize = 100;
/// Maximum length of the ID of a milestone in characters.
const ID_LIMIT: usize = 200;

/// Round of dialogue that a release announces. It is held outside this marketplace.
#[derive(Debug, Clone, PartialEq)]
pub struct Engagement {
    /// ID of the milestone, unique within the procurement.
    pub milestone: String,
    /// Title, or else the title of the procurement.
    pub title: LocalizedText,
    /// Description; empty if not stated.
    pub description: LocalizedText,
    /// Time at which it opens: the publication of the release, or else the day on which it ends.
    pub opens_at: DateTime<Utc>,
    /// Time at which it ends: the due date of the milestone.
    pub closes_at: DateTime<Utc>,
    /// Time zone of the buyer.
    pub zone: Zone,
}

/// Returns the rounds that planning and tender announce, in their order.
pub(super) fn dialogues(source: &Source<'_>, title: &LocalizedText) -> Vec<Engagement> {
    let planning = source.root.object("planning");
    let owners = planning.iter().chain(&source.tender);
    let is_engagement = |milestone: &Node<'_>| {
        let kind = milestone.text("type");
        kind.is_some_and(|kind| kind.eq_ignore_ascii_case("engagement"))
    };
    let milestones = owners
        .flat_map(|owner| owner.objects("milestones"))
        .filter(is_engagement);
    let mut known = HashSet::new();
    let mut rounds = Vec::new();
    for milestone in milestones {
        if rounds.len() == DIALOGUE_LIMIT {
            let message = format!(
                "there are more than {DIALOGUE_LIMIT} engagements; the others are left out"
            );
            milestone.warn(WarningKind::TooLong, "", message);
            break;
        }
        let Some(round) = engagement(source, &milestone, title) else {
            continue;
        };
        if known.insert(round.milestone.clone()) {
            rounds.push(round);
        }
    }
    rounds
}

fn engagement(
    source: &Source<'_>,
    milestone: &Node<'_>,
    title: &LocalizedText,
) -> Option<Engagement> {
    let due = ["dueDate", "dateMet"]
        .into_iter()
        .find_map(|key| time::time(source, milestone, key, DayEdge::End));
    let Some(due) = due else {
        let message = "is missing; a dialogue needs an end, and the engagement is left out";
        milestone.warn(WarningKind::Missing, "dueDate", message);
        return None;
    };
    let read = |key, limit| text::localized(milestone, key, &source.language, limit);
    let own = read("title", TITLE_LIMIT);
    let day = source.zone.start_of(source.zone.day(due.at));
    let latest = due.at - TimeDelta::seconds(1);
    Some(Engagement {
        milestone: id(milestone, &own, due.at),
        title: if own.is_empty() { title.clone() } else { own },
        description: read("description", TEXT_LIMIT),
        opens_at: source
            .published
            .filter(|published| *published < due.at)
            .unwrap_or(day)
            .min(latest),
        closes_at: due.at,
        zone: source.zone,
    })
}

/// Returns the ID of a milestone. Without one, it is made of title and due date, so a repeated
/// import recognises the milestone.
fn id(milestone: &Node<'_>, title: &LocalizedText, due: DateTime<Utc>) -> String {
    if let Some(id) = milestone.text("id") {
        if id.chars().count() <= ID_LIMIT {
            return id;
        }
        let message = format!("{} is longer than {ID_LIMIT} characters", quoted(&id));
        milestone.warn(WarningKind::TooLong, "id", message);
        return id.chars().take(ID_LIMIT).collect();
    }
    let name = title.iter().next().map_or("", |(_, text)| text);
    let id = format!("{} {name}", due.format("%Y-%m-%d"));
    let id: String = id.chars().take(ID_LIMIT).collect();
    let message = format!("is missing; {} is used", quoted(&id));
    milestone.warn(WarningKind::Missing, "id", message);
    id
}
