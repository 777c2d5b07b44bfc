//! A version of a procurement as one JSON document, in the words of the API, so that what changed is named as clients
//! read and write it. Codes stay as eForms and OCDS spell them, text in several languages is an object by language.

use serde_json::{Map, Value, json};

use crate::{
    kernel::ids::{DocumentId, OrganisationId, encode_global},
    procurement::content::{Content, Lot},
};

/// The document of a content with its lots, each of these by [`Lot`]'s own JSON or a [`stub`].
pub fn document(content: &Content, lots: Vec<Value>) -> Result<Value, serde_json::Error> {
    Ok(in_words(serde_json::to_value(content)?, lots))
}

/// The same of a content's JSON.
pub fn in_words(mut content: Value, lots: Vec<Value>) -> Value {
    if let Value::Object(fields) = &mut content {
        fields.insert("lots".into(), lots.into());
    }
    renamed("", content)
}

/// A lot of which nothing is said but that it is there: for two documents that both have it, and alike.
pub fn stub(lot_id: &str) -> Value {
    json!({ "id": lot_id })
}

/// The lots of a draft, for [`document`].
pub fn lots(lots: &[Lot]) -> Result<Vec<Value>, serde_json::Error> {
    lots.iter().map(serde_json::to_value).collect()
}

/// The value of the field `within`, its own fields renamed. What says nothing is left out.
fn renamed(within: &str, value: Value) -> Value {
    match value {
        Value::Array(items) => items
            .into_iter()
            .map(|item| renamed(within, item))
            .collect(),
        Value::Object(fields) => {
            let mut named = Map::new();
            for (key, value) in fields {
                match (key.as_str(), value) {
                    // Two fields of the API.
                    ("suitability", Value::Object(suits)) => named.extend(
                        suits
                            .into_iter()
                            .map(|(whom, suits)| (camel(&format!("suits_{whom}")), suits)),
                    ),
                    ("joint_buyers", value) => {
                        named.insert("jointBuyers".into(), global(OrganisationId::KIND, value));
                    }
                    ("document", value) if within == "attachments" => {
                        named.insert("document".into(), global(DocumentId::KIND, value));
                    }
                    (key, value) => {
                        named.insert(name(within, key), renamed(key, value));
                    }
                }
            }
            named.retain(|_, value| super::says_something(value));
            Value::Object(named)
        }
        other => other,
    }
}

/// The ID or IDs as clients know them.
fn global(kind: &str, ids: Value) -> Value {
    match ids {
        Value::Array(ids) => ids.into_iter().map(|id| global(kind, id)).collect(),
        Value::String(id) => encode_global(kind, &id.replace('-', "")).into(),
        other => other,
    }
}

/// What the API calls a field.
fn name(within: &str, key: &str) -> String {
    let other = match (within, key) {
        ("lots", "id") => "lot_id",
        ("award_criteria", "id") => "criterion_id",
        ("requirements", "id") => "requirement_id",
        ("attachments", "id") => "attachment_id",
        ("award_criteria" | "requirements", "lots") => "lot_ids",
        ("", "framework") => "framework_agreement",
        ("", "dynamic_purchasing") => "dynamic_purchasing_system",
        ("", "joint_bids") => "joint_bids_welcome",
        ("", "subcontracting") => "subcontracting_welcome",
        ("", "references") => "references_asked",
        ("" | "lots", "reserved") => "reserved_participation",
        ("aims", "strategic") => "strategic_aims",
        ("aims", "environmental") => "environmental_impacts",
        ("aims", "social") => "social_objectives",
        ("aims", "innovation") => "innovative_acquisitions",
        ("aims", "sdg") => "sustainable_development_goals",
        _ => key,
    };
    camel(other)
}

/// `tender_deadline` → `tenderDeadline`.
fn camel(name: &str) -> String {
    let mut camel = String::with_capacity(name.len());
    for (number, word) in name.split('_').enumerate() {
        let initial = word.chars().next().map_or(0, char::len_utf8);
        if number == 0 {
            camel += word;
        } else {
            camel += &word[..initial].to_uppercase();
            camel += &word[initial..];
        }
    }
    camel
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_have_the_names_of_the_api_and_what_says_nothing_is_left_out() {
        let (buyer, file) = (OrganisationId::new(), DocumentId::new());
        let content: Content = serde_json::from_value(json!({
            "language": "sv", "title": { "sv": "Städning" }, "joint_bids": true,
            "suitability": { "sme": null, "vcse": true }, "reserved": ["shelteredWorkshop"],
            "tender_deadline": "2030-01-01T00:00:00Z",
            "joint_buyers": [buyer], "attachments": [{
                "id": "DOC-1", "title": {}, "document_type": "technicalSpecifications", "document": file,
            }],
        }))
        .unwrap();
        let lot: Lot = serde_json::from_value(json!({ "id": "A", "nuts": ["SE110"] })).unwrap();
        let lots = lots(&[lot]).unwrap().into_iter().chain([stub("B")]);
        assert_eq!(
            document(&content, lots.collect()).unwrap(),
            json!({
                "language": "sv", "title": { "sv": "Städning" }, "jointBidsWelcome": true, "suitsVcse": true,
                "reservedParticipation": ["shelteredWorkshop"], "tenderDeadline": "2030-01-01T00:00:00Z",
                "jointBuyers": [buyer.to_global()],
                "attachments": [{
                    "attachmentId": "DOC-1", "documentType": "technicalSpecifications", "document": file.to_global(),
                }],
                "lots": [{ "lotId": "A", "nuts": ["SE110"] }, { "lotId": "B" }],
            })
        );
    }
}
