//! Tokens of JSON (RFC 8259) in bytes that may be malformed or cut off.
//!
//! Written here because an import needs the position of an error, the start of the last text before
//! it, and the digits of each number. `serde_json` has neither without `arbitrary_precision`, which
//! would change the numbers of the whole program.

use std::ops::Range;

/// Maximum nesting of arrays and objects. It bounds the recursion of all readers.
pub(super) const MAX_NESTING: usize = 128;

pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";
pub(super) const RECORD_SEPARATOR: u8 = 0x1E;

pub(super) const ENDS_EARLY: &str = "it ends too early";

/// Position and reason of a syntax error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SyntaxError {
    pub at: usize,
    pub reason: &'static str,
    /// Whether the bytes end before the value does.
    pub ends_early: bool,
    /// Whether the value is nested too deeply.
    pub too_deep: bool,
}

/// Reads tokens from `at` on.
#[derive(Debug)]
pub(super) struct Lexer<'a> {
    pub bytes: &'a [u8],
    pub at: usize,
    /// Start of the last text that was begun.
    pub last_text: usize,
    /// Number of arrays and objects that contain the position.
    nesting: usize,
}

impl<'a> Lexer<'a> {
    pub fn new(bytes: &'a [u8], at: usize) -> Self {
        Self {
            bytes,
            at,
            last_text: at,
            nesting: 0,
        }
    }

    /// Skips white space. Returns the next byte without reading it.
    pub fn peek(&mut self) -> Option<u8> {
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
        self.bytes.get(self.at).copied()
    }

    /// Skips a byte order mark or record separator (RFC 7464) at the position. Returns whether
    /// there was one.
    pub fn skip_mark(&mut self) -> bool {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let length = if rest.starts_with(BYTE_ORDER_MARK) {
            BYTE_ORDER_MARK.len()
        } else {
            usize::from(rest.first() == Some(&RECORD_SEPARATOR))
        };
        self.at += length;
        length > 0
    }

    /// Returns an error at the next token.
    pub fn error(&self, reason: &'static str) -> SyntaxError {
        self.error_at(self.at, reason)
    }

    fn error_at(&self, at: usize, reason: &'static str) -> SyntaxError {
        let ends_early = at >= self.bytes.len();
        SyntaxError {
            at,
            reason: if ends_early { ENDS_EARLY } else { reason },
            ends_early,
            too_deep: false,
        }
    }

    /// Reads the expected byte after white space.
    pub fn expect(&mut self, byte: u8, reason: &'static str) -> Result<(), SyntaxError> {
        if self.peek() != Some(byte) {
            return Err(self.error(reason));
        }
        self.at += 1;
        Ok(())
    }

    /// Enters an array or object.
    pub fn enter(&mut self) -> Result<(), SyntaxError> {
        if self.nesting == MAX_NESTING {
            let error = self.error("it is nested more than 128 levels deep");
            return Err(SyntaxError {
                too_deep: true,
                ..error
            });
        }
        self.nesting += 1;
        self.at += 1;
        Ok(())
    }

    /// Leaves an array or object.
    pub fn leave(&mut self) {
        self.nesting = self.nesting.saturating_sub(1);
        self.at += 1;
    }

    /// Moves on to the next member or element. Returns `false` after the closing bracket.
    pub fn next_in(&mut self, is_first: bool, close: u8) -> Result<bool, SyntaxError> {
        match self.peek() {
            Some(byte) if byte == close => {
                self.leave();
                Ok(false)
            }
            Some(b',') if !is_first => {
                self.at += 1;
                match self.peek() {
                    Some(byte) if byte == close => Err(self.error("a comma before the end")),
                    _ => Ok(true),
                }
            }
            _ if is_first => Ok(true),
            _ if close == b'}' => Err(self.error("expected `,` or `}`")),
            _ => Err(self.error("expected `,` or `]`")),
        }
    }

    /// Reads the key of a member and its colon. Returns the raw text of the key.
    pub fn key(&mut self) -> Result<&'a [u8], SyntaxError> {
        if self.peek() != Some(b'"') {
            return Err(self.error("expected a key in quotes"));
        }
        let key = self.text()?;
        self.expect(b':', "expected `:`")?;
        Ok(key)
    }

    /// Reads a text that starts at the position. Returns it without quotes and with its escapes.
    pub fn text(&mut self) -> Result<&'a [u8], SyntaxError> {
        self.last_text = self.at;
        let start = self.at + 1;
        let mut at = start;
        loop {
            match self.bytes.get(at) {
                None => return Err(self.error_at(self.bytes.len(), "")),
                Some(b'"') => break,
                Some(b'\\') => at = self.escape(at)?,
                Some(0..0x20) => {
                    let reason = "a text contains a line break or control character; its closing \
                                  quote may be missing";
                    return Err(self.error_at(at, reason));
                }
                Some(_) => at += 1,
            }
        }
        let text = &self.bytes[start..at];
        if let Err(error) = std::str::from_utf8(text) {
            let at = start + error.valid_up_to();
            return Err(self.error_at(at, "a text is not UTF-8, which OCDS requires"));
        }
        self.at = at + 1;
        Ok(text)
    }

    /// Returns the position after an escape.
    fn escape(&self, at: usize) -> Result<usize, SyntaxError> {
        match self.bytes.get(at + 1) {
            None => Err(self.error_at(self.bytes.len(), "")),
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(at + 2),
            Some(b'u') => {
                let digits = self.bytes.get(at + 2..at + 6);
                let known = self.bytes.get(at + 2..).unwrap_or_default();
                let good = known.iter().take(4).all(u8::is_ascii_hexdigit);
                match digits {
                    Some(_) if good => Ok(at + 6),
                    None if good => Err(self.error_at(self.bytes.len(), "")),
                    _ => Err(self.error_at(at, "a text has an invalid escape")),
                }
            }
            Some(_) => Err(self.error_at(at, "a text has an invalid escape")),
        }
    }

    /// Reads a number that starts at the position.
    pub fn number(&mut self) -> Result<&'a [u8], SyntaxError> {
        const REASON: &str = "expected a number such as 1000.50";
        let start = self.at;
        let mut at = start;
        if self.bytes.get(at) == Some(&b'-') {
            at += 1;
        }
        let whole = self.digits(at);
        if whole == at || (whole - at > 1 && self.bytes.get(at) == Some(&b'0')) {
            return Err(self.error_at(at, REASON));
        }
        at = whole;
        if self.bytes.get(at) == Some(&b'.') {
            let end = self.digits(at + 1);
            if end == at + 1 {
                return Err(self.error_at(end, REASON));
            }
            at = end;
        }
        if matches!(self.bytes.get(at), Some(b'e' | b'E')) {
            let signed = usize::from(matches!(self.bytes.get(at + 1), Some(b'+' | b'-')));
            let first = at + 1 + signed;
            let end = self.digits(first);
            if end == first {
                return Err(self.error_at(end, REASON));
            }
            at = end;
        }
        self.at = at;
        Ok(&self.bytes[start..at])
    }

    fn digits(&self, from: usize) -> usize {
        let rest = self.bytes.get(from..).unwrap_or_default();
        from + rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
    }

    /// Reads `true`, `false` or `null`.
    pub fn word(&mut self) -> Result<&'static str, SyntaxError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        for word in ["true", "false", "null"] {
            if rest.starts_with(word.as_bytes()) {
                self.at += word.len();
                return Ok(word);
            }
            if !rest.is_empty() && word.as_bytes().starts_with(rest) {
                return Err(self.error_at(self.bytes.len(), ""));
            }
        }
        Err(self.error("expected a value"))
    }

    /// Skips a value. Calls `on_object` for each complete object in it, inner ones first.
    pub fn skip(
        &mut self,
        on_object: &mut impl FnMut(Range<usize>, Keys),
    ) -> Result<(), SyntaxError> {
        match self.peek() {
            Some(b'{') => {
                self.skip_object(&mut Keys::default(), on_object)?;
            }
            Some(b'[') => {
                self.enter()?;
                let mut is_first = true;
                while self.next_in(is_first, b']')? {
                    is_first = false;
                    self.skip(on_object)?;
                }
            }
            Some(b'"') => {
                self.text()?;
            }
            Some(b'-' | b'0'..=b'9') => {
                self.number()?;
            }
            _ => {
                self.word()?;
            }
        }
        Ok(())
    }

    /// Skips an object. `keys` holds the keys that were read, also after an error.
    pub fn skip_object(
        &mut self,
        keys: &mut Keys,
        on_object: &mut impl FnMut(Range<usize>, Keys),
    ) -> Result<(), SyntaxError> {
        let start = self.at;
        self.enter()?;
        let mut is_first = true;
        while self.next_in(is_first, b'}')? {
            is_first = false;
            let key = self.key()?;
            keys.add(key);
            self.skip(on_object)?;
        }
        on_object(start..self.at, *keys);
        Ok(())
    }
}

/// Keys of an object that tell what it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Keys {
    pub ocid: bool,
    pub date: bool,
    pub tag: bool,
    /// `releases`, `records` or `compiledRelease`.
    pub releases: bool,
}

impl Keys {
    fn add(&mut self, key: &[u8]) {
        match key {
            b"ocid" => self.ocid = true,
            b"date" => self.date = true,
            b"tag" => self.tag = true,
            b"releases" | b"records" | b"compiledRelease" => self.releases = true,
            _ => {}
        }
    }

    /// Returns whether a complete object is a release, record or package.
    pub fn is_whole_unit(self) -> bool {
        self.releases || (self.ocid && self.date)
    }

    /// Returns whether an incomplete object is a release, record or package.
    pub fn is_unit(self) -> bool {
        self.releases || self.ocid
    }
}
