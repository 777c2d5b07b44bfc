//! Small types that many others use: money, text in several languages, codes.

use std::{borrow::Cow, collections::BTreeMap};

use async_graphql::{
    Context, InputObject, InputType, InputValueError, InputValueResult, Object, Scalar, ScalarType,
    SimpleObject, Value, registry::Registry, value,
};
use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::context::request;
use crate::kernel::{money, text::LocalizedText};

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

/// An amount in one currency, without VAT.
#[derive(SimpleObject)]
pub struct Money {
    /// In the currency's main unit (kronor, not öre), as a decimal string.
    pub amount: Decimal,
    /// ISO 4217: `SEK`.
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

/// An amount in one currency, without VAT.
#[derive(InputObject)]
pub struct MoneyInput {
    /// In the currency's main unit, as a decimal string: `"1250000.00"`.
    pub amount: Decimal,
    /// ISO 4217: `SEK`.
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

/// An estimated value without VAT: a range, or one figure where both ends are alike (eForms BT-27).
#[derive(SimpleObject)]
pub struct ValueRange {
    /// The least; null when only an upper end is known.
    pub min: Option<Decimal>,
    /// The most; null when only a lower end is known.
    pub max: Option<Decimal>,
    /// ISO 4217: `SEK`.
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

/// An estimated value without VAT; `min`, `max` or both.
#[derive(InputObject)]
pub struct ValueRangeInput {
    /// The least.
    pub min: Option<Decimal>,
    /// The most.
    pub max: Option<Decimal>,
    /// ISO 4217: `SEK`.
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

/// Text in one language.
#[derive(SimpleObject, InputObject)]
#[graphql(input_name = "TranslationInput")]
pub struct Translation {
    /// ISO 639-1, lower case: `sv`.
    pub language: String,
    /// The text; plain, not markup.
    pub text: String,
}

/// Text that a buyer wrote, in one or several languages.
pub struct Localized(pub LocalizedText);

/// Text that a buyer wrote, in one or several languages.
#[Object(name = "LocalizedText")]
impl Localized {
    /// The text in `language`, null if there is none in it; without `language`, in the reader's language
    /// (`Accept-Language`), else English, else whichever there is.
    async fn text(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "ISO 639-1: `sv`.")] language: Option<String>,
    ) -> Option<String> {
        let found = request(context).text(&self.0, language.as_deref());
        found.map(|(_, text)| text.to_owned())
    }

    /// The language that `text` answers in when none is asked for.
    async fn language(&self, context: &Context<'_>) -> Option<String> {
        let found = request(context).text(&self.0, None);
        found.map(|(language, _)| language.to_owned())
    }

    /// All there is, by language.
    async fn translations(&self) -> Vec<Translation> {
        self.0
            .iter()
            .map(|(language, text)| Translation {
                language: language.to_owned(),
                text: text.to_owned(),
            })
            .collect()
    }
}

/// Text as it is given: a list of [`Translation`]s, none in the language of another.
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
            if texts.contains_key(&language) {
                let message = format!(
                    "a text is given twice in the language `{language}`; give it once in each"
                );
                return Err(InputValueError::custom(message));
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

/// The text as the kernel knows it; nothing is no text.
pub fn localized(given: impl Into<Option<Translations>>) -> LocalizedText {
    given.into().unwrap_or_default().0
}

/// A null where there is no text at all.
pub fn non_empty(text: &LocalizedText) -> Option<Localized> {
    (!text.is_empty()).then(|| Localized(text.clone()))
}
