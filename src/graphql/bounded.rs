//! Lists without pages whose length no rule limits: they have the latest items only. Each such list
//! states its bound in its description; `tests/lists.rs` has them all.

/// Maximum number of items of such a list.
const LATEST: usize = 100;

/// Returns the latest items of a list that has the newest first.
pub fn newest_first<T>(mut items: Vec<T>) -> Vec<T> {
    items.truncate(LATEST);
    items
}

/// Returns the latest items of a list that has the oldest first, in the same order.
pub fn oldest_first<T>(mut items: Vec<T>) -> Vec<T> {
    items.drain(..items.len().saturating_sub(LATEST));
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_items_are_kept() {
        let items: Vec<usize> = (0..150).collect();
        assert_eq!(newest_first(items.clone()), items[..100]);
        assert_eq!(oldest_first(items.clone()), items[50..]);
        assert_eq!(newest_first(vec![1, 2]), [1, 2]);
        assert_eq!(oldest_first(vec![1, 2]), [1, 2]);
    }
}
