//! Limits on the cost of one event of a subscription. They are lower than those of a query: an event
//! is resolved for each subscriber, whenever it happens.

use async_graphql::{ServerError, ServerResult};

use crate::graphql::limits::coded;

/// Limits on the cost of one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CostLimits {
    /// Maximum number of nodes on all pages together.
    pub nodes: usize,
    /// Maximum number of fields.
    pub complexity: usize,
}

impl Default for CostLimits {
    fn default() -> Self {
        Self {
            nodes: 100,
            complexity: 2_000,
        }
    }
}

impl CostLimits {
    pub(super) fn check_nodes(self, nodes: usize) -> ServerResult<()> {
        check(nodes, self.nodes, "nodes on its pages")
    }

    pub(super) fn check_complexity(self, complexity: usize) -> ServerResult<()> {
        check(complexity, self.complexity, "fields")
    }
}

fn check(number: usize, most: usize, what: &str) -> ServerResult<()> {
    if number <= most {
        return Ok(());
    }
    let message = format!(
        "an event of the subscription may have {number} {what}, at most {most} are allowed; select \
         what changed, and load the rest with a query"
    );
    Err(coded(ServerError::new(message, None), "TOO_COMPLEX"))
}
