//! Texts and their languages.

use super::Source;
use crate::interop::ocds::node::{Node, quoted};
use crate::interop::ocds::problem::WarningKind;
use crate::kernel::text::{LocalizedText, has_letter_or_digit, is_language};
use crate::procurement::rules::{TEXT_LIMIT, TITLE_LIMIT};

/// Language of a release without `language` (default of the OCDS release schema).
const DEFAULT_LANGUAGE: &str = "en";

/// Returns the language of a release as an ISO 639-1 code: `en` for `EN` and `en-GB`.
pub(super) fn language(root: &Node<'_>) -> String {
    let Some(written) = root.text("language") else {
        let message = format!("is missing; {DEFAULT_LANGUAGE} is assumed, the default of OCDS");
        root.warn(WarningKind::Missing, "language", message);
        return DEFAULT_LANGUAGE.to_owned();
    };
    primary(&written).unwrap_or_else(|| {
        let message = format!(
            "{} is not a two-letter language code; {DEFAULT_LANGUAGE} is assumed",
            quoted(&written)
        );
        root.warn(WarningKind::UnknownWord, "language", message);
        DEFAULT_LANGUAGE.to_owned()
    })
}

fn primary(tag: &str) -> Option<String> {
    let language = tag
        .split(['-', '_'])
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    is_language(&language).then_some(language)
}

/// Returns a text with its translations, which OCDS names `title_sv`.
pub(super) fn localized(node: &Node<'_>, key: &str, language: &str, limit: usize) -> LocalizedText {
    let mut text = LocalizedText::default();
    for (suffix, member) in node.members_beginning(key) {
        let language = if suffix.is_empty() {
            Some(language.to_owned())
        } else {
            suffix.strip_prefix('_').and_then(primary)
        };
        let found = node.text(member).filter(|text| has_letter_or_digit(text));
        if let Some((language, found)) = language.zip(found) {
            text.0
                .entry(language)
                .or_insert_with(|| cut(node, member, found, limit));
        }
    }
    text
}

/// Returns at most `limit` characters of a text, with a warning if it is longer.
pub(super) fn cut(node: &Node<'_>, key: &str, text: String, limit: usize) -> String {
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
