use chrono::{DateTime, TimeDelta};

use super::*;
use crate::kernel::ids::{OrganisationId, ProcurementId, TenderId};

fn chain(key: &ChainKey, procurement: ProcurementId, length: i32) -> Vec<Signed> {
    let mut chain: Vec<Signed> = Vec::new();
    for number in 1..=length {
        let entry = Entry {
            procurement,
            number,
            previous: chain.last().map(Signed::hash),
            at: DateTime::UNIX_EPOCH + TimeDelta::seconds(number.into()),
            salt: None,
            event: Event::TenderSubmitted {
                tender: TenderId::new(),
                organisation: OrganisationId::new(),
                group: None,
                members: None,
                lots: vec!["LOT-0001".into()],
                version: number,
                sha256: Hash::of(b"sealed"),
                documents: Vec::new(),
            },
        };
        chain.push(key.sign(&entry).unwrap());
    }
    chain
}

#[test]
fn a_changed_chain_is_found() {
    let (key, procurement) = (ChainKey::generate(), ProcurementId::new());
    let keys: PublicKeys = key.public().parse().unwrap();
    let sound = chain(&key, procurement, 4);
    assert_eq!(verify(procurement, &sound, &keys).unwrap().len(), 4);
    assert_eq!(verify(procurement, &[], &keys), Ok(vec![]));

    let edit = |change: &dyn Fn(&mut Vec<Signed>)| {
        let mut changed = sound.clone();
        change(&mut changed);
        verify(procurement, &changed, &keys).unwrap_err()
    };
    let deleted = edit(&|chain| drop(chain.remove(1)));
    assert_eq!(deleted, Fault::Order(3));
    assert_eq!(edit(&|chain| chain.swap(1, 2)), Fault::Order(3));
    let renumbered = edit(&|chain| {
        chain.remove(1);
        chain[1].number = 2;
    });
    assert_eq!(renumbered, Fault::Order(2));
    let edited = edit(&|chain| chain[2].entry = chain[2].entry.replace("LOT-0001", "LOT-0002"));
    assert_eq!(edited, Fault::Signature(3));
    let forged = edit(&|chain| {
        let entry = chain[3].parse().unwrap();
        chain[3] = ChainKey::generate().sign(&entry).unwrap();
    });
    assert_eq!(forged, Fault::Signature(4));
    let of_other = edit(&|chain| *chain = super::tests::chain(&key, ProcurementId::new(), 1));
    assert_eq!(of_other, Fault::Content(1));
    // Signed with the right key, for instance by a second server that did not see entry 3.
    let forked = edit(&|chain| {
        let mut entry = chain[3].parse().unwrap();
        entry.previous = Some(chain[1].hash());
        chain[3] = key.sign(&entry).unwrap();
    });
    assert_eq!(forked, Fault::Previous(4));
}

#[test]
fn a_forged_entry_hides_no_signed_one() {
    let (key, procurement) = (ChainKey::generate(), ProcurementId::new());
    let keys: PublicKeys = key.public().parse().unwrap();
    let mut entries = chain(&key, procurement, 4);
    let forged = entries[1].parse().unwrap();
    entries[1] = ChainKey::generate().sign(&forged).unwrap();
    entries.remove(2);
    let examined = examine(procurement, &entries, &keys);
    let numbers: Vec<i32> = examined.entries.iter().map(|entry| entry.number).collect();
    assert_eq!(numbers, [1, 4]);
    assert_eq!(examined.faults, [Fault::Signature(2), Fault::Order(4)]);
}

#[test]
fn an_entry_survives_its_json() {
    let (key, procurement) = (ChainKey::generate(), ProcurementId::new());
    let signed = chain(&key, procurement, 1).remove(0);
    let entry = signed.parse().unwrap();
    assert_eq!(key.sign(&entry).unwrap(), signed);
    assert!(signed.entry.contains(r#""kind":"TENDER_SUBMITTED""#));
}

#[test]
fn keys_survive_their_file_and_no_file_is_overwritten() {
    let folder = std::env::temp_dir().join(format!("torg-chain-{}", ProcurementId::new().0));
    let key = ChainKey::load_or_create(&folder).unwrap();
    assert_eq!(
        ChainKey::load_or_create(&folder).unwrap().public(),
        key.public()
    );
    assert!(ChainKey::generate().save(&folder.join(FILE_NAME)).is_err());
    std::fs::write(folder.join(FILE_NAME), "no key").unwrap();
    assert!(ChainKey::load_or_create(&folder).is_err());
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn public_keys_are_64_hexadecimal_digits() {
    let (one, two) = (ChainKey::generate().public(), ChainKey::generate().public());
    let both: PublicKeys = format!("{one}, {}", two.to_uppercase()).parse().unwrap();
    assert_eq!(both, PublicKeys::default().with(&one).with(&two));
    for wrong in ["", " , ", "abc", &one[1..], &format!("{one}0"), "ä"] {
        assert!(wrong.parse::<PublicKeys>().is_err(), "{wrong}");
    }
}
