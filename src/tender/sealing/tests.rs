use rust_decimal::Decimal;

use super::*;
use crate::{
    kernel::money::Money,
    tender::{
        content::TenderOffer,
        procurement_key::{NewKeys, ProcurementKey},
    },
};

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn binding() -> TenderBinding {
    TenderBinding {
        procurement: ProcurementId::new(),
        organisation: OrganisationId::new(),
        tender: TenderId::new(),
    }
}

fn terms() -> SealedTerms {
    SealedTerms {
        lots: vec!["LOT-0001".into()],
        version: 2,
        opens_not_before: DateTime::UNIX_EPOCH,
    }
}

/// Seals to a key of a procurement, and returns that key.
fn seal(
    opener: &OpeningKey,
    here: TenderBinding,
    content: TenderContent,
) -> Result<(Sealed, ProcurementKey), Box<dyn std::error::Error>> {
    let keys = NewKeys::generate(opener, 1)?;
    let inner: SealingKey = keys.recipients[0].parse()?;
    let sealing: SealingKey = opener.recipient().parse()?;
    let sealed = sealing.seal(&inner, here, terms(), content)?;
    let key = ProcurementKey::unwrap(opener, &keys.recipients[0], &keys.wrapped[0])?;
    Ok((sealed, key))
}

fn content(text: &str) -> TenderContent {
    TenderContent {
        lots: vec!["LOT-0001".into()],
        price: Money {
            amount: Decimal::new(123_456, 2),
            currency: "SEK".into(),
        },
        offer: TenderOffer {
            text: text.into(),
            ..TenderOffer::default()
        },
        tenderer: None,
        declaration: None,
        group: None,
        documents: Vec::new(),
    }
}

#[test]
fn only_both_keys_open_a_tender_with_its_binding() -> Outcome {
    let key = OpeningKey::generate();
    let here = binding();
    let (sealed, inner) = seal(&key, here, content("canary"))?;
    let mut windows = sealed.ciphertext.windows(6);
    assert!(!windows.any(|window| window == b"canary"));
    let layer = key.open(&sealed.ciphertext, &sealed.sha256)?;
    // The opener's key alone reads nothing.
    assert!(Unsealed::read(here, &layer.sealed).is_err());
    let unsealed = Unsealed {
        terms: Some(terms()),
        content: content("canary"),
    };
    assert_eq!(inner.open(here, &layer)?, unsealed);
    assert!(inner.open(binding(), &layer).is_err());
    let (_, other_inner) = seal(&key, here, content("canary"))?;
    assert!(other_inner.open(here, &layer).is_err());

    let other = OpeningKey::generate();
    assert!(other.open(&sealed.ciphertext, &sealed.sha256).is_err());
    let mut edited = sealed.ciphertext.clone();
    if let Some(last) = edited.last_mut() {
        *last ^= 1;
    }
    assert!(key.open(&edited, &sealed.sha256).is_err());
    assert!(key.open(&edited, &Sha256::digest(&edited)).is_err());
    Ok(())
}

#[test]
fn an_envelope_of_an_earlier_version_is_readable() -> Outcome {
    let key = OpeningKey::generate();
    let here = binding();
    let plaintext = serde_json::json!({
        "procurement": here.procurement,
        "organisation": here.organisation,
        "tender": here.tender,
        "content": content("earlier"),
    });
    let recipient: Recipient = key.recipient().parse()?;
    let sealed = age::encrypt(&recipient, plaintext.to_string().as_bytes())?;
    let layer = key.open(&sealed, &Sha256::digest(&sealed))?;
    assert_eq!(layer.recipient, None);
    let opened = Unsealed::read(here, &layer.sealed)?;
    assert_eq!((opened.terms, opened.content), (None, content("earlier")));
    Ok(())
}

#[test]
fn a_rotated_key_opens_what_was_sealed_before() -> Outcome {
    let first = OpeningKey::generate();
    let (recipient, signer) = (first.recipient(), first.chain_key().public());
    let (sealed, _) = seal(&first, binding(), content("a"))?;
    let rotated = first.rotated();
    assert_ne!(rotated.recipient(), recipient);
    let file = format!("# two keys\n\n{}", rotated.expose());
    let loaded: OpeningKey = file.parse()?;
    loaded.prove()?;
    assert_eq!(loaded.recipients(), [rotated.recipient(), recipient]);
    assert_eq!(loaded.chain_keys()[1], signer);
    assert!(loaded.open(&sealed.ciphertext, &sealed.sha256).is_ok());
    for wrong in ["", "# nothing", "AGE-SECRET-KEY-1", "age1abc"] {
        assert!(wrong.parse::<OpeningKey>().is_err(), "{wrong}");
    }
    Ok(())
}

#[test]
fn ciphertext_size_is_padded() -> Outcome {
    let key = OpeningKey::generate();
    let (short, _) = seal(&key, binding(), content("a"))?;
    let (long, _) = seal(&key, binding(), content(&"a".repeat(2000)))?;
    // age adds a few random bytes to its header, so that the sizes of equal texts differ a
    // little.
    let difference = short.ciphertext.len().abs_diff(long.ciphertext.len());
    assert!(difference < 400, "{difference}");
    Ok(())
}

#[test]
fn sizes_grow_in_steps() {
    let sizes = [
        (1, 4_096),
        (4_096, 4_096),
        (4_097, 8_192),
        (65_536, 65_536),
        (65_537, 81_920),
        (81_921, 102_400),
        (102_401, 131_072),
        (10_000_000, 11_632_640),
    ];
    for (length, size) in sizes {
        assert_eq!(padded(length), size, "{length}");
    }
}
