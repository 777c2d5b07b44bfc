//! The HTTP API: protocol, authentication, limits, variables, errors, load, caches, health, the explorer, the schema
//! document, and search being down.

mod attacks;
mod caching;
mod connections;
mod explorer;
mod fairness;
mod identity;
mod languages;
mod limits;
mod load;
mod mutations;
mod nulls;
mod persisted;
mod protocol;
mod provider;
mod response_size;
mod schema_document;
mod search_down;
mod shared_rate;
mod unread_body;
mod values;
