//! Documents of the index of procurements. They contain published data only.

use chrono::{DateTime, Utc};
use rust_decimal::prelude::ToPrimitive;
use serde::Serialize;

use crate::{
    dialogue::Window,
    kernel::{
        codes::{Code, cpv, eforms::List, nuts},
        text::LocalizedText,
    },
    organisation::Organisation,
    procurement::{
        Lot, Phase,
        content::{Aims, Content},
        store::{Notice, Procurement},
    },
};

/// Maximum number of characters of a text that are indexed.
const TEXT_LIMIT: usize = 8_000;
/// Maximum number of lots whose titles are indexed.
const LOT_LIMIT: usize = 200;

/// Document of a procurement. Times are Unix seconds. [`super::settings`] lists the searchable and
/// filterable attributes.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Document {
    /// UUID of the procurement without dashes.
    pub id: String,
    pub ocid: String,
    /// Titles in all languages.
    pub title: Vec<String>,
    pub summary: Vec<String>,
    pub description: Vec<String>,
    pub lots: Vec<String>,
    /// Names of the buyers, the lead buyer first.
    pub buyer: Vec<String>,
    /// UUIDs of the buyers without dashes.
    pub buyer_id: Vec<String>,
    /// Stored phase; [`super::query`] derives the current phase by the clock.
    pub phase: Phase,
    pub language: String,
    pub category: Option<&'static str>,
    /// Codes with all codes above them, so that a filter by a code includes the codes below it.
    pub cpv: Vec<String>,
    /// Labels of the codes in six languages, so that a label finds notices in other languages.
    pub cpv_labels: Vec<&'static str>,
    pub nuts: Vec<String>,
    pub nuts_labels: Vec<&'static str>,
    /// Upper end of the estimated value, else the lower end.
    pub value: Option<f64>,
    pub currency: Option<String>,
    pub sme: Option<bool>,
    pub vcse: Option<bool>,
    /// Reserved participation of the procurement and of its lots.
    pub reserved: Vec<&'static str>,
    pub joint_bids: Option<bool>,
    pub subcontracting: Option<bool>,
    pub procedure: Option<&'static str>,
    pub framework: Option<&'static str>,
    pub dynamic_purchasing: Option<&'static str>,
    /// Strategic aims (BT-06).
    pub strategic_aims: Vec<&'static str>,
    /// Ways to reduce the impact on the environment (BT-774).
    pub environmental: Vec<&'static str>,
    /// Social objectives (BT-775).
    pub social: Vec<&'static str>,
    /// Kinds of innovation (BT-776).
    pub innovation: Vec<&'static str>,
    /// Numbers of Sustainable Development Goals.
    pub sdg: Vec<u8>,
    /// Labels of all aims in every language.
    pub aim_labels: Vec<&'static str>,
    pub deadline: Option<i64>,
    pub published_at: i64,
    /// Opening times of the rounds of dialogue.
    pub dialogue_from: Vec<i64>,
    /// Closing times of the rounds of dialogue.
    pub dialogue_until: Vec<i64>,
}

/// Returns the document of a published procurement; `buyers` are those of its notice, the lead
/// buyer first.
pub fn document(
    procurement: &Procurement,
    notice: &Notice,
    lots: &[Lot],
    buyers: &[&Organisation],
    dialogues: &[Window],
) -> Document {
    let content = &notice.content;
    let codes = |of_whole: fn(&Content) -> &[String], of_lot: fn(&Lot) -> &[String]| {
        let mut codes: Vec<&str> = of_whole(content)
            .iter()
            .chain(lots.iter().flat_map(of_lot))
            .map(String::as_str)
            .collect();
        codes.sort_unstable();
        codes.dedup();
        codes.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let cpv_codes = codes(|content| &content.cpv, |lot| &lot.cpv);
    let nuts_codes = codes(|content| &content.nuts, |lot| &lot.nuts);
    let value = content.value.as_ref();
    Document {
        id: procurement.id.0.simple().to_string(),
        ocid: procurement.ocid.clone(),
        title: texts(&content.title),
        summary: texts(&content.summary),
        description: texts(&content.description),
        lots: lots
            .iter()
            .take(LOT_LIMIT)
            .flat_map(|lot| texts(&lot.title))
            .collect(),
        buyer: buyers.iter().map(|buyer| buyer.name.clone()).collect(),
        buyer_id: (buyers.iter())
            .map(|buyer| buyer.id.0.simple().to_string())
            .collect(),
        phase: procurement.stored_phase(),
        language: content.language.clone(),
        category: content.category.map(|category| category.as_str()),
        cpv: branches(&cpv_codes, cpv_branch),
        cpv_labels: labels(cpv_codes.iter().filter_map(|code| cpv::find(code))),
        nuts: branches(&nuts_codes, nuts::prefix_branch),
        nuts_labels: labels(nuts_codes.iter().flat_map(|code| nuts::branch(code))),
        value: value.and_then(|value| value.comparable()?.to_f64()),
        currency: value.map(|value| value.currency.clone()),
        sme: content.suitability.sme,
        vcse: content.suitability.vcse,
        reserved: reserved(content, lots),
        joint_bids: content.joint_bids,
        subcontracting: content.subcontracting,
        procedure: content.procedure.map(|procedure| procedure.as_str()),
        framework: content.framework.map(|framework| framework.as_str()),
        dynamic_purchasing: content.dynamic_purchasing.map(|system| system.as_str()),
        strategic_aims: content.aims.strategic.iter().map(|a| a.as_str()).collect(),
        environmental: (content.aims.environmental.iter())
            .map(|aim| aim.as_str())
            .collect(),
        social: content.aims.social.iter().map(|a| a.as_str()).collect(),
        innovation: content.aims.innovation.iter().map(|a| a.as_str()).collect(),
        sdg: content.aims.sdg.clone(),
        aim_labels: aim_labels(&content.aims),
        deadline: procurement.tender_deadline.map(seconds),
        published_at: notice.published_at.timestamp(),
        dialogue_from: dialogues
            .iter()
            .map(|window| window.opens_at.timestamp())
            .collect(),
        dialogue_until: dialogues
            .iter()
            .map(|window| seconds(window.closes_at))
            .collect(),
    }
}

fn reserved(content: &Content, lots: &[Lot]) -> Vec<&'static str> {
    let of_lots = lots.iter().flat_map(|lot| &lot.reserved);
    let mut all: Vec<&str> = (content.reserved.iter().chain(of_lots))
        .map(|reserved| reserved.as_str())
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn aim_labels(aims: &Aims) -> Vec<&'static str> {
    let labels = |list: List, codes: Vec<&str>| {
        // The codes "none" and "other" do not name an aim.
        let named = codes
            .into_iter()
            .filter(|code| !["none", "other"].contains(code));
        let listed = named.filter_map(move |code| list.find(code));
        listed
            .flat_map(|listed| listed.labels())
            .collect::<Vec<_>>()
    };
    let goals: Vec<String> = aims.sdg.iter().map(ToString::to_string).collect();
    [
        labels(
            List::StrategicProcurement,
            aims.strategic.iter().map(|aim| aim.as_str()).collect(),
        ),
        labels(
            List::EnvironmentalImpact,
            aims.environmental.iter().map(|aim| aim.as_str()).collect(),
        ),
        labels(
            List::SocialObjective,
            aims.social.iter().map(|aim| aim.as_str()).collect(),
        ),
        labels(
            List::InnovativeAcquisition,
            aims.innovation.iter().map(|aim| aim.as_str()).collect(),
        ),
        labels(List::Sdg, goals.iter().map(String::as_str).collect()),
    ]
    .concat()
}

/// Returns the Unix time in seconds, rounded up, so that a deadline within a second has not passed
/// at the start of that second.
pub fn seconds(time: DateTime<Utc>) -> i64 {
    time.timestamp() + i64::from(time.timestamp_subsec_nanos() > 0)
}

/// Returns a text in each of its languages, cut to the indexed length.
pub(super) fn texts(text: &LocalizedText) -> Vec<String> {
    text.iter()
        .map(|(_, text)| shortened(text).to_owned())
        .collect()
}

pub(super) fn shortened(text: &str) -> &str {
    match text.char_indices().nth(TEXT_LIMIT) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

/// Returns a known code with all codes above it, or only the code if it is unknown.
fn cpv_branch(code: &str) -> Vec<&str> {
    let branch: Vec<&str> = cpv::branch(code).iter().map(|code| code.code).collect();
    if branch.is_empty() {
        vec![code]
    } else {
        branch
    }
}

fn branches(codes: &[String], branch: for<'a> fn(&'a str) -> Vec<&'a str>) -> Vec<String> {
    let mut all: Vec<&str> = codes.iter().flat_map(|code| branch(code)).collect();
    all.sort_unstable();
    all.dedup();
    all.into_iter().map(str::to_owned).collect()
}

fn labels(codes: impl Iterator<Item = &'static Code>) -> Vec<&'static str> {
    let mut labels: Vec<&str> = codes
        .flat_map(|code| code.labels().map(|(_, label)| label))
        .filter(|label| !label.is_empty())
        .collect();
    labels.sort_unstable();
    labels.dedup();
    labels
}
