//! The rules of organisations: what a profile may contain and which roles its members may have.

pub mod members;
pub mod nonprofit;
pub mod opening;
pub mod self_declaration;

use std::{collections::HashSet, str::FromStr};

use chrono::{DateTime, TimeDelta, Utc};
use email_address::{EmailAddress, Options};
use iso_currency::Country;

use super::{
    identifier::{self, Identifier},
    name,
    profile::{Address, Contact, Description, Profile, Size},
};
use crate::{
    auth::{OrganisationKind, Role},
    kernel::{
        codes::{Code as ListCode, cpv, nuts},
        message::Parameter,
        refusal::{Code, Refusal, Refusals},
        text::{check_text, has_letter_or_digit, is_hidden},
        web_address::{self, InvalidAddress, Schemes},
    },
};

/// Maximum length of a name, address line or contact line, in characters.
pub const LINE_LIMIT: usize = 200;
/// Maximum length of a text in one language, in characters.
pub const TEXT_LIMIT: usize = 10_000;
/// Maximum length of a note, in characters.
pub const NOTE_LIMIT: usize = 1_000;
/// Maximum number of codes in one list.
pub const CODE_LIMIT: usize = 100;
/// Maximum number of registration numbers.
pub const IDENTIFIER_LIMIT: usize = 10;
/// Maximum number of organisations that one person may create.
pub const CREATED_LIMIT: i64 = 20;
/// Maximum number of open invitations of an organisation.
pub const INVITATION_LIMIT: i64 = 50;
/// Maximum number of valid API keys of an organisation.
pub const KEY_LIMIT: i64 = 20;
/// Maximum number of members of an organisation.
pub const MEMBER_LIMIT: usize = 1_000;
/// Maximum number of organisations of a person who accepts an invitation. With those that the
/// person creates, at most 20 more.
pub const MEMBERSHIP_LIMIT: usize = 100;
/// Maximum validity of an API key: a year, leap years included.
pub const KEY_AGE: TimeDelta = TimeDelta::days(366);
/// Validity of an invitation.
pub const INVITATION_AGE: TimeDelta = TimeDelta::days(14);

/// Checks what an owner writes and returns the normalised identifiers. Refusals name fields inside
/// `profile`.
pub fn check(
    kind: OrganisationKind,
    description: &Description,
) -> Result<Vec<Identifier>, Vec<Refusal>> {
    let mut refusals = Refusals::default();
    check_line(Some(&description.name), &["profile", "name"], &mut refusals);
    check_script(&description.name, &mut refusals);
    check_profile(kind, &description.profile, &mut refusals);
    let identifiers = check_identifiers(&description.identifiers, &mut refusals);
    refusals.into_result()?;
    Ok(identifiers)
}

/// Checks that no word of a name has letters of several scripts, which imitates other names.
fn check_script(name: &str, refusals: &mut Refusals) {
    if let Some(word) = name::mixed_word(name) {
        let message = message!(
            "the word `{word}` has letters of several scripts, such as Latin and Cyrillic; write it in one",
            word,
        );
        refusals.push(Refusal::at(Code::Invalid, &["profile", "name"], message));
    }
}

fn check_profile(kind: OrganisationKind, profile: &Profile, refusals: &mut Refusals) {
    check_text(
        &profile.description,
        TEXT_LIMIT,
        &["profile", "description"],
        refusals,
    );
    check_text(
        &profile.partner_text,
        TEXT_LIMIT,
        &["profile", "partnerText"],
        refusals,
    );
    check_address(&profile.address, refusals);
    check_contact(&profile.contact, refusals);
    check_codes(
        &profile.cpv,
        "cpv",
        |code| cpv::find(code).is_some(),
        cpv::nearest,
        refusals,
    );
    check_codes(
        &profile.areas,
        "areas",
        |code| nuts::find(code).is_some(),
        nuts::nearest,
        refusals,
    );
    refusals.require(profile.size != Some(Size::Sme), || {
        let message = "`size` must be MICRO, SMALL, MEDIUM or LARGE (BT-165); SME is only for imported notices";
        Refusal::at(Code::Invalid, &["profile", "size"], message)
    });
    let seeks = profile.looking_for_partners;
    refusals.require(!seeks || kind != OrganisationKind::Buyer, || {
        let message = "`lookingForPartners` is only for suppliers; leave it out for a buyer";
        Refusal::at(Code::Invalid, &["profile", "lookingForPartners"], message)
    });
    refusals.require(
        !seeks || profile.public || kind == OrganisationKind::Buyer,
        || {
            let message =
                "`lookingForPartners` requires a public profile; set `publicProfile` to true as well";
            Refusal::at(Code::Required, &["profile", "publicProfile"], message)
        },
    );
}

fn check_address(address: &Address, refusals: &mut Refusals) {
    let path = |field: &'static str| ["profile", "address", field];
    check_line(address.street.as_deref(), &path("street"), refusals);
    check_line(
        address.postal_code.as_deref(),
        &path("postalCode"),
        refusals,
    );
    check_line(address.city.as_deref(), &path("city"), refusals);
    if let Some(country) = &address.country {
        let known = country.bytes().all(|byte| byte.is_ascii_uppercase())
            && Country::from_str(country).is_ok_and(|known| known != Country::Unspecified);
        refusals.require(known, || {
            let message = message!(
                "`country` must be two capital letters of ISO 3166-1, such as `SE`; `{country}` is not",
                country,
            );
            Refusal::at(Code::UnknownCode, &path("country"), message)
        });
    }
    if let Some(code) = &address.nuts {
        refusals.require(nuts::find(code).is_some(), || {
            unknown(code, "NUTS", &nuts::nearest(code, 3), &path("nuts"))
        });
    }
}

fn check_contact(contact: &Contact, refusals: &mut Refusals) {
    let path = |field: &'static str| ["profile", "contact", field];
    check_line(contact.name.as_deref(), &path("name"), refusals);
    check_line(contact.phone.as_deref(), &path("phone"), refusals);
    check_email(contact.email.as_deref(), &path("email"), refusals);
    if let Some(website) = contact.website.as_deref()
        && let Err(invalid) = web_address::normalise(website, Schemes::Web, LINE_LIMIT)
    {
        let code = match invalid {
            InvalidAddress::TooLong(_) => Code::TooLong,
            _ => Code::Invalid,
        };
        let message = message!("`website` {problem}", problem = invalid.message());
        refusals.push(Refusal::at(code, &path("website"), message));
    }
}

/// Checks an e-mail address, if there is one.
pub fn check_email(email: Option<&str>, field: &[&str], refusals: &mut Refusals) {
    let Some(email) = email else { return };
    let bare = Options::default()
        .without_display_text()
        .without_domain_literal()
        .with_required_tld();
    let sound = EmailAddress::parse_with_options(email, bare).is_ok();
    refusals.require(sound, || {
        let message = "`email` must be an e-mail address such as name@example.org";
        Refusal::at(Code::Invalid, field, message)
    });
}

/// Checks a text of one line, if there is one.
fn check_line(line: Option<&str>, field: &[&str], refusals: &mut Refusals) {
    let Some(line) = line else { return };
    refusals.require(has_letter_or_digit(line), || {
        Refusal::at(
            Code::Required,
            field,
            "the text is empty; write it, or leave the field out",
        )
    });
    refusals.require(line.chars().count() <= LINE_LIMIT, || {
        let message = message!(
            "the text is too long; write at most {limit} characters",
            limit = LINE_LIMIT,
        );
        Refusal::at(Code::TooLong, field, message)
    });
    refusals.require(
        !line.chars().any(|c| c.is_control() || is_hidden(c)),
        || {
            let message =
                "the text must not contain control characters or hidden characters; remove them, or copy the text from another source";
            Refusal::at(Code::Invalid, field, message)
        },
    );
}

/// Checks a note of one or several lines, if there is one.
pub fn check_note(note: Option<&str>, field: &[&str], refusals: &mut Refusals) {
    let Some(note) = note else { return };
    refusals.require(note.chars().count() <= NOTE_LIMIT, || {
        let message = message!(
            "the text is too long; write at most {limit} characters",
            limit = NOTE_LIMIT,
        );
        Refusal::at(Code::TooLong, field, message)
    });
    refusals.require(!note.contains('\0'), || {
        let message = "the text contains a NUL character (U+0000); remove it";
        Refusal::at(Code::Invalid, field, message)
    });
}

fn check_codes(
    codes: &[String],
    field: &str,
    known: impl Fn(&str) -> bool,
    nearest: impl Fn(&str, usize) -> Vec<&'static ListCode>,
    refusals: &mut Refusals,
) {
    let path = ["profile", field];
    refusals.require(codes.len() <= CODE_LIMIT, || {
        Refusal::at(
            Code::TooLong,
            &path,
            message!(
                "`{field}` has too many codes; give at most {limit}",
                field,
                limit = CODE_LIMIT,
            ),
        )
    });
    let wrong = codes.iter().take(CODE_LIMIT).find(|code| !known(code));
    if let Some(code) = wrong {
        let list = if field == "cpv" { "CPV" } else { "NUTS" };
        refusals.push(unknown(code, list, &nearest(code, 3), &path));
    }
}

fn unknown(code: &str, list: &str, nearest: &[&'static ListCode], field: &[&str]) -> Refusal {
    let near: Vec<String> = nearest
        .iter()
        .map(|code| format!("{} ({})", code.code, code.label("en")))
        .collect();
    let message = message!(
        "`{code}` is not a {list} code; the nearest codes are {allowed}",
        code,
        list,
        allowed = Parameter::list(near),
    );
    Refusal::at(Code::UnknownCode, field, message)
}

fn check_identifiers(given: &[Identifier], refusals: &mut Refusals) -> Vec<Identifier> {
    refusals.require(given.len() <= IDENTIFIER_LIMIT, || {
        let message = message!(
            "`identifiers` has too many entries; give at most {limit}",
            limit = IDENTIFIER_LIMIT,
        );
        Refusal::at(Code::TooLong, &["profile", "identifiers"], message)
    });
    let mut known = HashSet::new();
    let mut read = Vec::new();
    for (position, identifier) in given.iter().enumerate().take(IDENTIFIER_LIMIT) {
        let position = position.to_string();
        let path = ["profile", "identifiers", &position];
        match identifier::normalise(&identifier.scheme, &identifier.value) {
            Err(wrong) => refusals.push(wrong.refusal(&path)),
            Ok(normal) => {
                let first = known.insert((normal.scheme.clone(), normal.value.clone()));
                refusals.require(first, || {
                    let message = message!(
                        "{scheme} {value} is listed twice; remove one of them",
                        scheme = &normal.scheme,
                        value = &normal.value,
                    );
                    Refusal::at(Code::Invalid, &path, message)
                });
                read.push(normal);
            }
        }
    }
    read
}

/// Checks the roles of a member: at least one, and only roles of this kind of organisation.
pub fn check_roles(kind: OrganisationKind, roles: &[Role]) -> Result<(), Vec<Refusal>> {
    let mut refusals = Refusals::default();
    refusals.require(!roles.is_empty(), || {
        let message =
            "`roles` must have at least one role; to take all roles away, remove the member";
        Refusal::at(Code::Required, &["roles"], message)
    });
    if let Some(other) = roles.iter().find(|role| !role.is_of(kind)) {
        let own: Vec<&str> = Role::of(kind).iter().map(|role| role.as_str()).collect();
        let message = message!(
            "{other} is not a role of this kind of organisation; use {allowed}",
            other = other.as_str(),
            allowed = Parameter::list(own),
        );
        refusals.push(Refusal::at(Code::Invalid, &["roles"], message));
    }
    refusals.into_result()
}

/// Checks the name and the expiry of a new API key.
pub fn check_key(
    name: &str,
    expires_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), Vec<Refusal>> {
    let mut refusals = Refusals::default();
    check_line(Some(name), &["name"], &mut refusals);
    let within = expires_at > now && expires_at.signed_duration_since(now) <= KEY_AGE;
    refusals.require(within, || {
        let message =
            "`expiresAt` must be in the future and at most 366 days from now; create a new key before it expires";
        Refusal::at(Code::OutOfRange, &["expiresAt"], message)
    });
    refusals.into_result()
}

/// Returns whether an invitation may still be accepted.
pub fn is_open(expires_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    now < expires_at
}

/// Refuses a new member of an organisation that has too many, and a person who belongs to too many.
pub fn check_joining(members: usize, memberships: usize) -> Result<(), Refusal> {
    let message = if members >= MEMBER_LIMIT {
        message!(
            "the organisation has {limit} members, which is the maximum; an owner must remove a member first",
            limit = MEMBER_LIMIT,
        )
    } else if memberships >= MEMBERSHIP_LIMIT {
        message!(
            "you belong to {limit} organisations, which is the maximum; leave one of them first",
            limit = MEMBERSHIP_LIMIT,
        )
    } else {
        return Ok(());
    };
    Err(Refusal::new(Code::LimitReached, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(kind: OrganisationKind, profile: Profile) -> Vec<String> {
        let description = Description {
            name: "A name".into(),
            profile,
            identifiers: Vec::new(),
        };
        let refusals = check(kind, &description).err().unwrap_or_default();
        refusals
            .into_iter()
            .map(|refusal| refusal.field.join("."))
            .collect()
    }

    #[test]
    fn website_is_an_http_address() {
        for (website, sound) in [
            ("https://example.org", true),
            ("http://example.org/a?b#c", true),
            ("https://example.org:8443/", true),
            ("javascript:alert(1)", false),
            ("ftp://example.org", false),
            ("https://", false),
            ("https:///path", false),
            ("https://localhost/", false),
            ("https://192.168.0.1/", false),
            ("https://exam ple.org", false),
            ("https://user@example.org", false),
            ("example.org", false),
        ] {
            let profile = Profile {
                contact: Contact {
                    website: Some(website.into()),
                    ..Contact::default()
                },
                ..Profile::default()
            };
            let refused = refused(OrganisationKind::Company, profile);
            assert_eq!(refused.is_empty(), sound, "{website}: {refused:?}");
        }
    }

    #[test]
    fn country_is_in_iso_3166() {
        for (country, sound) in [("SE", true), ("XX", false), ("se", false), ("SWE", false)] {
            let profile = Profile {
                address: Address {
                    country: Some(country.into()),
                    ..Address::default()
                },
                ..Profile::default()
            };
            let refused = refused(OrganisationKind::Buyer, profile);
            assert_eq!(refused.is_empty(), sound, "{country}: {refused:?}");
        }
    }

    #[test]
    fn roles_belong_to_the_kind_of_organisation() {
        use OrganisationKind::{Buyer, Company, Nonprofit, SocialEnterprise};
        for role in [Role::Editor, Role::Publisher, Role::Opener] {
            assert!(check_roles(Buyer, &[Role::Owner, role]).is_ok());
            for kind in [Company, Nonprofit, SocialEnterprise] {
                assert!(check_roles(kind, &[role]).is_err(), "{role:?} {kind:?}");
            }
        }
        for role in [Role::Signatory, Role::Contributor] {
            assert!(check_roles(Buyer, &[role]).is_err(), "{role:?}");
            assert!(check_roles(Nonprofit, &[role]).is_ok(), "{role:?}");
        }
        assert!(check_roles(Buyer, &[]).is_err());
    }
}
