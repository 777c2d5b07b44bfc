//! Translations of messages: one catalogue for each language, in gettext's PO format, which
//! translators' tools read. The English template is the `msgid`.

use std::{collections::HashMap, sync::LazyLock};

use polib::{catalog::Catalog, message::MessageView, metadata::CatalogMetadata, po_file};

use super::Language;

/// Translations by English template: one, or one for 1 and one for every other count. All five
/// languages form the plural alike.
type Translations = HashMap<String, Vec<String>>;

static SWEDISH: LazyLock<Translations> = LazyLock::new(|| read(include_str!("sv.po")));
static FINNISH: LazyLock<Translations> = LazyLock::new(|| read(include_str!("fi.po")));
static NORWEGIAN: LazyLock<Translations> = LazyLock::new(|| read(include_str!("nb.po")));
static DANISH: LazyLock<Translations> = LazyLock::new(|| read(include_str!("da.po")));

/// Returns the translation of a template, `None` if there is none. `count` chooses between
/// singular and plural.
pub(super) fn translation(
    language: Language,
    template: &str,
    count: Option<u64>,
) -> Option<&'static str> {
    let forms = translations(language)?.get(template)?;
    let form = match count {
        None | Some(1) => forms.first(),
        Some(_) => forms.get(1),
    };
    form.map(String::as_str)
}

fn translations(language: Language) -> Option<&'static Translations> {
    match language {
        Language::English => None,
        Language::Swedish => Some(&SWEDISH),
        Language::Finnish => Some(&FINNISH),
        Language::Norwegian => Some(&NORWEGIAN),
        Language::Danish => Some(&DANISH),
    }
}

/// Reads a catalogue. Tests check that each is complete; a file that cannot be read leaves the
/// messages in English.
fn read(file: &str) -> Translations {
    let catalogue = po_file::parse_from_reader(file.as_bytes()).unwrap_or_else(|error| {
        tracing::error!(%error, "a catalogue of translations cannot be read");
        Catalog::new(CatalogMetadata::new())
    });
    let messages = catalogue
        .messages()
        .filter(|message| message.is_translated());
    let pairs = messages.map(|message| (message.msgid().to_owned(), forms(message)));
    pairs.collect()
}

fn forms(message: &dyn MessageView) -> Vec<String> {
    match message.msgstr_plural() {
        Ok(forms) => forms.clone(),
        Err(_) => message.msgstr().map(str::to_owned).into_iter().collect(),
    }
}
