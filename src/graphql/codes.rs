//! The code lists in the graph: what is bought (CPV) and where (NUTS), as trees that a picker walks and searches.

use std::collections::HashSet;

use async_graphql::{
    Context, Enum, Error, ID, Object, SimpleObject,
    connection::{Connection, Edge, EmptyFields},
};

use super::{context::request, errors::refused, scalars::Translation};
use crate::kernel::{
    codes::{self, Code, Scheme, cpv, nuts, search::SEARCH_LIMIT},
    ids::{decode_global, encode_global},
    paging::{MOST, Page, encode_cursor},
    refusal::{self, Refusal},
};

/// Which list a code is from.
#[derive(Clone, Copy, Enum, PartialEq, Eq)]
#[graphql(remote = "Scheme")]
pub enum CodeScheme {
    /// Common Procurement Vocabulary 2008: what is bought.
    Cpv,
    /// Nomenclature of territorial units 2024: where.
    Nuts,
}

/// A code of a code list.
#[derive(Clone)]
pub struct ClassificationCode {
    scheme: Scheme,
    /// As the list has it, else as the notice does.
    code: String,
    /// `None` when the list does not have it (imported notices use older lists).
    known: Option<&'static Code>,
}

impl ClassificationCode {
    /// The type's name inside a global ID.
    pub const KIND: &'static str = "Code";

    /// The code that a notice has, known or not.
    pub fn new(scheme: Scheme, given: &str) -> Self {
        let known = scheme.find(given);
        Self {
            scheme,
            code: known.map_or(given, |known| known.code).to_owned(),
            known,
        }
    }

    /// Reads a global ID; `None` for what is not written as codes are.
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

/// A code of a code list: what is bought (CPV) or where (NUTS). Both lists are trees. Imported notices also have codes
/// of older lists; these have no labels and no place in the tree.
#[Object(name = "Code")]
impl ClassificationCode {
    /// Opaque, for `node`. Of a code it is always the same.
    pub(super) async fn id(&self) -> ID {
        encode_global(Self::KIND, &format!("{}:{}", self.scheme, self.code)).into()
    }

    /// Which list.
    async fn scheme(&self) -> CodeScheme {
        self.scheme.into()
    }

    /// The code, as inputs and filters take it: `90919300`, `SE110`.
    async fn code(&self) -> &str {
        &self.code
    }

    /// The code as the list prints it, with CPV's check digit: `90919300-5`, `SE110`. Inputs take this too. Null for
    /// codes of older lists.
    async fn printed_code(&self) -> Option<&'static str> {
        self.known.map(|code| code.printed)
    }

    /// Its name in `language`, else in the reader's, else in English, else (places) in the place's own language.
    /// Null for codes of older lists.
    async fn label(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "One of en, sv, fi, nb, da, de.")] language: Option<String>,
    ) -> Option<&'static str> {
        let language = language.as_deref().unwrap_or_else(|| reader(context));
        self.known.map(|code| code.label(language))
    }

    /// Its name in each language of the list; where the list has none, what `label` answers. Empty for codes of
    /// older lists.
    async fn labels(&self) -> Vec<Translation> {
        let translation = |(language, text): (&str, &str)| Translation {
            language: language.to_owned(),
            text: text.to_owned(),
        };
        let labels = self.known.map(|code| code.labels().map(translation));
        labels.into_iter().flatten().collect()
    }

    /// The place's name in its own language; null for CPV, and for the few places without a name.
    async fn local_name(&self) -> Option<&'static str> {
        self.known.and_then(Code::local_name)
    }

    /// How many codes are above it: 0 for a CPV division or a country, 3 for a NUTS 3 region. Null for codes of older
    /// lists.
    async fn level(&self) -> Option<usize> {
        self.known.map(Code::level)
    }

    /// The code above; null for a CPV division, a country and codes of older lists.
    async fn parent(&self) -> Option<Self> {
        self.known.and_then(Code::parent).map(Self::from)
    }

    /// The codes directly below, in the order of the list; at most 23.
    #[graphql(complexity = "1 + 23 * child_complexity")]
    async fn children(&self) -> Vec<Self> {
        let children = self.known.map(Code::children);
        children.into_iter().flatten().map(Self::from).collect()
    }

    /// Are there codes below it?
    async fn has_children(&self) -> bool {
        self.known
            .is_some_and(|code| code.children().next().is_some())
    }
}

fn reader<'c>(context: &Context<'c>) -> &'c str {
    let languages = &request(context).languages;
    languages.first().map_or("en", String::as_str)
}

/// What a connection of codes has beside its page.
#[derive(SimpleObject)]
pub struct CodeTotal {
    /// How many codes there are in all.
    total_count: usize,
}

type CodeConnection = Connection<String, ClassificationCode, CodeTotal, EmptyFields>;

/// Which codes of a list are asked for. One of the three, or none for the roots.
struct Selection {
    search: Option<String>,
    under: Option<String>,
    codes: Option<Vec<String>>,
}

impl Selection {
    fn find(self, scheme: Scheme, language: &str) -> Result<Vec<&'static Code>, Refusal> {
        // An empty search is that of a picker in which nothing has been typed yet.
        let search = self.search.filter(|text| !text.trim().is_empty());
        match (search, self.under, self.codes) {
            (None, None, None) => Ok(scheme.roots().collect()),
            (Some(text), None, None) => searched(scheme, &text, language),
            (None, Some(under), None) => {
                let parent = scheme.find(&under);
                let parent = parent.ok_or_else(|| scheme.unknown(&under, &["under"]))?;
                Ok(parent.children().collect())
            }
            (None, None, Some(codes)) => named(scheme, &codes),
            _ => {
                let message = "give one of `search`, `under` and `codes`, or none for the roots";
                Err(Refusal::new(refusal::Code::Invalid, message))
            }
        }
    }
}

fn searched(scheme: Scheme, text: &str, language: &str) -> Result<Vec<&'static Code>, Refusal> {
    if text.chars().count() > SEARCH_LIMIT {
        let message = format!("a search has at most {SEARCH_LIMIT} characters");
        return Err(Refusal::at(refusal::Code::TooLong, &["search"], message));
    }
    Ok(codes::search::search(scheme, text, language))
}

/// Exactly these, in this order, each once.
fn named(scheme: Scheme, codes: &[String]) -> Result<Vec<&'static Code>, Refusal> {
    if codes.len() > MOST as usize {
        let message = format!("at most {MOST} codes");
        return Err(Refusal::at(refusal::Code::TooLong, &["codes"], message));
    }
    let find = |(place, code): (usize, &String)| {
        let unknown = || scheme.unknown(code, &["codes", &place.to_string()]);
        scheme.find(code).ok_or_else(unknown)
    };
    let found = codes.iter().enumerate().map(find);
    let mut found = found.collect::<Result<Vec<_>, _>>()?;
    let mut seen = HashSet::new();
    found.retain(|code| seen.insert(code.code));
    Ok(found)
}

/// One page of the codes asked for. They are all at hand, so a cursor is a place among them.
fn page(
    context: &Context<'_>,
    scheme: Scheme,
    selection: Selection,
    first: i32,
    after: Option<&str>,
) -> Result<CodeConnection, Error> {
    let page = Page::new(first, after).map_err(refused)?;
    let skipped = page.after_number().map_err(refused)?;
    let skipped = skipped.map_or(0, |place| place.max(0) as usize + 1);
    let found = selection.find(scheme, reader(context)).map_err(refused)?;
    let total = CodeTotal {
        total_count: found.len(),
    };
    let last = skipped.saturating_add(page.first as usize);
    let more = last < found.len();
    let mut connection = Connection::with_additional_fields(skipped > 0, more, total);
    let placed = found.into_iter().enumerate();
    connection.edges = placed
        .skip(skipped)
        .take(page.first as usize)
        .map(|(place, code)| Edge::new(encode_cursor(place), code.into()))
        .collect();
    Ok(connection)
}

/// Looking codes up.
#[derive(Default)]
pub struct CodeQueries;

#[Object]
impl CodeQueries {
    /// CPV codes: what is bought. Without arguments the 45 divisions, from which a picker walks down by `under` or
    /// `children`.
    #[graphql(complexity = "500 + first.max(0) as usize * child_complexity")]
    async fn cpv(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "Words of a label in any of the six languages, each from the beginning of a word or inside one, without \
                    regard to case and accents, or the beginning of a code. At most 100 characters. The best match is \
                    first, and labels in the reader's language before others; empty is as if left out."
        )]
        search: Option<String>,
        #[graphql(desc = "The code whose direct children are asked for: `90000000`.")]
        under: Option<String>,
        #[graphql(
            desc = "Exactly these, with or without check digits, at most 100. One that is not in the list is refused, and \
                    the nearest named."
        )]
        codes: Option<Vec<String>>,
        #[graphql(desc = "1 to 100.", default = 50)] first: i32,
        #[graphql(desc = "`pageInfo.endCursor` of the page before.")] after: Option<String>,
    ) -> Result<CodeConnection, Error> {
        let selection = Selection {
            search,
            under,
            codes,
        };
        page(context, Scheme::Cpv, selection, first, after.as_deref())
    }

    /// NUTS codes: where. Without arguments the 38 countries, from which a picker walks down by `under` or `children`.
    #[graphql(complexity = "500 + first.max(0) as usize * child_complexity")]
    async fn nuts(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "Words of a name, its own or in another language, each from the beginning of a word or inside one, without \
                    regard to case and accents, or the beginning of a code. At most 100 characters. The best match is \
                    first, and names that the reader is shown before others; empty is as if left out."
        )]
        search: Option<String>,
        #[graphql(desc = "The code whose direct children are asked for: `SE1`.")] under: Option<
            String,
        >,
        #[graphql(
            desc = "Exactly these, at most 100. One that is not in the list is refused, and the nearest named."
        )]
        codes: Option<Vec<String>>,
        #[graphql(desc = "1 to 100.", default = 50)] first: i32,
        #[graphql(desc = "`pageInfo.endCursor` of the page before.")] after: Option<String>,
    ) -> Result<CodeConnection, Error> {
        let selection = Selection {
            search,
            under,
            codes,
        };
        page(context, Scheme::Nuts, selection, first, after.as_deref())
    }
}
