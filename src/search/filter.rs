//! Filters of a search. Only this module builds filter expressions and escapes values.

use chrono::{DateTime, Utc};

use super::{
    document::{language_attribute, seconds},
    facets::Facet,
};
use crate::{
    kernel::{
        codes::{Scheme, cpv, nuts},
        ids::OrganisationId,
        language::{UNDETERMINED, canonical},
        money::{is_currency, not_a_currency},
        refusal::{Code, Refusal},
        text::not_a_language,
    },
    procurement::{
        Phase,
        content::{Aims, Category, DynamicPurchasing, Framework, Procedure, Reserved},
    },
};

/// Maximum number of values of a filter field.
pub const FILTER_LIMIT: usize = 100;

/// Filter of a search. Values of one field are alternatives; all fields must match.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// Current phases, by the clock.
    pub phases: Vec<Phase>,
    /// CPV codes; each includes the codes below it.
    pub cpv: Vec<String>,
    /// NUTS codes; each includes the codes below it.
    pub nuts: Vec<String>,
    pub buyers: Vec<OrganisationId>,
    pub categories: Vec<Category>,
    /// Main languages, as tags; the written forms of Norwegian are one language.
    pub languages: Vec<String>,
    pub reserved: Vec<Reserved>,
    pub deadline_from: Option<DateTime<Utc>>,
    pub deadline_to: Option<DateTime<Utc>>,
    /// Minimum value; requires a currency.
    pub value_from: Option<f64>,
    /// Maximum value; requires a currency.
    pub value_to: Option<f64>,
    pub currency: Option<String>,
    pub sme: Option<bool>,
    pub vcse: Option<bool>,
    pub joint_bids: Option<bool>,
    pub subcontracting: Option<bool>,
    pub procedures: Vec<Procedure>,
    pub frameworks: Vec<Framework>,
    pub dynamic_purchasing: Vec<DynamicPurchasing>,
    /// Aims; those of one list are alternatives.
    pub aims: Aims,
    /// Whether to return only procurements with a round of dialogue that is open now.
    pub dialogue_open: bool,
}

impl Filter {
    /// Returns the filter without the field that a facet counts the values of.
    #[must_use]
    pub fn without(&self, facet: Facet) -> Self {
        let mut filter = self.clone();
        match facet {
            Facet::Phase => filter.phases.clear(),
            Facet::Cpv => filter.cpv.clear(),
            Facet::Nuts => filter.nuts.clear(),
            Facet::Buyer => filter.buyers.clear(),
            Facet::Category => filter.categories.clear(),
            Facet::Language => filter.languages.clear(),
            Facet::SuitsSme => filter.sme = None,
            Facet::SuitsVcse => filter.vcse = None,
            Facet::ReservedParticipation => filter.reserved.clear(),
            Facet::Procedure => filter.procedures.clear(),
            Facet::StrategicAims => filter.aims.strategic.clear(),
            Facet::EnvironmentalImpacts => filter.aims.environmental.clear(),
            Facet::SocialObjectives => filter.aims.social.clear(),
            Facet::InnovativeAcquisitions => filter.aims.innovation.clear(),
            Facet::SustainableDevelopmentGoals => filter.aims.sdg.clear(),
        }
        filter
    }
}

/// Checks a filter.
pub fn check(filter: &Filter) -> Result<(), Refusal> {
    let longest = [
        filter.phases.len(),
        filter.cpv.len(),
        filter.nuts.len(),
        filter.buyers.len(),
        filter.languages.len(),
        filter.categories.len(),
        filter.reserved.len(),
        filter.procedures.len(),
        filter.frameworks.len(),
        filter.dynamic_purchasing.len(),
        filter.aims.strategic.len(),
        filter.aims.environmental.len(),
        filter.aims.social.len(),
        filter.aims.innovation.len(),
        filter.aims.sdg.len(),
    ];
    if longest.into_iter().any(|length| length > FILTER_LIMIT) {
        return Err(Refusal::at(
            Code::TooLong,
            &["filter"],
            message!(
                "a field of `filter` has more than {limit} values; send fewer",
                limit = FILTER_LIMIT,
            ),
        ));
    }
    check_codes(filter)?;
    if filter.currency.is_none() && (filter.value_from.is_some() || filter.value_to.is_some()) {
        return Err(no_currency());
    }
    Ok(())
}

/// Returns the refusal of a comparison of values without a currency.
#[must_use]
pub fn no_currency() -> Refusal {
    let message = message!(
        "`valueFrom`, `valueTo` and the sort VALUE compare values of one currency, because values are not converted; add `currency` to the filter"
    );
    Refusal::at(Code::Required, &["filter", "currency"], message)
}

/// Checks the codes of a filter. A mistyped code is refused, since it would look like a search
/// without results.
fn check_codes(filter: &Filter) -> Result<(), Refusal> {
    if let Some(code) = filter.cpv.iter().find(|code| cpv::find(code).is_none()) {
        return Err(Scheme::Cpv.unknown(code, &["filter", "cpv"]));
    }
    // Notices also have codes of older versions and of the United Kingdom, which the list does not
    // have.
    let mut nuts = filter.nuts.iter();
    if let Some(code) = nuts.find(|code| !nuts::is_well_formed(code)) {
        return Err(Scheme::Nuts.unknown(code, &["filter", "nuts"]));
    }
    let mut languages = filter.languages.iter();
    if let Some(code) = languages.find(|tag| !is_filtered_language(tag)) {
        return Err(not_a_language(code, &["filter", "languages"]));
    }
    let mut currencies = filter.currency.iter();
    match currencies.find(|code| !is_currency(code)) {
        Some(code) => Err(not_a_currency(code, &["filter", "currency"])),
        None => check_goals(&filter.aims.sdg),
    }
}

/// Returns whether a tag is a language, or states that the language is not known: imported notices
/// have such texts, and the facet counts them.
fn is_filtered_language(tag: &str) -> bool {
    canonical(tag).is_some() || language_attribute(tag) == UNDETERMINED
}

fn check_goals(goals: &[i32]) -> Result<(), Refusal> {
    let wrong = goals.iter().find(|goal| !(1..=17).contains(*goal));
    wrong.map_or(Ok(()), |goal| {
        let message = message!(
            "{goal} is not a Sustainable Development Goal; use 1 to 17",
            goal
        );
        Err(Refusal::at(
            Code::UnknownCode,
            &["filter", "sustainableDevelopmentGoals"],
            message,
        ))
    })
}

/// Returns the filter expression; empty for an empty filter.
pub fn expression(filter: &Filter, now: DateTime<Utc>) -> String {
    let mut all = Vec::new();
    if !filter.phases.is_empty() {
        let phases: Vec<String> = filter
            .phases
            .iter()
            .map(|phase| phase_expression(*phase, now))
            .collect();
        all.push(format!("({})", phases.join(" OR ")));
    }
    let cpv: Vec<&str> = filter
        .cpv
        .iter()
        .map(|code| code.split('-').next().unwrap_or(code))
        .collect();
    any_of(&mut all, "cpv", cpv);
    any_of(&mut all, "nuts", filter.nuts.iter().map(String::as_str));
    any_of(
        &mut all,
        "buyerId",
        filter
            .buyers
            .iter()
            .map(|buyer| buyer.0.simple().to_string()),
    );
    any_of(
        &mut all,
        "category",
        filter.categories.iter().map(|category| category.as_str()),
    );
    let languages = filter.languages.iter().map(|tag| language_attribute(tag));
    any_of(&mut all, "language", languages);
    any_of(
        &mut all,
        "reserved",
        filter.reserved.iter().map(|reserved| reserved.as_str()),
    );
    any_of(
        &mut all,
        "currency",
        filter.currency.iter().map(String::as_str),
    );
    compare(
        &mut all,
        "deadline",
        ">=",
        filter.deadline_from.map(seconds),
    );
    compare(
        &mut all,
        "deadline",
        "<=",
        filter.deadline_to.map(|time| time.timestamp()),
    );
    compare(&mut all, "value", ">=", filter.value_from);
    compare(&mut all, "value", "<=", filter.value_to);
    compare(&mut all, "sme", "=", filter.sme);
    compare(&mut all, "vcse", "=", filter.vcse);
    compare(&mut all, "jointBids", "=", filter.joint_bids);
    compare(&mut all, "subcontracting", "=", filter.subcontracting);
    any_technique(&mut all, filter);
    any_aim(&mut all, &filter.aims);
    if filter.dialogue_open {
        // The document does not relate openings to ends. Between two rounds of which the later is
        // already planned, the procurement matches as well.
        let now = now.timestamp();
        all.push(format!(
            "dialogueFrom <= {now} AND dialogueUntil > {now} AND ({})",
            phase_list(&["UPCOMING", "TENDERING"])
        ));
    }
    all.join(" AND ")
}

fn any_technique(all: &mut Vec<String>, filter: &Filter) {
    let procedures = filter.procedures.iter().map(|one| one.as_str());
    any_of(all, "procedure", procedures);
    let frameworks = filter.frameworks.iter().map(|one| one.as_str());
    any_of(all, "framework", frameworks);
    let systems = filter.dynamic_purchasing.iter().map(|one| one.as_str());
    any_of(all, "dynamicPurchasing", systems);
}

fn any_aim(all: &mut Vec<String>, aims: &Aims) {
    let strategic = aims.strategic.iter().map(|aim| aim.as_str());
    any_of(all, "strategicAims", strategic);
    let environmental = aims.environmental.iter().map(|aim| aim.as_str());
    any_of(all, "environmental", environmental);
    any_of(all, "social", aims.social.iter().map(|aim| aim.as_str()));
    let innovation = aims.innovation.iter().map(|aim| aim.as_str());
    any_of(all, "innovation", innovation);
    any_of(all, "sdg", aims.sdg.iter().map(ToString::to_string));
}

/// Returns the expression that requires all of these; empty expressions are left out.
pub(super) fn all<const N: usize>(expressions: [Option<String>; N]) -> String {
    let given = expressions.into_iter().flatten();
    let given: Vec<String> = given.filter(|one| !one.is_empty()).collect();
    given.join(" AND ")
}

/// Returns the expression of the procurements in the stored phase TENDERING whose deadline has
/// passed, so that they are in EVALUATION.
pub(super) fn overdue(now: DateTime<Utc>) -> String {
    format!("phase = TENDERING AND deadline <= {}", now.timestamp())
}

/// Returns the expression of the phase by the clock: TENDERING becomes EVALUATION when the deadline
/// passes.
fn phase_expression(phase: Phase, now: DateTime<Utc>) -> String {
    match phase {
        Phase::Tendering => format!(
            "(phase = TENDERING AND (deadline > {} OR deadline IS NULL OR deadline NOT EXISTS))",
            now.timestamp()
        ),
        Phase::Evaluation => {
            format!("(phase = EVALUATION OR ({}))", overdue(now))
        }
        other => format!("phase = {}", other.as_str()),
    }
}

fn phase_list(phases: &[&str]) -> String {
    format!("phase IN [{}]", phases.join(", "))
}

fn any_of<T: AsRef<str>>(
    all: &mut Vec<String>,
    attribute: &str,
    values: impl IntoIterator<Item = T>,
) {
    let values: Vec<String> = values
        .into_iter()
        .map(|value| quoted(value.as_ref()))
        .collect();
    if !values.is_empty() {
        all.push(format!("{attribute} IN [{}]", values.join(", ")));
    }
}

fn compare<T: std::fmt::Display>(
    all: &mut Vec<String>,
    attribute: &str,
    operator: &str,
    value: Option<T>,
) {
    if let Some(value) = value {
        all.push(format!("{attribute} {operator} {value}"));
    }
}

/// Quotes a value for a filter expression and escapes quotes and backslashes.
fn quoted(value: &str) -> String {
    let mut text = String::with_capacity(value.len() + 2);
    text.push('"');
    for character in value.chars() {
        if matches!(character, '"' | '\\') {
            text.push('\\');
        }
        text.push(character);
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests;
