//! Labels of the schema's enum values for people.
//!
//! `enum_labels/README.md` names the sources of the labels.

use std::{collections::BTreeMap, sync::LazyLock};

use async_graphql::{Context, Error, Object, SimpleObject};

use super::{
    context::{one_language, request},
    errors::refused,
    scalars::Translation,
};
use crate::kernel::{
    reader_languages::ReaderLanguages,
    refusal::{Code, Refusal},
    text::LocalizedText,
};

/// Labels of one enum's values, in alphabetical order of the values.
type Labels = Vec<(String, LocalizedText)>;

static LABELS: LazyLock<BTreeMap<String, Labels>> = LazyLock::new(|| {
    read(include_str!("enum_labels/labels.tsv")).unwrap_or_else(|error| {
        tracing::error!(%error, "the labels of enum values cannot be read");
        BTreeMap::new()
    })
});

/// Reads a table with the columns type and value, and one column for each language.
fn read(table: &str) -> Result<BTreeMap<String, Labels>, csv::Error> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(b'\t')
        .quoting(false)
        .from_reader(table.as_bytes());
    let languages = reader.headers()?.clone();
    let mut labels: BTreeMap<String, Labels> = BTreeMap::new();
    for row in reader.records() {
        let row = row?;
        let cells = languages.iter().zip(&row).skip(2);
        let texts = cells.filter(|(_, label)| !label.is_empty());
        let texts = texts.map(|(language, label)| (language.to_owned(), label.to_owned()));
        let label = LocalizedText(texts.collect());
        let (name, value) = (&row[0], &row[1]);
        let of_type = labels.entry(name.to_owned()).or_default();
        of_type.push((value.to_owned(), label));
    }
    Ok(labels)
}

/// Returns the label in the first of these languages that it has, else in English.
fn chosen<'l>(label: &'l LocalizedText, readers: &[ReaderLanguages]) -> Option<(&'l str, &'l str)> {
    let found = readers.iter().find_map(|reader| label.wanted(reader));
    found.or_else(|| {
        let english = label.0.get_key_value("en");
        english.map(|(language, text)| (language.as_str(), text.as_str()))
    })
}

/// Label of an enum value.
#[derive(SimpleObject)]
pub struct EnumLabel {
    /// Value of the enum, as the schema spells it: `NEG_W_CALL`.
    value: &'static str,
    /// Label for people, in one line without a full stop.
    label: &'static str,
    /// Language of `label` (ISO 639-1).
    language: &'static str,
    /// Label, one for each language that it exists in: en, sv, fi, nb, da, and in part de.
    translations: Vec<Translation>,
}

fn in_languages(labels: &'static Labels, readers: &[ReaderLanguages]) -> Vec<EnumLabel> {
    let labels = labels.iter().filter_map(|(value, label)| {
        let (language, text) = chosen(label, readers)?;
        let translations = label.iter().map(|(language, text)| Translation {
            language: language.to_owned(),
            text: text.to_owned(),
        });
        Some(EnumLabel {
            value,
            label: text,
            language,
            translations: translations.collect(),
        })
    });
    labels.collect()
}

/// Enum of the schema whose values have labels.
pub struct EnumType {
    name: &'static str,
    labels: &'static Labels,
}

/// Enum of the schema whose values have labels.
#[Object]
impl EnumType {
    /// Name of the enum in the schema: `Procedure`.
    async fn name(&self) -> &'static str {
        self.name
    }

    /// Labels, one for each value of the enum, in alphabetical order of the values.
    async fn labels(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "Language tag: `sv`. Without it, and if there is no label in it, the \
                          labels are in the reader's language (`Accept-Language`), else in \
                          English."
        )]
        language: Option<String>,
    ) -> Result<Vec<EnumLabel>, Error> {
        Ok(in_languages(self.labels, &wanted(context, language)?))
    }
}

/// Returns the wanted language, then those of the reader.
fn wanted(context: &Context<'_>, language: Option<String>) -> Result<Vec<ReaderLanguages>, Error> {
    let wanted = language.as_deref().map(one_language).transpose();
    let wanted = wanted.map_err(refused)?;
    Ok(wanted
        .into_iter()
        .chain([request(context).languages.clone()])
        .collect())
}

/// Queries for the labels of enum values.
#[derive(Default)]
pub struct EnumLabelQueries;

#[Object]
impl EnumLabelQueries {
    /// One for each enum of the schema whose values people may see, in alphabetical order. The
    /// answer changes only with a new version of the marketplace.
    #[graphql(complexity = "5 * child_complexity")]
    async fn enum_types(&self) -> Vec<EnumType> {
        let types = LABELS.iter();
        let types = types.map(|(name, labels)| EnumType { name, labels });
        types.collect()
    }

    /// Labels, one for each value of one enum, in alphabetical order of the values.
    async fn enum_labels(
        &self,
        context: &Context<'_>,
        #[graphql(name = "type", desc = "Name of the enum in the schema: `Procedure`.")]
        name: String,
        #[graphql(
            desc = "Language tag: `sv`. Without it, and if there is no label in it, the \
                          labels are in the reader's language (`Accept-Language`), else in \
                          English."
        )]
        language: Option<String>,
    ) -> Result<Vec<EnumLabel>, Error> {
        let labels = LABELS.get(&name).ok_or_else(|| {
            let message =
                "`type` is not an enum with labels; `enumTypes` lists those that have them";
            refused(Refusal::at(Code::UnknownCode, &["type"], message))
        })?;
        Ok(in_languages(labels, &wanted(context, language)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_a_label_in_each_language() {
        assert!(LABELS.len() > 30, "only {} enums", LABELS.len());
        for (name, labels) in LABELS.iter() {
            assert!(
                labels.is_sorted_by(|a, b| a.0 < b.0),
                "{name} is not sorted"
            );
            for (value, label) in labels {
                for language in ["en", "sv", "fi", "nb", "da"] {
                    let text = label.0.get(language);
                    let text = text.unwrap_or_else(|| panic!("{name}.{value} has no {language}"));
                    assert_eq!(text.trim(), text, "{name}.{value}");
                    assert!(!text.ends_with('.'), "{name}.{value}: {text}");
                }
            }
        }
    }

    #[test]
    fn labels_fall_back_to_english() {
        let label = &LABELS["Phase"][0].1;
        for (header, expected) in [
            ("sv", "sv"),
            ("nn-NO", "nb"),
            ("no", "nb"),
            ("fil, da", "da"),
            ("pl", "en"),
            ("", "en"),
        ] {
            let readers = [ReaderLanguages::from_header(header)];
            let (language, _) = chosen(label, &readers).unwrap();
            assert_eq!(language, expected, "{header}");
        }
    }
}
