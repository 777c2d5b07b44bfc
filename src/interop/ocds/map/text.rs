//! Texts and their languages.

use std::collections::btree_map::Entry;

use super::Source;
use crate::interop::ocds::node::{Node, quoted};
use crate::interop::ocds::problem::WarningKind;
use crate::kernel::language::{UNDETERMINED, by_tag_or_name, canonical, script};
use crate::kernel::normal_form::{lines, one_line, without_control};
use crate::kernel::text::{LocalizedText, has_letter_or_digit};
use crate::procurement::rules::{TEXT_LIMIT, TITLE_LIMIT};

/// Language of a release without `language` (default of the OCDS release schema).
const DEFAULT_LANGUAGE: &str = "en";

/// Returns the main language of a release in its normal form: `sv` for `swe`, `SV-SE` and
/// `Swedish`.
///
/// A release without `language` is in English, the default of OCDS. If the language is not known,
/// or if the release has an English translation next to the texts that would be English by
/// default, it is `und`.
pub(super) fn language(root: &Node<'_>) -> String {
    let Some(written) = root.text("language") else {
        let mut assumed = DEFAULT_LANGUAGE;
        let mut reason = "the default of OCDS";
        if has_translation(root, DEFAULT_LANGUAGE) {
            assumed = UNDETERMINED;
            reason = "because there is an English translation as well";
        }
        let message = format!("is missing; `{assumed}` is assumed, {reason}");
        root.warn(WarningKind::Missing, "language", message);
        return assumed.to_owned();
    };
    if let Some(language) = canonical(&written) {
        warn_of_script(root, "language", &written, language);
        return language.to_owned();
    }
    let (kind, language, done) = match by_tag_or_name(&written) {
        Some(language) => (WarningKind::Respelled, language, "it is read as"),
        None => (
            WarningKind::UnknownWord,
            UNDETERMINED,
            "the texts have the language",
        ),
    };
    let message = format!(
        "{} is not a language code (BCP 47, ISO 639); {done} `{language}`",
        quoted(&written)
    );
    root.warn(kind, "language", message);
    language.to_owned()
}

/// Returns whether the tender has its title or description with this language in the key.
fn has_translation(root: &Node<'_>, language: &str) -> bool {
    let Some(tender) = root.object("tender") else {
        return false;
    };
    ["title", "description"].into_iter().any(|key| {
        let members = tender.members_beginning(key);
        let mut suffixes = members
            .iter()
            .filter_map(|(rest, _)| rest.strip_prefix('_'));
        tender.has(key) && suffixes.any(|suffix| canonical(suffix) == Some(language))
    })
}

/// Returns a text with its translations, which OCDS names `title_sv`.
///
/// A translation whose language is not known has the language `und`. A second text in one language
/// is left out with a warning.
pub(super) fn localized(node: &Node<'_>, key: &str, language: &str, limit: usize) -> LocalizedText {
    let mut text = LocalizedText::default();
    for (rest, member) in node.members_beginning(key) {
        let suffix = rest.strip_prefix('_');
        if !rest.is_empty() && suffix.is_none_or(str::is_empty) {
            // Another field, such as `descriptionOfOptions`.
            continue;
        }
        let Some(found) = node.text(member).filter(|text| has_letter_or_digit(text)) else {
            continue;
        };
        let known = match suffix {
            Some(suffix) => canonical(suffix),
            None => Some(language),
        };
        let language = known.unwrap_or(UNDETERMINED);
        if let Some(suffix) = suffix.filter(|_| known.is_none()) {
            let message = format!(
                "{} is not a language code (BCP 47, ISO 639); the text has the language `{language}`",
                quoted(suffix)
            );
            node.warn(WarningKind::UnknownWord, member, message);
        }
        if let Some((suffix, language)) = suffix.zip(known) {
            warn_of_script(node, member, suffix, language);
        }
        let found = cut(node, member, found, limit);
        match text.0.entry(language.to_owned()) {
            Entry::Vacant(entry) => {
                entry.insert(found);
            }
            Entry::Occupied(entry) if *entry.get() != found => {
                let message = format!(
                    "is a second text in `{language}`, {}; it is left out",
                    quoted(&found)
                );
                node.warn(WarningKind::UnknownWord, member, message);
            }
            Entry::Occupied(_) => {}
        }
    }
    text
}

/// Warns that the script in a language tag is not kept: readers choose texts by language alone.
fn warn_of_script(node: &Node<'_>, key: &str, tag: &str, language: &str) {
    if let Some(script) = script(tag) {
        let message = format!(
            "{} is read as `{language}`; the script {script} is left out",
            quoted(tag)
        );
        node.warn(WarningKind::Respelled, key, message);
    }
}

/// Returns at most `limit` characters of the normal form of a text, with a warning if it is longer.
/// Titles and names have one line.
pub(super) fn cut(node: &Node<'_>, key: &str, text: String, limit: usize) -> String {
    let text = without_control(&text);
    let text = match limit {
        TEXT_LIMIT.. => lines(&text),
        _ => one_line(&text),
    };
    let text = text.into_owned();
    let Some((end, _)) = text.char_indices().nth(limit) else {
        return text;
    };
    node.warn(
        WarningKind::TooLong,
        key,
        format!("has more than {limit} characters; the rest is left out"),
    );
    let end = text[..end]
        .char_indices()
        .last()
        .map_or(0, |(last, _)| last);
    format!("{}…", text[..end].trim_end())
}

/// Returns the title of the tender, else a similar text of the release, else the ocid: a notice
/// needs a title.
pub(super) fn title(source: &Source<'_>, ocid: &str) -> LocalizedText {
    let read = |node: &Node<'_>, key: &str| localized(node, key, &source.language, TITLE_LIMIT);
    let mut title = source
        .tender
        .as_ref()
        .map(|tender| read(tender, "title"))
        .unwrap_or_default();
    if title.0.contains_key(&source.language) {
        return title;
    }
    let planning = source.root.object("planning");
    let budget = planning
        .as_ref()
        .and_then(|planning| planning.object("budget"));
    let parts = source
        .awards
        .iter()
        .chain(&source.contracts)
        .chain(&source.lots);
    let named = std::iter::once((&source.root, "title"))
        .chain(budget.iter().map(|budget| (budget, "project")));
    let named = named.chain(parts.map(|part| (part, "title")));
    let described = source
        .tender
        .iter()
        .chain(&source.awards)
        .chain(&source.items)
        .map(|node| (node, "description"));
    let mut candidates = named.chain(described);
    let found = candidates.find_map(|(node, key)| {
        let text = node.text(key)?;
        let line = text.lines().find(|line| has_letter_or_digit(line))?;
        Some(cut(node, key, line.to_owned(), TITLE_LIMIT))
    });
    let message = if found.is_some() {
        "is missing; another text of the release is used"
    } else {
        "is missing; the ocid is used"
    };
    source
        .root
        .warn(WarningKind::Missing, "tender/title", message);
    title.0.insert(
        source.language.clone(),
        found.unwrap_or_else(|| ocid.to_owned()),
    );
    title
}

/// Returns the description of the tender, else the rationale of planning, else the label of its
/// classification.
pub(super) fn description(source: &Source<'_>) -> LocalizedText {
    let read = |node: &Node<'_>, key: &str| localized(node, key, &source.language, TEXT_LIMIT);
    let of_tender = source
        .tender
        .as_ref()
        .map(|tender| read(tender, "description"));
    let of_planning = || {
        source
            .root
            .object("planning")
            .map(|planning| read(&planning, "rationale"))
    };
    let of_class = || {
        source
            .tender(|tender| tender.object("classification"))
            .map(|class| read(&class, "description"))
    };
    let has_text = |text: &LocalizedText| !text.is_empty();
    of_tender
        .filter(has_text)
        .or_else(|| of_planning().filter(has_text))
        .or_else(of_class)
        .unwrap_or_default()
}
