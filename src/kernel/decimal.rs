//! Decimal numbers read exactly from their text, without a detour through floating point.

use rust_decimal::Decimal;

/// Maximum number of digits of a decimal number, and of its decimals.
pub const MAX_DIGITS: usize = 28;

/// Maximum length of a number, zeros included. A longer one is refused before it is read.
const MAX_TEXT: usize = 1000;

/// Reason why a text is not read as a decimal number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecimalError {
    /// The text is not a number.
    NotANumber,
    /// The number has more than [`MAX_DIGITS`] digits.
    TooManyDigits,
    /// The number has more than [`MAX_DIGITS`] decimals.
    TooManyDecimals,
}

/// Sign, digits before and after the point, and exponent of a number.
struct Parts<'t> {
    negative: bool,
    whole: &'t str,
    fraction: &'t str,
    exponent: i64,
}

/// Splits a number as JSON and GraphQL write it; leading zeros are allowed.
fn split(text: &str) -> Option<Parts<'_>> {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => {
            let below = exponent.strip_prefix('-');
            let digits = below.or(exponent.strip_prefix('+')).unwrap_or(exponent);
            if !is_digits(digits) {
                return None;
            }
            // An exponent that does not fit is beyond every limit.
            let size = digits.parse::<i32>().map_or(i64::from(i32::MAX), i64::from);
            (mantissa, if below.is_some() { -size } else { size })
        }
        None => (rest, 0),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, is_digits(fraction).then_some(fraction)?),
        None => (mantissa, ""),
    };
    is_digits(whole).then_some(Parts {
        negative,
        whole,
        fraction,
        exponent,
    })
}

/// Reads a decimal number with all its digits: `1250000.00`, `-0.5`, `1e3`.
///
/// # Errors
///
/// A number that cannot be stored exactly is refused, never rounded.
pub fn parse(text: &str) -> Result<Decimal, DecimalError> {
    if text.len() > MAX_TEXT {
        return Err(match text.as_bytes()[0].is_ascii_digit() {
            true => DecimalError::TooManyDigits,
            false => DecimalError::NotANumber,
        });
    }
    let Parts {
        negative,
        whole,
        fraction,
        exponent,
    } = split(text).ok_or(DecimalError::NotANumber)?;
    let most = MAX_DIGITS as i64;
    let mut scale = fraction.len() as i64 - exponent;
    let digits = [whole, fraction].concat();
    let mut digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return Ok(Decimal::new(0, scale.clamp(0, most) as u32));
    }
    while scale > 0 && (scale > most || digits.len() > MAX_DIGITS) && digits.ends_with('0') {
        digits = &digits[..digits.len() - 1];
        scale -= 1;
    }
    if digits.len() as i64 - scale.min(0) > most {
        return Err(DecimalError::TooManyDigits);
    }
    if scale > most {
        return Err(DecimalError::TooManyDecimals);
    }
    let zeros = "0".repeat((-scale).max(0) as usize);
    let number: i128 = [digits, &zeros].concat().parse().unwrap_or_default();
    let number = if negative { -number } else { number };
    let decimal = Decimal::try_from_i128_with_scale(number, scale.max(0) as u32);
    decimal.map_err(|_| DecimalError::TooManyDigits)
}

/// Returns whether a number keeps its value as a floating-point number (IEEE 754, 64 bits) when
/// `serde_json` reads it, which is exact for 15 digits and small powers of ten only. `-0` would
/// lose its integer form.
pub fn survives_f64(text: &str) -> bool {
    /// Maximum power of ten that a floating-point number holds exactly.
    const MAX_POWER: i64 = 22;
    if text.len() > MAX_TEXT {
        return false;
    }
    let Some(Parts {
        whole,
        fraction,
        exponent,
        ..
    }) = split(text)
    else {
        return true;
    };
    let digits = [whole, fraction].concat();
    let power = exponent - fraction.len() as i64;
    digits.trim_start_matches('0').len() <= 15 && power.abs() <= MAX_POWER && text != "-0"
}

/// Returns whether a text is a number as JSON and GraphQL write it.
pub fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let leading_zero = digits.len() > 1
        && digits.starts_with('0')
        && digits.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
    !leading_zero && split(text).is_some()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_is_read_exactly_or_refused() {
        use DecimalError::*;
        for (text, expected) in [
            ("0", Ok("0")),
            ("-0", Ok("0")),
            ("0.00", Ok("0.00")),
            ("0e999", Ok("0")),
            ("1250000.00", Ok("1250000.00")),
            ("-0.5", Ok("-0.5")),
            ("007", Ok("7")),
            ("1e3", Ok("1000")),
            ("1.5E+3", Ok("1500")),
            ("15e-3", Ok("0.015")),
            (
                "12345678901234567890.12345678",
                Ok("12345678901234567890.12345678"),
            ),
            (
                "1234567890123456789012345678",
                Ok("1234567890123456789012345678"),
            ),
            (
                "0.0000000000000000000000000001",
                Ok("0.0000000000000000000000000001"),
            ),
            (
                "1.00000000000000000000000000000000",
                Ok("1.000000000000000000000000000"),
            ),
            ("12345678901234567890123456789", Err(TooManyDigits)),
            ("1.2345678901234567890123456789", Err(TooManyDigits)),
            ("1E400", Err(TooManyDigits)),
            ("1e99999999999999999999", Err(TooManyDigits)),
            ("1e28", Err(TooManyDigits)),
            ("1e-30", Err(TooManyDecimals)),
            ("1e-99999999999999999999", Err(TooManyDecimals)),
            ("0.1+", Err(NotANumber)),
            ("+1", Err(NotANumber)),
            ("1_000", Err(NotANumber)),
            ("1,5", Err(NotANumber)),
            (".5", Err(NotANumber)),
            ("5.", Err(NotANumber)),
            ("1e", Err(NotANumber)),
            (" 1", Err(NotANumber)),
            ("", Err(NotANumber)),
            ("-", Err(NotANumber)),
            ("NaN", Err(NotANumber)),
            ("१", Err(NotANumber)),
        ] {
            let read = parse(text).map(|number| number.to_string());
            assert_eq!(read.as_deref(), expected.as_ref().copied(), "{text}");
        }
    }

    #[test]
    fn long_numbers_do_not_survive_floating_point() {
        for (text, survives) in [
            ("0", true),
            ("-0.0", true),
            ("123456789012345", true),
            ("1e22", true),
            ("1e23", false),
            ("1e-30", false),
            ("1000000000000000000000", false),
            ("1234567890123456", false),
            ("0.1234567890123456", false),
            ("1e400", false),
            ("1e-400", false),
            ("-0", false),
        ] {
            assert_eq!(survives_f64(text), survives, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_survives_is_the_same_number(mantissa in -1e15..1e15_f64, places in 0..8_usize) {
            let text = format!("{mantissa:.places$}");
            if survives_f64(&text) {
                let number: f64 = text.parse().unwrap();
                let (exact, floating) = (parse(&text), parse(&number.to_string()));
                prop_assert_eq!(exact.unwrap(), floating.unwrap());
            }
        }

        #[test]
        fn each_decimal_is_read_as_it_is_written(number in any::<i64>(), scale in 0..20_u32) {
            let decimal = Decimal::new(number, scale);
            prop_assert_eq!(parse(&decimal.to_string()), Ok(decimal));
        }

        #[test]
        fn no_text_makes_reading_panic(text in "[-+.eE0-9 ]{0,60}") {
            let _ = (parse(&text), survives_f64(&text), is_number(&text));
        }
    }
}
