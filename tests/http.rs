//! What the outside meets: GraphQL over HTTP, identity, limits, pressure, caches, health, the explorer, and search being
//! down.

mod attacks;
mod caching;
mod connections;
mod explorer;
mod identity;
mod limits;
mod persisted;
mod pressure;
mod protocol;
mod provider;
mod search_down;
