//! Words every room uses: identifiers, time, time zones, text, money, paging, code lists, refusals. Imports nothing of ours.

pub mod clock;
pub mod codes;
pub mod ids;
pub mod json;
pub mod money;
pub mod paging;
pub mod refusal;
pub mod text;
pub mod zone;
