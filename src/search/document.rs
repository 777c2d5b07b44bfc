//! Documents of the index of procurements. They contain published data only.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use rust_decimal::prelude::ToPrimitive;
use serde::Serialize;

use super::{facets::level, highlight::without_marks, words::title_key};
use crate::{
    dialogue::Window,
    kernel::{
        codes::{Code, Scheme, cpv, eforms::List, nuts},
        language::{UNDETERMINED, canonical},
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
/// Maximum number of questions that are indexed, the latest first.
const QUESTION_LIMIT: usize = 200;

/// A public question with its answer in force.
#[derive(Clone, Debug)]
pub struct PublicQuestion {
    pub text: String,
    pub language: String,
    pub answer: Option<LocalizedText>,
}

/// Document of a procurement. Times are Unix seconds. [`super::settings`] lists the searchable and
/// filterable attributes.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Document {
    /// UUID of the procurement without dashes.
    pub id: String,
    /// Number of the procurement in cursors.
    pub number: u32,
    pub ocid: String,
    pub title: Texts,
    /// Keys of the long titles; see [`title_key`].
    pub title_keys: Vec<String>,
    pub summary: Texts,
    pub description: Texts,
    /// Titles of the lots.
    pub lots: Vec<Texts>,
    /// Names of the buyers, the lead buyer first.
    pub buyer: Vec<String>,
    /// UUIDs of the buyers without dashes.
    pub buyer_id: Vec<String>,
    /// Stored phase; [`super::query`] derives the current phase by the clock.
    pub phase: Phase,
    /// Main language as filters and facets have it; see [`language_attribute`].
    pub language: String,
    pub category: Option<&'static str>,
    /// Codes with all codes above them, so that a filter by a code includes the codes below it.
    pub cpv: Vec<String>,
    /// The same codes by level.
    pub cpv_level: Levels,
    /// Labels of the codes in six languages, so that a label finds notices in other languages.
    pub cpv_labels: Labels,
    pub nuts: Vec<String>,
    pub nuts_level: Levels,
    pub nuts_labels: Labels,
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
    pub sdg: Vec<i32>,
    /// Labels of all aims in every language.
    pub aim_labels: Labels,
    /// Public questions to the buyer.
    pub questions: Vec<Texts>,
    /// Public answers.
    pub answers: Vec<Texts>,
    pub deadline: Option<i64>,
    pub published_at: i64,
    /// Opening times of the rounds of dialogue.
    pub dialogue_from: Vec<i64>,
    /// Closing times of the rounds of dialogue.
    pub dialogue_until: Vec<i64>,
}

/// Texts by language. The name of an attribute in the engine is then `title.sv`, so that a
/// highlight has its language.
pub type Texts = BTreeMap<String, String>;
/// Labels of codes by language.
pub type Labels = BTreeMap<&'static str, Vec<&'static str>>;
/// Codes by level, the highest level is 0.
pub type Levels = BTreeMap<usize, Vec<String>>;

/// What a document is made of.
pub struct Source<'s> {
    pub procurement: &'s Procurement,
    pub notice: &'s Notice,
    /// Number of the procurement in cursors.
    pub number: u32,
    pub lots: &'s [Lot],
    /// Buyers of the notice, the lead buyer first.
    pub buyers: Vec<&'s Organisation>,
    pub dialogues: &'s [Window],
    /// Public questions and answers.
    pub questions: &'s [PublicQuestion],
}

/// Returns the document of a published procurement.
pub fn document(source: &Source<'_>) -> Document {
    let Source {
        procurement,
        notice,
        lots,
        buyers,
        ..
    } = source;
    let content = &notice.content;
    let cpv_codes = distinct(&content.cpv, lots.iter().flat_map(|lot| &lot.cpv));
    let nuts_codes = distinct(&content.nuts, lots.iter().flat_map(|lot| &lot.nuts));
    let cpv_branches = branches(&cpv_codes, cpv_branch);
    let nuts_branches = branches(&nuts_codes, nuts::prefix_branch);
    let value = content.value.as_ref();
    let questions = || source.questions.iter().take(QUESTION_LIMIT);
    let dialogues = source.dialogues.iter();
    Document {
        id: procurement.id.0.simple().to_string(),
        number: source.number,
        ocid: procurement.ocid.clone(),
        title: texts(&content.title),
        title_keys: content
            .title
            .iter()
            .filter_map(|(_, title)| title_key(title))
            .collect(),
        summary: texts(&content.summary),
        description: texts(&content.description),
        lots: lots
            .iter()
            .take(LOT_LIMIT)
            .map(|lot| texts(&lot.title))
            .collect(),
        buyer: buyers.iter().map(|buyer| indexed(&buyer.name)).collect(),
        buyer_id: (buyers.iter())
            .map(|buyer| buyer.id.0.simple().to_string())
            .collect(),
        phase: procurement.stored_phase(),
        language: language_attribute(&content.language).to_owned(),
        category: content.category.map(|category| category.as_str()),
        cpv_level: levels(Scheme::Cpv, &cpv_branches),
        cpv: cpv_branches,
        cpv_labels: labels(cpv_codes.iter().filter_map(|code| cpv::find(code))),
        nuts_level: levels(Scheme::Nuts, &nuts_branches),
        nuts: nuts_branches,
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
        questions: questions()
            .map(|question| Texts::from([(question.language.clone(), indexed(&question.text))]))
            .collect(),
        answers: questions()
            .filter_map(|question| question.answer.as_ref().map(texts))
            .collect(),
        deadline: procurement.tender_deadline.map(seconds),
        published_at: notice.published_at.timestamp(),
        dialogue_from: dialogues
            .clone()
            .map(|window| window.opens_at.timestamp())
            .collect(),
        dialogue_until: dialogues.map(|window| seconds(window.closes_at)).collect(),
    }
}

/// Returns the codes of the whole and of the lots, each once.
fn distinct<'a>(of_whole: &'a [String], of_lots: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut codes: Vec<&String> = of_whole.iter().chain(of_lots).collect();
    codes.sort_unstable();
    codes.dedup();
    codes.into_iter().cloned().collect()
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

fn aim_labels(aims: &Aims) -> Labels {
    let goals: Vec<String> = aims.sdg.iter().map(ToString::to_string).collect();
    let strategic = aims.strategic.iter().map(|aim| aim.as_str());
    let environmental = aims.environmental.iter().map(|aim| aim.as_str());
    let social = aims.social.iter().map(|aim| aim.as_str());
    let innovation = aims.innovation.iter().map(|aim| aim.as_str());
    let mut labels = Labels::new();
    let mut add = |list: List, code: &str| {
        // The codes "none" and "other" do not name an aim.
        let named = !["none", "other"].contains(&code);
        for (language, label) in list
            .find(code)
            .filter(|_| named)
            .into_iter()
            .flat_map(|c| c.labels())
        {
            labels.entry(language).or_default().push(label);
        }
    };
    strategic.for_each(|code| add(List::StrategicProcurement, code));
    environmental.for_each(|code| add(List::EnvironmentalImpact, code));
    social.for_each(|code| add(List::SocialObjective, code));
    innovation.for_each(|code| add(List::InnovativeAcquisition, code));
    goals.iter().for_each(|code| add(List::Sdg, code));
    labels
}

/// Returns the Unix time in seconds, rounded up, so that a deadline within a second has not passed
/// at the start of that second.
pub fn seconds(time: DateTime<Utc>) -> i64 {
    time.timestamp() + i64::from(time.timestamp_subsec_nanos() > 0)
}

/// Returns a main language as filters and facets have it: in normal form, all written forms of
/// Norwegian as `no`. The value of a facet then finds as many notices as it counts. An unknown
/// language is returned as it is.
pub fn language_attribute(tag: &str) -> &str {
    match canonical(tag) {
        Some("nb" | "nn") => "no",
        Some(language) => language,
        None if tag.eq_ignore_ascii_case(UNDETERMINED) => UNDETERMINED,
        None => tag,
    }
}

/// Returns a text in each of its languages, as it is indexed.
pub(super) fn texts(text: &LocalizedText) -> Texts {
    text.iter()
        .map(|(language, text)| (language.to_owned(), indexed(text)))
        .collect()
}

/// Returns a text as it is indexed: cut to the indexed length, without the characters that mark
/// matches.
pub(super) fn indexed(text: &str) -> String {
    let end = text.char_indices().nth(TEXT_LIMIT);
    without_marks(end.map_or(text, |(end, _)| &text[..end]))
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

fn levels(scheme: Scheme, codes: &[String]) -> Levels {
    let mut levels = Levels::new();
    for code in codes {
        if let Some(level) = level(scheme, code) {
            levels.entry(level).or_default().push(code.clone());
        }
    }
    levels
}

fn labels(codes: impl Iterator<Item = &'static Code>) -> Labels {
    let mut labels = Labels::new();
    for (language, label) in codes.flat_map(Code::own_labels) {
        let own = labels.entry(language).or_default();
        if !own.contains(&label) {
            own.push(label);
        }
    }
    labels
}
