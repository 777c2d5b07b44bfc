//! Relay connections: `nodes`, `edges`, `pageInfo`, and `totalCount`, which is counted only when asked for.

use async_graphql::{
    OutputType,
    connection::{Connection, Edge, EmptyFields},
};

use crate::kernel::paging::{Slice, encode_cursor};

/// One page of a list that pages forward. `fields` are the connection's own beside the usual.
pub fn connection<T: OutputType, F: async_graphql::ObjectType>(
    slice: Slice<T>,
    begins_later: bool,
    fields: F,
    place: impl Fn(&T) -> String,
) -> Connection<String, T, F, EmptyFields> {
    let mut connection = Connection::with_additional_fields(begins_later, slice.more, fields);
    connection.edges.extend(slice.items.into_iter().map(|item| {
        let cursor = encode_cursor(place(&item));
        Edge::new(cursor, item)
    }));
    connection
}
