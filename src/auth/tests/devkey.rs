use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use chrono::TimeDelta;

use super::{after, now, settings};
use crate::auth::algorithm::SigningAlgorithm;
use crate::auth::devkey::{DevKey, DevKeyError, FILE_NAME, write_once};
use crate::auth::refusal::TokenRefusal;
use crate::auth::token::TokenSettings;

fn demo() -> TokenSettings {
    settings(SigningAlgorithm::EdDsa)
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn a_minted_token_is_verified() {
    let folder = tempfile::tempdir().unwrap();
    let key = DevKey::load_or_create(folder.path(), demo()).unwrap();
    let token = key
        .mint("anna", Some("Anna"), TimeDelta::hours(1), now())
        .unwrap();
    let claims = key.verifier().verify(&token, now()).await.unwrap();
    assert_eq!(
        (claims.subject.as_str(), claims.name.as_deref()),
        ("anna", Some("Anna"))
    );
    assert_eq!(claims.expires_at, after(3600));
    let late = key.verifier().verify(&token, after(3630)).await;
    assert_eq!(late, Err(TokenRefusal::Expired));

    let nameless = key.mint("anna", None, TimeDelta::hours(1), now()).unwrap();
    assert_eq!(
        key.verifier().verify(&nameless, now()).await.unwrap().name,
        None
    );
}

#[tokio::test]
async fn the_key_is_kept_and_differs_between_folders() {
    let folder = tempfile::tempdir().unwrap();
    let nested = folder.path().join("data/auth");
    let first = DevKey::load_or_create(&nested, demo()).unwrap();
    let token = first
        .mint("anna", None, TimeDelta::hours(1), now())
        .unwrap();
    let again = DevKey::load_or_create(&nested, demo()).unwrap();
    assert!(again.verifier().verify(&token, now()).await.is_ok());
    assert!(DevKey::load(&nested, demo()).is_ok());

    let other = DevKey::load_or_create(folder.path(), demo()).unwrap();
    let refusal = other.verifier().verify(&token, now()).await;
    assert_eq!(refusal, Err(TokenRefusal::BadSignature));
}

#[test]
fn only_the_owner_can_read_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE_NAME);
    DevKey::load_or_create(folder.path(), demo()).unwrap();
    assert_eq!(mode(&path), 0o600);
    let files = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(files, 1, "temporary files are removed");

    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    DevKey::load(folder.path(), demo()).unwrap();
    assert_eq!(mode(&path), 0o600);
}

#[test]
fn an_existing_file_is_never_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    write_once(folder.path(), &path, b"first").unwrap();
    assert_eq!(mode(&path), 0o600);
    write_once(folder.path(), &path, b"second").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"first");
}

#[test]
fn concurrent_starts_get_the_same_key() {
    let folder = tempfile::tempdir().unwrap();
    let tokens: Vec<String> = std::thread::scope(|scope| {
        let start = || {
            let key = DevKey::load_or_create(folder.path(), demo()).unwrap();
            key.mint("anna", None, TimeDelta::hours(1), now()).unwrap()
        };
        let started: Vec<_> = (0..8).map(|_| scope.spawn(start)).collect();
        started
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    // Ed25519 is deterministic: the same key and claims give the same token.
    assert!(tokens.iter().all(|token| *token == tokens[0]));
}

#[test]
fn errors_are_one_line_with_the_path() {
    let check = |error: DevKeyError, path: &Path| {
        let text = error.to_string();
        assert!(
            text.contains(&path.display().to_string()) && !text.contains('\n'),
            "{text}"
        );
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE_NAME);

    let missing = DevKey::load(folder.path(), demo()).unwrap_err();
    assert!(matches!(missing, DevKeyError::Missing(_)));
    check(missing, &path);
    assert!(!path.exists());

    let rsa = include_bytes!("keys/rs256.pem");
    let key = DevKey::load_or_create(folder.path(), demo())
        .map(|_| fs::read(&path).unwrap())
        .unwrap();
    for contents in [&[][..], b"hello", &[0xff; 99], rsa, &key[..key.len() / 2]] {
        fs::write(&path, contents).unwrap();
        let damaged = DevKey::load_or_create(folder.path(), demo()).unwrap_err();
        assert!(matches!(damaged, DevKeyError::Damaged(_)));
        check(damaged, &path);
        assert_eq!(
            fs::read(&path).unwrap(),
            contents,
            "a damaged file is not changed"
        );
    }

    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    check(DevKey::load(folder.path(), demo()).unwrap_err(), &path);

    // A file where the folder should be.
    let blocked = folder.path().join("file");
    fs::write(&blocked, "").unwrap();
    let error = DevKey::load_or_create(&blocked, demo()).unwrap_err();
    check(error, &blocked.join(FILE_NAME));
}

#[test]
fn another_algorithm_cannot_be_configured() {
    let folder = tempfile::tempdir().unwrap();
    let error =
        DevKey::load_or_create(folder.path(), settings(SigningAlgorithm::Rs256)).unwrap_err();
    assert!(matches!(
        error,
        DevKeyError::Algorithm(SigningAlgorithm::Rs256)
    ));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
