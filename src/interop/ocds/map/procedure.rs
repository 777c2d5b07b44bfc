//! Category of the contract and type of procedure.

use super::{Source, text};
use crate::interop::ocds::node::{Node, quoted};
use crate::interop::ocds::problem::WarningKind;
use crate::kernel::text::LocalizedText;
use crate::procurement::content::{Category, Procedure};
use crate::procurement::rules::TITLE_LIMIT;

/// Returns the category (OCDS code list `procurementCategory`).
pub(super) fn category(source: &Source<'_>) -> Option<Category> {
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

/// Phrases of `procurementMethodDetails` with their procedure, the more specific first: whole words
/// in lower case, of which the last can have any ending. They are those of TED's standard forms,
/// Contracts Finder and Canada's federal notices, and of the laws of the Nordic countries, Germany and
/// Austria.
const PROCEDURES: &[(&str, Procedure)] = &[
    ("utan föregående annonsering", Procedure::NegWoCall),
    ("direktupphandling", Procedure::NegWoCall),
    ("konkurrenspräglad dialog", Procedure::CompDial),
    ("innovationspartnerskap", Procedure::Innovation),
    ("förhandlat förfarande", Procedure::NegWCall),
    ("selektivt förfarande", Procedure::Restricted),
    ("öppet förfarande", Procedure::Open),
    ("suorahankin", Procedure::NegWoCall),
    ("kilpailullinen neuvottelumenettely", Procedure::CompDial),
    ("innovaatiokumppanuus", Procedure::Innovation),
    ("neuvottelumenettely", Procedure::NegWCall),
    ("rajoitettu menettely", Procedure::Restricted),
    ("avoin menettely", Procedure::Open),
    ("uten forutgående kunngjøring", Procedure::NegWoCall),
    ("uden forudgående", Procedure::NegWoCall),
    ("konkurransepreget dialog", Procedure::CompDial),
    ("konkurrencepræget dialog", Procedure::CompDial),
    ("konkurranse med forhandling", Procedure::NegWCall),
    ("udbud med forhandling", Procedure::NegWCall),
    ("begrenset anbudskonkurranse", Procedure::Restricted),
    ("begrænset udbud", Procedure::Restricted),
    ("åpen anbudskonkurranse", Procedure::Open),
    ("offentligt udbud", Procedure::Open),
    ("ohne teilnahmewettbewerb", Procedure::NegWoCall),
    ("wettbewerblicher dialog", Procedure::CompDial),
    ("innovationspartnerschaft", Procedure::Innovation),
    ("verhandlungsverfahren", Procedure::NegWCall),
    ("nicht offenes verfahren", Procedure::Restricted),
    ("nichtoffenes verfahren", Procedure::Restricted),
    ("offenes verfahren", Procedure::Open),
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
    ("selective procedure", Procedure::Restricted),
    ("selective tender", Procedure::Restricted),
    ("limited procedure", Procedure::NegWoCall),
    ("limited tender", Procedure::NegWoCall),
];

/// Words that negate the phrase after them.
const NEGATIONS: &[&str] = &[
    "icke", "ej", "inte", "inget", "ingen", "ikke", "ei", "not", "non", "neither", "nor", "nicht",
    "kein", "keine", "keinem", "keines",
];

/// Articles that can follow a negation.
const ARTICLES: &[&str] = &[
    "a", "an", "any", "the", "ett", "en", "något", "et", "noget", "ein", "eine", "einem",
];

/// Texts after a phrase that negate it.
const REFUSALS: &[&str] = &[
    "not applicable",
    "not applied",
    "not used",
    "is not used",
    "is not applied",
    "does not apply",
    "tillämpas inte",
    "tillämpas ej",
    "används inte",
    "används ej",
    "ikke relevant",
    "anvendes ikke",
    "benyttes ikke",
    "brukes ikke",
    "ei käytetä",
    "ei sovelleta",
    "nicht anwendbar",
    "wird nicht angewendet",
];

/// Procedure that a text states or denies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Statement {
    Is(Procedure),
    IsNot(Procedure),
}

/// Returns what the details state: the first phrase of [`PROCEDURES`] that occurs without a negation,
/// else the first with one.
fn statement(details: &str) -> Option<Statement> {
    let text = words(details);
    // Canada's notices have the words of OCDS alone.
    match text.trim() {
        "open" => return Some(Statement::Is(Procedure::Open)),
        "selective" => return Some(Statement::Is(Procedure::Restricted)),
        "limited" => return Some(Statement::Is(Procedure::NegWoCall)),
        _ => {}
    }
    let mut denied = None;
    for (phrase, procedure) in PROCEDURES {
        match occurrence(&text, phrase) {
            Some(true) => return Some(Statement::Is(*procedure)),
            Some(false) => denied = denied.or(Some(Statement::IsNot(*procedure))),
            None => {}
        }
    }
    denied
}

/// Returns the words of a text in lower case, with one space before, between and after them.
fn words(text: &str) -> String {
    let mut words = String::with_capacity(text.len() + 2);
    words.push(' ');
    for word in text.split(|c: char| !c.is_alphanumeric()) {
        if !word.is_empty() {
            words.extend(word.chars().flat_map(char::to_lowercase));
            words.push(' ');
        }
    }
    words
}

/// Returns whether a phrase occurs in [`words`] without a negation, or `None` if it does not occur.
fn occurrence(text: &str, phrase: &str) -> Option<bool> {
    let mut found = None;
    for (start, _) in text.match_indices(phrase) {
        let (before, rest) = (&text[..start], &text[start + phrase.len()..]);
        if !before.ends_with(' ') {
            continue;
        }
        let after = rest.split_once(' ').map_or("", |(_ending, after)| after);
        if !is_negated(before, after) {
            return Some(true);
        }
        found = Some(false);
    }
    found
}

/// Returns whether the words before or after a phrase negate it.
fn is_negated(before: &str, after: &str) -> bool {
    let mut words = before.split_whitespace().rev();
    let word = words.find(|word| !ARTICLES.contains(word));
    let is_refused = |refusal: &&str| {
        let rest = after.strip_prefix(*refusal);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    };
    word.is_some_and(|word| NEGATIONS.contains(&word)) || REFUSALS.iter().any(is_refused)
}

/// Returns the procedure by the details, which are more specific, else by OCDS `procurementMethod`.
/// A method that the details deny is left out with a warning.
pub(super) fn procedure(source: &Source<'_>) -> Option<Procedure> {
    let tender = source.tender.as_ref()?;
    let stated = tender
        .text("procurementMethodDetails")
        .and_then(|details| statement(&details));
    let denied = match stated {
        Some(Statement::Is(procedure)) => return Some(procedure),
        Some(Statement::IsNot(procedure)) => Some(procedure),
        None => None,
    };
    let method = by_method(tender);
    if method.is_some() && method == denied {
        let message = "is denied by `procurementMethodDetails`; it is left out";
        tender.warn(WarningKind::Unreadable, "procurementMethod", message);
        return None;
    }
    method
}

/// Returns the procedure by OCDS `procurementMethod`.
fn by_method(tender: &Node<'_>) -> Option<Procedure> {
    match tender
        .text("procurementMethod")?
        .to_ascii_lowercase()
        .as_str()
    {
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
    }
}

/// Returns the publisher's own words on the procedure.
pub(super) fn details(source: &Source<'_>) -> LocalizedText {
    let read = |tender: &Node<'_>| {
        text::localized(
            tender,
            "procurementMethodDetails",
            &source.language,
            TITLE_LIMIT,
        )
    };
    source.tender.as_ref().map(read).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phrase_is_whole_words() {
        use Procedure::{CompDial, Innovation, NegWCall, NegWoCall, Open, OthSingle, Restricted};
        for (details, expected) in [
            ("Open", Some(Open)),
            ("Open procedure", Some(Open)),
            ("Open procedures", Some(Open)),
            ("NO: åpen anbudskonkurranse", Some(Open)),
            ("OPEN PROCEDURE (below threshold)", Some(Open)),
            ("Open-procedure", Some(Open)),
            ("Open  procedure.", Some(Open)),
            ("Öppet förfarande, förenklat", Some(Open)),
            ("Limited", Some(NegWoCall)),
            ("Limited tendering", Some(NegWoCall)),
            ("Selective", Some(Restricted)),
            ("Selective tendering", Some(Restricted)),
            ("Nicht offenes Verfahren", Some(Restricted)),
            ("Restricted procedure (above threshold)", Some(Restricted)),
            ("Competitive procedure with negotiation", Some(NegWCall)),
            (
                "Verhandlungsverfahren mit Teilnahmewettbewerb",
                Some(NegWCall),
            ),
            (
                "Verhandlungsverfahren ohne Teilnahmewettbewerb",
                Some(NegWoCall),
            ),
            (
                "Negotiated without a prior call for competition",
                Some(NegWoCall),
            ),
            ("Contract award without prior publication", Some(NegWoCall)),
            ("Direktupphandlingar", Some(NegWoCall)),
            ("suorahankintailmoitus", Some(NegWoCall)),
            ("Competitive quotation (below threshold)", Some(OthSingle)),
            ("Competitive dialogue", Some(CompDial)),
            ("Innovationspartnerskapet", Some(Innovation)),
            ("Förenklat förfarande (unlimited)", None),
            ("Unlimited tendering", None),
            ("Call-off by Foo Limited", None),
            ("Not limited to suppliers of the list", None),
            ("Selectively invited", None),
            ("Nonrestricted procedure", None),
            ("Unrestricted procedure", None),
            ("Reopen procedure", None),
            ("Indirect award", None),
            ("Call-off from a framework agreement", None),
            ("", None),
        ] {
            let expected = expected.map(Statement::Is);
            assert_eq!(statement(details), expected, "{details}");
        }
    }

    #[test]
    fn a_negated_phrase_denies_the_procedure() {
        for (details, denied) in [
            ("Icke öppet förfarande", Procedure::Open),
            ("Icke-öppet förfarande", Procedure::Open),
            ("Ej öppet förfarande", Procedure::Open),
            ("Inte ett öppet förfarande", Procedure::Open),
            ("Ikke offentligt udbud", Procedure::Open),
            ("Ei avoin menettely", Procedure::Open),
            ("Non-open procedure", Procedure::Open),
            ("This is not an open procedure", Procedure::Open),
            ("Kein offenes Verfahren", Procedure::Open),
            ("Öppet förfarande tillämpas inte", Procedure::Open),
            ("Open procedure: not used", Procedure::Open),
            ("Not a direct award", Procedure::NegWoCall),
            ("Not a restricted procedure", Procedure::Restricted),
        ] {
            let expected = Some(Statement::IsNot(denied));
            assert_eq!(statement(details), expected, "{details}");
        }
        for (details, stated) in [
            (
                "Not an open procedure but a restricted procedure",
                Procedure::Restricted,
            ),
            ("Open procedure, not divided into lots", Procedure::Open),
            ("Not open procedure. Open procedure", Procedure::Open),
        ] {
            let expected = Some(Statement::Is(stated));
            assert_eq!(statement(details), expected, "{details}");
        }
    }

    #[test]
    fn phrases_are_in_the_form_of_words() {
        for (phrase, _) in PROCEDURES {
            assert_eq!(words(phrase).trim(), *phrase);
        }
        for refusal in REFUSALS {
            assert_eq!(words(refusal).trim(), *refusal);
        }
    }
}
