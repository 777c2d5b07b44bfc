//! Versioned releases of OCDS: each value is a list of its versions.

use std::collections::BTreeMap;

use super::json::{Json, Object};

/// Members of a versioned value.
const MEMBERS: [&str; 4] = ["releaseDate", "releaseID", "releaseTag", "value"];

/// Returns a versioned release as a compiled one: each field has its newest value. Its date and ID
/// are those of the newest version.
pub(super) fn newest_values(versioned: Json) -> Json {
    let mut newest: Option<(String, Json)> = None;
    let mut compiled = newest_value(versioned, &mut newest);
    if let (Json::Object(members), Some((date, id))) = (&mut compiled, newest) {
        members
            .entry("date".to_owned())
            .or_insert(Json::String(date));
        members.entry("id".to_owned()).or_insert(id);
    }
    compiled
}

fn newest_value(value: Json, newest: &mut Option<(String, Json)>) -> Json {
    match value {
        Json::Array(mut versions) if !versions.is_empty() && versions.iter().all(is_version) => {
            match versions.pop() {
                Some(Json::Object(last)) => take_version(last, newest),
                _ => Json::Null,
            }
        }
        Json::Array(values) => {
            let values = values.into_iter();
            Json::Array(values.map(|value| newest_value(value, newest)).collect())
        }
        Json::Object(members) => {
            let members = members.into_iter();
            let members = members.map(|(key, value)| (key, newest_value(value, newest)));
            Json::Object(members.collect::<BTreeMap<_, _>>())
        }
        other => other,
    }
}

fn take_version(mut version: Object, newest: &mut Option<(String, Json)>) -> Json {
    if let Some(Json::String(date)) = version.remove("releaseDate")
        && newest.as_ref().is_none_or(|(known, _)| *known < date)
    {
        let id = version.remove("releaseID").unwrap_or(Json::Null);
        *newest = Some((date, id));
    }
    version.remove("value").unwrap_or(Json::Null)
}

fn is_version(value: &Json) -> bool {
    let is_known = |members: &Object| members.keys().all(|key| MEMBERS.contains(&key.as_str()));
    value
        .as_object()
        .is_some_and(|members| members.contains_key("releaseDate") && is_known(members))
}
