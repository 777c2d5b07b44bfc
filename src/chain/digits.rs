//! Keys, hashes and signatures as hexadecimal digits.

/// Returns bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Parses a signature of 128 hexadecimal digits.
pub fn signature_from_hex(text: &str) -> Option<Vec<u8>> {
    let (first, second) = text.split_at_checked(64)?;
    Some([from_hex(first)?, from_hex(second)?].concat())
}

/// Parses 64 hexadecimal digits.
pub fn from_hex(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut bytes = [0; 32];
    for (position, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * position..2 * position + 2)?, 16).ok()?;
    }
    Some(bytes)
}
