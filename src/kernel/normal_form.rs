//! The normal form of text. All text that enters is stored in it, so that two texts that look alike
//! are equal.
//!
//! The normal form
//! - is in Unicode Normalization Form C (UAX #15);
//! - has no default-ignorable, private-use or noncharacter code points. Three kinds of ignorable
//!   characters carry meaning and are kept: joiners (ZWJ, ZWNJ) between two letters of one script
//!   that uses them (UAX #31 §2.3.1, simplified) and ZWJ between two emoji; the emoji and text
//!   presentation selectors after an emoji; and variation selectors after Han and Mongolian
//!   letters;
//! - has single spaces: each run of spaces of any kind (no-break spaces and tabs included) is one
//!   space, and no line begins or ends with one;
//! - has `\n` as its only line break (for CRLF, CR, NEL, VT, FF, LS, PS), at most two empty lines in
//!   a row, and none at its beginning and end. A text of [one line](one_line) has spaces instead.
//!
//! Control characters other than tabs and line breaks are kept: the checks of inputs refuse them,
//! and imports replace them ([`without_control`]).

use std::borrow::Cow;

use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{
        DefaultIgnorableCodePoint, EmojiModifier, ExtendedPictographic, GeneralCategory,
        NoncharacterCodePoint, Script, WhiteSpace,
    },
};
use unicode_normalization::UnicodeNormalization;

/// Maximum number of empty lines in a row.
const MAX_EMPTY_LINES: usize = 2;
const ZWNJ: char = '\u{200c}';
const ZWJ: char = '\u{200d}';
const KEYCAP: char = '\u{20e3}';

/// Scripts whose letters change their form at a joiner.
const JOINED_SCRIPTS: [Script; 20] = [
    Script::Arabic,
    Script::Syriac,
    Script::Nko,
    Script::Mandaic,
    Script::Mongolian,
    Script::Adlam,
    Script::HanifiRohingya,
    Script::Devanagari,
    Script::Bengali,
    Script::Gurmukhi,
    Script::Gujarati,
    Script::Oriya,
    Script::Tamil,
    Script::Telugu,
    Script::Kannada,
    Script::Malayalam,
    Script::Sinhala,
    Script::Tibetan,
    Script::Myanmar,
    Script::Khmer,
];

/// Returns the normal form of a text of several lines.
pub fn lines(text: &str) -> Cow<'_, str> {
    if is_plain(text, true) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(spaced(&composed(text), true))
}

/// Returns the normal form of a text of one line: line breaks are spaces.
pub fn one_line(text: &str) -> Cow<'_, str> {
    if is_plain(text, false) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(spaced(&composed(text), false))
}

/// Replaces control characters other than tabs and line breaks with spaces.
pub fn without_control(text: &str) -> Cow<'_, str> {
    let is_other = |c: char| c.is_control() && !is_line_break(c) && c != '\t';
    match text.contains(is_other) {
        true => Cow::Owned(text.replace(is_other, " ")),
        false => Cow::Borrowed(text),
    }
}

/// Returns whether a text is visible ASCII with single spaces, and so certainly normal. Line breaks
/// count as normal only if nothing around them needs to change.
fn is_plain(text: &str, several_lines: bool) -> bool {
    let mut blank = true;
    for byte in text.bytes() {
        let is_blank = byte == b' ' || (byte == b'\n' && several_lines);
        if !(byte.is_ascii_graphic() || is_blank) || (is_blank && blank) {
            return false;
        }
        blank = is_blank;
    }
    text.is_empty() || !blank
}

/// First code point of the combining marks. Before it, only the soft hyphen is left out, and every
/// character is composed already.
const FIRST_COMBINING: char = '\u{300}';
const SOFT_HYPHEN: char = '\u{ad}';

/// Removes what the normal form leaves out, and composes the rest.
fn composed(text: &str) -> Cow<'_, str> {
    let is_latin = |character: char| character < FIRST_COMBINING && character != SOFT_HYPHEN;
    if text.chars().all(is_latin) {
        return Cow::Borrowed(text);
    }
    let mut kept = Kept::default();
    let characters: Vec<char> = text.chars().collect();
    let mut next_visible: Vec<Option<char>> = vec![None; characters.len()];
    let mut following = None;
    for (place, character) in characters.iter().enumerate().rev() {
        next_visible[place] = following;
        if !is_left_out(*character) {
            following = Some(*character);
        }
    }
    for (character, next) in characters.into_iter().zip(next_visible) {
        if !is_left_out(character) || kept.has_meaning(character, next) {
            kept.push(character);
        }
    }
    Cow::Owned(kept.text.nfc().collect())
}

/// The part of a text that is kept so far.
#[derive(Default)]
struct Kept {
    text: String,
    /// Last character other than variation selectors.
    last: Option<char>,
    /// Last character that is a letter with a script of its own, with the marks after it skipped.
    script: Option<Script>,
    /// Whether the last character is a joiner or a variation selector.
    after_selector: bool,
}

impl Kept {
    fn push(&mut self, character: char) {
        self.text.push(character);
        self.after_selector = is_left_out(character);
        if self.after_selector && !matches!(character, ZWJ | ZWNJ) {
            return;
        }
        self.last = Some(character);
        match script(character) {
            Script::Inherited if is_mark(character) => {}
            own => self.script = Some(own),
        }
    }

    /// Returns whether an ignorable character carries meaning at this place. `next` is the next
    /// character that is not ignorable.
    fn has_meaning(&self, character: char, next: Option<char>) -> bool {
        let Some(last) = self.last else { return false };
        if self.after_selector && !(character == ZWJ && self.ends_in_emoji()) {
            return false;
        }
        match character {
            ZWJ if is_emoji(last) => next.is_some_and(is_pictographic),
            ZWJ | ZWNJ => {
                let own = self.script.filter(|own| JOINED_SCRIPTS.contains(own));
                own.is_some() && own == next.map(script)
            }
            '\u{fe0e}' | '\u{fe0f}' => {
                let keycap = matches!(last, '0'..='9' | '#' | '*') && next == Some(KEYCAP);
                keycap || is_pictographic(last)
            }
            '\u{180b}'..='\u{180d}' | '\u{180f}' => script(last) == Script::Mongolian,
            '\u{e0100}'..='\u{e01ef}' => script(last) == Script::Han,
            _ => false,
        }
    }

    /// Returns whether the text ends in an emoji with its presentation selector.
    fn ends_in_emoji(&self) -> bool {
        self.text.ends_with(['\u{fe0e}', '\u{fe0f}']) && self.last.is_some_and(is_emoji)
    }
}

/// Makes each run of spaces one space, and of each line break one `\n` (or a space).
fn spaced(text: &str, several_lines: bool) -> String {
    let mut normal = String::with_capacity(text.len());
    let (mut space, mut breaks, mut after_return) = (false, 0, false);
    for character in text.chars() {
        let follows_return = std::mem::replace(&mut after_return, character == '\r');
        if is_line_break(character) && several_lines {
            // CRLF is one line break.
            if !(follows_return && character == '\n') {
                breaks += 1;
            }
        } else if is_space(character) {
            space = true;
        } else {
            if !normal.is_empty() {
                let breaks = std::cmp::min(breaks, MAX_EMPTY_LINES + 1);
                normal.extend(std::iter::repeat_n('\n', breaks));
                if space && breaks == 0 {
                    normal.push(' ');
                }
            }
            (space, breaks) = (false, 0);
            normal.push(character);
        }
    }
    normal
}

fn is_left_out(character: char) -> bool {
    if character.is_ascii() {
        return false;
    }
    CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character)
        || CodePointSetData::new::<NoncharacterCodePoint>().contains(character)
        || category(character) == GeneralCategory::PrivateUse
}

fn is_line_break(character: char) -> bool {
    matches!(character, '\n'..='\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Returns whether a character is white space; line breaks are.
fn is_space(character: char) -> bool {
    CodePointSetData::new::<WhiteSpace>().contains(character)
}

fn is_mark(character: char) -> bool {
    matches!(
        category(character),
        GeneralCategory::NonspacingMark
            | GeneralCategory::SpacingMark
            | GeneralCategory::EnclosingMark
    )
}

fn is_pictographic(character: char) -> bool {
    !character.is_ascii() && CodePointSetData::new::<ExtendedPictographic>().contains(character)
}

fn is_emoji(character: char) -> bool {
    is_pictographic(character) || CodePointSetData::new::<EmojiModifier>().contains(character)
}

fn category(character: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(character)
}

fn script(character: char) -> Script {
    CodePointMapData::<Script>::new().get(character)
}

#[cfg(test)]
mod tests;
