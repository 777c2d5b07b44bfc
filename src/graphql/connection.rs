//! Relay connections with `nodes`, `edges`, `pageInfo` and additional fields such as `totalCount`.

use async_graphql::{
    OutputType,
    connection::{Connection, Edge, EmptyFields},
};

use crate::kernel::paging::{Slice, encode_cursor};

/// Returns one page of a list that pages forward. `fields` are the additional fields of the
/// connection; `position` returns the part of the cursor that identifies an item.
pub fn connection<T: OutputType, F: async_graphql::ObjectType>(
    slice: Slice<T>,
    has_previous_page: bool,
    fields: F,
    position: impl Fn(&T) -> String,
) -> Connection<String, T, F, EmptyFields> {
    let mut connection = Connection::with_additional_fields(has_previous_page, slice.more, fields);
    connection.edges.extend(slice.items.into_iter().map(|item| {
        let cursor = encode_cursor(position(&item));
        Edge::new(cursor, item)
    }));
    connection
}
