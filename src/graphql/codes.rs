//! Code lists CPV and NUTS as trees that a code picker walks and searches.

use std::{collections::HashSet, sync::Arc};

use async_graphql::{Context, Enum, Error, ID, Object};

use super::{
    connection::{List, Total, cost, listed},
    context::{one_language, request},
    errors::refused,
    scalars::Translation,
};
use crate::kernel::{
    codes::{self, Code, Scheme, cpv, nuts, search::SEARCH_LIMIT},
    ids::{decode_global, encode_global},
    paging::MAX_PAGE_SIZE,
    refusal::{self, Refusal},
};

/// Code list.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "Scheme")]
pub enum CodeScheme {
    /// Common Procurement Vocabulary 2008: the subject of a procurement.
    Cpv,
    /// Nomenclature of Territorial Units for Statistics 2024: the place of performance.
    Nuts,
}

/// Code of a code list.
#[derive(Clone)]
pub struct ClassificationCode {
    scheme: Scheme,
    /// Code as the list spells it, or as the notice does if the list does not have it.
    code: String,
    /// Entry of the list; `None` if the list does not have the code (imported notices use older
    /// lists).
    known: Option<&'static Code>,
}

impl ClassificationCode {
    /// Name of the type inside a global ID.
    pub const KIND: &'static str = "Code";

    /// Returns the code of a notice, whether or not the list has it.
    pub fn new(scheme: Scheme, given: &str) -> Self {
        let known = scheme.find(given);
        Self {
            scheme,
            code: known.map_or(given, |known| known.code).to_owned(),
            known,
        }
    }

    /// Parses a global ID. Returns `None` if it does not contain a well-formed code.
    pub fn from_global(id: &str) -> Option<Self> {
        let (kind, key) = decode_global(id)?;
        let (scheme, code) = key.split_once(':')?;
        let scheme = match scheme {
            "CPV" if cpv::without_check_digit(code).is_some() => Scheme::Cpv,
            "NUTS" if nuts::is_well_formed(code) => Scheme::Nuts,
            _ => return None,
        };
        (kind == Self::KIND).then(|| Self::new(scheme, code))
    }
}

impl From<&'static Code> for ClassificationCode {
    fn from(known: &'static Code) -> Self {
        Self {
            scheme: known.scheme,
            code: known.code.to_owned(),
            known: Some(known),
        }
    }
}

/// Code of the list CPV (subject of a procurement) or NUTS (place of performance). Both lists are
/// trees. Imported notices also have codes of older lists, which have no labels, parent or
/// children.
#[Object(name = "Code")]
impl ClassificationCode {
    /// Opaque ID for `node`. It is the same for the same code everywhere.
    pub(in crate::graphql) async fn id(&self) -> ID {
        encode_global(Self::KIND, &format!("{}:{}", self.scheme, self.code)).into()
    }

    /// Code list.
    async fn scheme(&self) -> CodeScheme {
        self.scheme.into()
    }

    /// Code as inputs and filters accept it: `90919300`, `SE110`.
    async fn code(&self) -> &str {
        &self.code
    }

    /// Code as the list prints it, for CPV with its check digit: `90919300-5`, `SE110`. Inputs
    /// accept this form too. Null for codes of older lists.
    async fn printed_code(&self) -> Option<&'static str> {
        self.known.map(|code| code.printed)
    }

    /// Name in `language`. Without a name in it, falls back to the reader's language
    /// (`Accept-Language`), to English, and for places to the place's own language. Null for codes
    /// of older lists.
    async fn label(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Language (BCP 47). There are names in en, sv, fi, nb, da and de.")]
        language: Option<String>,
    ) -> Result<Option<&'static str>, Error> {
        let readers = &request(context).languages;
        let Some(code) = self.known else {
            return Ok(None);
        };
        let wanted = language.as_deref().map(one_language).transpose();
        let wanted = wanted.map_err(refused)?;
        let named = wanted.filter(|wanted| code.has_label_for(wanted));
        Ok(Some(code.label_for(named.as_ref().unwrap_or(readers))))
    }

    /// Names, one for each of the six languages. A language without a name has the value of
    /// `label`. Empty for codes of older lists.
    async fn labels(&self) -> Vec<Translation> {
        let translation = |(language, text): (&str, &str)| Translation {
            language: language.to_owned(),
            text: text.to_owned(),
        };
        let labels = self.known.map(|code| code.labels().map(translation));
        labels.into_iter().flatten().collect()
    }

    /// Name of the place in its own language; null for CPV codes and for the few places without a
    /// name.
    async fn local_name(&self) -> Option<&'static str> {
        self.known.and_then(Code::local_name)
    }

    /// Number of codes above this one: 0 for a CPV division or a country, 3 for a NUTS 3 region.
    /// Null for codes of older lists.
    async fn level(&self) -> Option<usize> {
        self.known.map(Code::level)
    }

    /// Code directly above; null for CPV divisions, countries and codes of older lists.
    async fn parent(&self) -> Option<Self> {
        self.known.and_then(Code::parent).map(Self::from)
    }

    /// Codes directly below, in the order of the list; at most 23.
    #[graphql(complexity = "1 + 23 * child_complexity")]
    async fn children(&self) -> Vec<Self> {
        let children = self.known.map(Code::children);
        children.into_iter().flatten().map(Self::from).collect()
    }

    /// Whether there are codes below this one.
    async fn has_children(&self) -> bool {
        self.known
            .is_some_and(|code| code.children().next().is_some())
    }
}

/// Returns the first of the reader's languages, whose labels a search prefers.
fn reader(context: &Context<'_>) -> &'static str {
    request(context).languages.iter().next().unwrap_or("en")
}

/// Number of codes of a page when the request states none.
const DEFAULT_CODES: i32 = 50;

/// Arguments that select codes of a list: one of the three, or none for the roots.
#[derive(Debug, serde::Serialize)]
struct Selection {
    search: Option<String>,
    under: Option<String>,
    codes: Option<Vec<String>>,
}

impl Selection {
    fn find(self, scheme: Scheme, language: &str) -> Result<Vec<&'static Code>, Refusal> {
        // A picker sends an empty search before the user types.
        let search = self.search.filter(|text| !text.trim().is_empty());
        match (search, self.under, self.codes) {
            (None, None, None) => Ok(scheme.roots().collect()),
            (Some(text), None, None) => matching(scheme, &text, language),
            (None, Some(under), None) => {
                let parent = scheme.find(&under);
                let parent = parent.ok_or_else(|| scheme.unknown(&under, &["under"]))?;
                Ok(parent.children().collect())
            }
            (None, None, Some(codes)) => named(scheme, &codes),
            _ => {
                let message = "`search`, `under` and `codes` exclude each other; send one of them, or none for the roots";
                Err(Refusal::new(refusal::Code::Invalid, message))
            }
        }
    }
}

fn matching(scheme: Scheme, text: &str, language: &str) -> Result<Vec<&'static Code>, Refusal> {
    if text.chars().count() > SEARCH_LIMIT {
        let message = message!(
            "`search` is longer than {limit} characters; shorten it",
            limit = SEARCH_LIMIT,
        );
        return Err(Refusal::at(refusal::Code::TooLong, &["search"], message));
    }
    Ok(codes::search::search(scheme, text, language))
}

/// Returns the named codes in their order, each once.
fn named(scheme: Scheme, codes: &[String]) -> Result<Vec<&'static Code>, Refusal> {
    if codes.len() > MAX_PAGE_SIZE as usize {
        let message = message!(
            "`codes` has more than {limit} codes; send several requests",
            limit = MAX_PAGE_SIZE,
        );
        return Err(Refusal::at(refusal::Code::TooLong, &["codes"], message));
    }
    let find = |(position, code): (usize, &String)| {
        let unknown = || scheme.unknown(code, &["codes", &position.to_string()]);
        scheme.find(code).ok_or_else(unknown)
    };
    let found = codes.iter().enumerate().map(find);
    let mut found = found.collect::<Result<Vec<_>, _>>()?;
    let mut distinct = HashSet::new();
    found.retain(|code| distinct.insert(code.code));
    Ok(found)
}

/// Returns one page of the selected codes.
async fn page(
    context: &Context<'_>,
    scheme: Scheme,
    selection: Selection,
    (first, after, last, before): (Option<i32>, Option<String>, Option<i32>, Option<String>),
) -> Result<List<ClassificationCode>, Error> {
    let first = match last {
        Some(_) => first,
        None => first.or(Some(DEFAULT_CODES)),
    };
    let reader = reader(context);
    let chosen = (scheme.to_string(), &selection, reader);
    let listed = listed::<String>("codes", &chosen, (first, after, last, before))?;
    let selected = format!("{selection:?}");
    let find = async {
        selection
            .find(scheme, reader)
            .map(Arc::new)
            .map_err(refused)
    };
    let memo = &request(context).memo;
    let found = memo
        .once("codes", &(scheme, selected, reader), find)
        .await?;
    let total = Total::known(found.len());
    let found = Vec::clone(&found);
    let slice = listed.page.of_list(found, |code| code.code.to_owned());
    let slice = slice.map_err(refused)?.map(ClassificationCode::from);
    Ok(listed.connection(slice, total, |code| code.code.clone()))
}

/// Queries for looking up codes.
#[derive(Default)]
pub struct CodeQueries;

#[Object]
impl CodeQueries {
    /// Looks up CPV codes, the subjects of procurements. Without arguments it returns the 45
    /// divisions, from which a picker walks down with `under` or `children`.
    #[allow(
        clippy::too_many_arguments,
        reason = "each is an argument of the field"
    )]
    #[graphql(
        complexity = "500 + cost(first.or(last).or(Some(DEFAULT_CODES)), None, child_complexity)"
    )]
    async fn cpv(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "Words of a label in any of the six languages, or the beginning of a code; at most 100 \
                    characters. A word matches at the beginning of or inside a word of the label, and \
                    case and accents are ignored. The best match is first, labels in the reader's \
                    language before others. An empty text counts as omitted."
        )]
        search: Option<String>,
        #[graphql(desc = "Code whose direct children are returned: `90000000`.")] under: Option<
            String,
        >,
        #[graphql(
            desc = "Codes to return, with or without check digits, at most 100. An unknown code is refused \
                    with UNKNOWN_CODE and the nearest known codes."
        )]
        codes: Option<Vec<String>>,
        #[graphql(
            desc = "Number of items from the start of the list, 1 to 100. Default without `last`: 50."
        )]
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<List<ClassificationCode>, Error> {
        let selection = Selection {
            search,
            under,
            codes,
        };
        page(
            context,
            Scheme::Cpv,
            selection,
            (first, after, last, before),
        )
        .await
    }

    /// Looks up NUTS codes, the places of performance. Without arguments it returns the 38
    /// countries, from which a picker walks down with `under` or `children`.
    #[allow(
        clippy::too_many_arguments,
        reason = "each is an argument of the field"
    )]
    #[graphql(
        complexity = "500 + cost(first.or(last).or(Some(DEFAULT_CODES)), None, child_complexity)"
    )]
    async fn nuts(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "Words of a name in the place's own or another language, or the beginning of a code; at \
                    most 100 characters. A word matches at the beginning of or inside a word of the name, \
                    and case and accents are ignored. The best match is first, names in the reader's \
                    language before others. An empty text counts as omitted."
        )]
        search: Option<String>,
        #[graphql(desc = "Code whose direct children are returned: `SE1`.")] under: Option<String>,
        #[graphql(
            desc = "Codes to return, at most 100. An unknown code is refused with UNKNOWN_CODE and the nearest \
                    known codes."
        )]
        codes: Option<Vec<String>>,
        #[graphql(
            desc = "Number of items from the start of the list, 1 to 100. Default without `last`: 50."
        )]
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<List<ClassificationCode>, Error> {
        let selection = Selection {
            search,
            under,
            codes,
        };
        page(
            context,
            Scheme::Nuts,
            selection,
            (first, after, last, before),
        )
        .await
    }
}
