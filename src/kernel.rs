//! Types that every feature uses: identifiers, time, time zones, languages, text, money, paging,
//! code lists, messages, refusals. The kernel imports no other module of the crate.

// First, for its macro `message!`.
#[macro_use]
pub mod message;

pub mod clock;
pub mod codes;
pub mod decimal;
pub mod folding;
pub mod ids;
pub mod json;
pub mod language;
pub mod money;
pub mod normal_form;
pub mod paging;
pub mod reader_languages;
pub mod refusal;
pub mod text;
pub mod warning;
pub mod web_address;
pub mod working_day;
pub mod zone;
