//! What the outside meets: GraphQL over HTTP, identity, limits, health, the explorer, and search being down.

mod explorer;
mod identity;
mod limits;
mod protocol;
mod search_down;
