//! The form of an index uid.

use super::error::{ApiError, ApiResult};

/// Refuses an invalid index uid. Meilisearch allows letters, digits, hyphens and underscores, 1 to
/// 400 bytes.
pub(super) fn check_uid(uid: &str) -> ApiResult<()> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if !uid.is_empty() && uid.len() <= 400 && uid.bytes().all(allowed) {
        return Ok(());
    }
    Err(ApiError::new(
        "invalid_index_uid",
        format!(
            "`{uid}` is not a valid index uid. Index uid can be an integer or a string containing only alphanumeric characters, \
         hyphens (-) and underscores (_), and can not be more than 400 bytes."
        ),
    ))
}
