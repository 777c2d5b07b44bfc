//! Represents a version of a procurement as one JSON document with the field names of the API, so
//! that changes are named as clients read and write them. Codes keep the spelling of eForms and
//! OCDS; text in several languages is an object by language.

use serde_json::{Map, Value, json};

use crate::{
    kernel::ids::{DocumentId, OrganisationId, encode_global},
    procurement::content::{Content, Lot},
};

/// Returns the document of a content with its lots. Each lot is the JSON of a [`Lot`] or a
/// [`stub`].
pub fn document(content: &Content, lots: Vec<Value>) -> Result<Value, serde_json::Error> {
    Ok(in_words(serde_json::to_value(content)?, lots))
}

/// Returns the document of a content that is already JSON.
pub fn in_words(mut content: Value, lots: Vec<Value>) -> Value {
    if let Value::Object(fields) = &mut content {
        fields.insert("lots".into(), lots.into());
    }
    renamed("", content)
}

/// Returns a lot with nothing but its ID, for two documents that both contain the same lot.
pub fn stub(lot_id: &str) -> Value {
    json!({ "id": lot_id })
}

/// Returns the lots of a draft as JSON, for [`document`].
pub fn lots(lots: &[Lot]) -> Result<Vec<Value>, serde_json::Error> {
    lots.iter().map(serde_json::to_value).collect()
}

/// Renames the fields of a value that is in the field `within`. Omits fields without a value.
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
                    // One stored field is two fields of the API.
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
            named.retain(|_, value| super::has_value(value));
            Value::Object(named)
        }
        other => other,
    }
}

/// Encodes one or several IDs as global IDs.
fn global(kind: &str, ids: Value) -> Value {
    match ids {
        Value::Array(ids) => ids.into_iter().map(|id| global(kind, id)).collect(),
        Value::String(id) => encode_global(kind, &id.replace('-', "")).into(),
        other => other,
    }
}

/// Returns the API's name of a field.
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

/// Converts snake case to camel case: `tender_deadline` → `tenderDeadline`.
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
    fn fields_are_renamed_and_empty_ones_omitted() {
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
