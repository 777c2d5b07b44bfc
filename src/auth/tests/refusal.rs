use std::collections::HashSet;

use crate::auth::refusal::{KeyRefusal, TokenRefusal};

#[test]
fn codes_are_distinct_and_stable() {
    let codes: HashSet<_> = TokenRefusal::ALL
        .iter()
        .map(|refusal| refusal.code())
        .collect();
    assert_eq!(codes.len(), TokenRefusal::ALL.len());
    insta::assert_snapshot!(TokenRefusal::ALL.map(TokenRefusal::code).join(" "), @"TOKEN_TOO_LONG TOKEN_MALFORMED TOKEN_UNSUPPORTED_TYPE TOKEN_WRONG_ALGORITHM KEYS_UNAVAILABLE TOKEN_UNKNOWN_KEY TOKEN_BAD_SIGNATURE TOKEN_CLAIM_MISSING TOKEN_WRONG_ISSUER TOKEN_WRONG_AUDIENCE TOKEN_NOT_YET_VALID TOKEN_EXPIRED TOKEN_EXPIRES_TOO_LATE");
}

#[test]
fn messages_fit_a_challenge() {
    let of_tokens = TokenRefusal::ALL.map(|refusal| (refusal.code(), refusal.message()));
    let of_keys = KeyRefusal::ALL.map(|refusal| (refusal.code(), refusal.message()));
    for (code, message) in of_tokens.into_iter().chain(of_keys) {
        let allowed = |c: char| matches!(c, ' '..='~') && c != '"' && c != '\\';
        assert!(message.chars().all(allowed), "{code}");
        assert!(message.ends_with('.'), "{code}");
    }
}

#[test]
fn only_missing_keys_are_retryable_without_a_challenge() {
    for refusal in TokenRefusal::ALL {
        let keys_unavailable = refusal == TokenRefusal::KeysUnavailable;
        assert_eq!(refusal.is_retryable(), keys_unavailable);
        assert_eq!(refusal.www_authenticate().is_none(), keys_unavailable);
    }
    insta::assert_snapshot!(TokenRefusal::Expired.www_authenticate().unwrap(), @r#"Bearer realm="torg", error="invalid_token", error_description="The access token has expired. Sign in again or refresh it.""#);
}
