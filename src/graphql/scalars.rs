//! Types that many others use: dates, money, text in several languages.

use std::{borrow::Cow, collections::BTreeMap};

use async_graphql::{
    Context, Error, InputObject, InputType, InputValueError, InputValueResult, Object, Scalar,
    ScalarType, SimpleObject, Value, registry::Registry, value,
};
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::{
    context::{one_language, request},
    errors::refused,
    inputs::line,
};
use crate::{
    document::Withdrawal,
    kernel::{
        language::canonical,
        money,
        text::{LocalizedText, REPEATED},
    },
};

/// A calendar day, such as `2027-03-01`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Date(pub NaiveDate);

/// A calendar day without a time or time zone, in ISO 8601: `2027-03-01`.
#[Scalar(name = "Date")]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else {
            return Err(InputValueError::expected_type(value));
        };
        let date = NaiveDate::parse_from_str(text, "%Y-%m-%d");
        date.map(Self).map_err(|_| {
            let message =
                format!("`{text}` is not a date; write year, month and day: `2027-03-01`");
            InputValueError::custom(message)
        })
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.format("%Y-%m-%d").to_string())
    }
}

impl From<NaiveDate> for Date {
    fn from(date: NaiveDate) -> Self {
        Self(date)
    }
}

impl From<Date> for NaiveDate {
    fn from(date: Date) -> Self {
        date.0
    }
}

/// Decision of the buyer with its reason.
#[derive(SimpleObject)]
pub struct ReasonGiven {
    /// Reason that the buyer gave; plain text.
    reason: Localized,
    /// Time of the decision.
    at: DateTime<Utc>,
}

impl ReasonGiven {
    /// Creates it from a reason and its time.
    pub fn new(reason: LocalizedText, at: DateTime<Utc>) -> Self {
        Self {
            reason: Localized::from(reason),
            at,
        }
    }
}

impl From<Withdrawal> for ReasonGiven {
    fn from(withdrawal: Withdrawal) -> Self {
        Self::new(withdrawal.reason, withdrawal.at)
    }
}

/// Amount of money without VAT.
#[derive(SimpleObject)]
pub struct Money {
    /// Amount in the main unit of the currency (kronor, not öre), as a decimal string.
    pub amount: Decimal,
    /// Currency (ISO 4217): `SEK`.
    pub currency: String,
}

impl From<money::Money> for Money {
    fn from(money: money::Money) -> Self {
        Self {
            amount: money.amount,
            currency: money.currency,
        }
    }
}

/// Amount of money without VAT.
#[derive(InputObject)]
pub struct MoneyInput {
    /// Amount in the main unit of the currency, as a decimal string: `"1250000.00"`.
    pub amount: Decimal,
    /// Currency (ISO 4217): `SEK`.
    pub currency: String,
}

impl From<MoneyInput> for money::Money {
    fn from(input: MoneyInput) -> Self {
        Self {
            amount: input.amount,
            currency: input.currency,
        }
    }
}

/// Estimated value without VAT (eForms BT-27): a range, or one figure if `min` and `max` are equal.
#[derive(SimpleObject)]
pub struct ValueRange {
    /// Lower end in the main unit of the currency; null when only the upper end is known.
    pub min: Option<Decimal>,
    /// Upper end in the main unit of the currency; null when only the lower end is known.
    pub max: Option<Decimal>,
    /// Currency (ISO 4217): `SEK`.
    pub currency: String,
}

impl From<money::ValueRange> for ValueRange {
    fn from(value: money::ValueRange) -> Self {
        Self {
            min: value.min,
            max: value.max,
            currency: value.currency,
        }
    }
}

/// Estimated value without VAT (eForms BT-27): `min`, `max` or both are required.
#[derive(InputObject)]
pub struct ValueRangeInput {
    /// Lower end in the main unit of the currency, as a decimal string.
    pub min: Option<Decimal>,
    /// Upper end in the main unit of the currency, as a decimal string.
    pub max: Option<Decimal>,
    /// Currency (ISO 4217): `SEK`.
    pub currency: String,
}

impl From<ValueRangeInput> for money::ValueRange {
    fn from(input: ValueRangeInput) -> Self {
        Self {
            min: input.min,
            max: input.max,
            currency: input.currency,
        }
    }
}

/// Text in one language. A list of them is one text in several languages, each language at most
/// once.
#[derive(SimpleObject, InputObject)]
#[graphql(input_name = "TranslationInput")]
pub struct Translation {
    /// Language (BCP 47): `sv`. It is returned as the code of ISO 639-1 if the language has one, else
    /// of ISO 639-3; the region or script of an input is left out: `sv-FI` and `swe` are `sv`.
    pub language: String,
    /// Plain text; markup is not interpreted.
    pub text: String,
}

/// Text in one or several languages.
pub struct Localized {
    text: LocalizedText,
    /// Language of the notice that the text belongs to; `None` where that is not known.
    main: Option<String>,
}

impl From<LocalizedText> for Localized {
    fn from(text: LocalizedText) -> Self {
        Self { text, main: None }
    }
}

impl Localized {
    /// Wraps a text of a notice whose main language is `main`.
    pub fn of_notice(text: LocalizedText, main: &str) -> Self {
        let main = Some(main.to_owned());
        Self { text, main }
    }

    fn best(&self, context: &Context<'_>) -> Option<(&str, &str)> {
        self.text
            .best(&request(context).languages, self.main.as_deref())
    }
}

/// Text that an organisation wrote in one or several languages.
#[Object(name = "LocalizedText")]
impl Localized {
    /// Text in `language`; null if there is no text in it. Without `language` it is the text in the
    /// reader's best language (`Accept-Language`, by the lookup of RFC 4647). If there is none, it
    /// is the text in the main language of the notice; for a text outside notices, in English, else
    /// in the first of its languages by code. Norwegian (`no`), Bokmål (`nb`) and Nynorsk (`nn`)
    /// replace one another.
    async fn text(
        &self,
        context: &Context<'_>,
        #[graphql(
            desc = "Language (BCP 47): `sv`. A region or script is ignored: `sv-FI` is `sv`. A tag that names \
                    no language is refused."
        )]
        language: Option<String>,
    ) -> Result<Option<String>, Error> {
        let found = match language {
            Some(language) => {
                let language = one_language(&language).map_err(refused)?;
                self.text.wanted(&language)
            }
            None => self.best(context),
        };
        Ok(found.map(|(_, text)| text.to_owned()))
    }

    /// Language of `text` when it is called without `language`: the code of ISO 639-1 if the
    /// language has one, else of ISO 639-3; `und` for an imported text in an unknown language.
    async fn language(&self, context: &Context<'_>) -> Option<String> {
        let found = self.best(context);
        found.map(|(language, _)| language.to_owned())
    }

    /// Text in every language that it was written in; one for each language.
    async fn translations(&self) -> Vec<Translation> {
        self.text
            .iter()
            .map(|(language, text)| Translation {
                language: language.to_owned(),
                text: text.to_owned(),
            })
            .collect()
    }
}

/// Input of a text: a list of [`Translation`]s in different languages.
#[derive(Default)]
pub struct Translations(LocalizedText);

impl InputType for Translations {
    type RawValueType = Self;

    fn type_name() -> Cow<'static, str> {
        <Vec<Translation> as InputType>::type_name()
    }

    fn qualified_type_name() -> String {
        <Vec<Translation> as InputType>::qualified_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <Vec<Translation> as InputType>::create_type_info(registry)
    }

    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        let given = Vec::<Translation>::parse(value).map_err(InputValueError::propagate)?;
        let mut texts = BTreeMap::new();
        for Translation { language, text } in given {
            let mut language = language_code(language);
            // The coercion of the request refuses a repeated language, except where a variable in a
            // literal has it. The use case refuses that one: an error here would come after other
            // mutations of the request are committed.
            if texts.contains_key(&language) {
                language += REPEATED;
            }
            texts.insert(language, text);
        }
        Ok(Self(LocalizedText(texts)))
    }

    fn to_value(&self) -> Value {
        let texts = self.0.iter();
        let texts = texts.map(|(language, text)| value!({ "language": language, "text": text }));
        Value::List(texts.collect())
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}

/// Converts an input text; an omitted text is empty.
pub fn localized(given: impl Into<Option<Translations>>) -> LocalizedText {
    given.into().unwrap_or_default().0
}

/// Converts an input text of one line; an omitted text is empty.
pub fn localized_line(given: impl Into<Option<Translations>>) -> LocalizedText {
    let texts = localized(given).0.into_iter();
    LocalizedText(
        texts
            .map(|(language, text)| (language, line(text)))
            .collect(),
    )
}

/// Returns the normal form of a language. Another text is returned as it is, and refused by the
/// checks of the use case.
pub fn language_code(tag: String) -> String {
    canonical(&tag).map_or(tag, str::to_owned)
}

/// Returns the text, or `None` if it is empty in every language.
pub fn non_empty(text: &LocalizedText) -> Option<Localized> {
    (!text.is_empty()).then(|| Localized::from(text.clone()))
}

/// Returns a text of a notice whose main language is `main`, or `None` if it is empty in every
/// language.
pub fn of_notice(text: &LocalizedText, main: &str) -> Option<Localized> {
    (!text.is_empty()).then(|| Localized::of_notice(text.clone(), main))
}
