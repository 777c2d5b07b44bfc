//! What the log and the metrics report of a request: its kind, and how it completed.

use std::time::Duration;

/// The kind of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestKind {
    /// A GraphQL query.
    Query,
    /// A GraphQL mutation.
    Mutation,
    /// A GraphQL subscription.
    Subscription,
    /// A GraphQL request that was refused before its operation was known.
    Graphql,
    /// The upgrade to a WebSocket.
    Socket,
    /// An upload or download of a document.
    Document,
    /// A health check.
    Health,
    /// Any other request: the explorer, the schema, unknown paths.
    Other,
}

impl RequestKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Query,
        Self::Mutation,
        Self::Subscription,
        Self::Graphql,
        Self::Socket,
        Self::Document,
        Self::Health,
        Self::Other,
    ];

    /// Returns the kind's name in logs and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Mutation => "mutation",
            Self::Subscription => "subscription",
            Self::Graphql => "graphql",
            Self::Socket => "socket",
            Self::Document => "document",
            Self::Health => "health",
            Self::Other => "other",
        }
    }
}

/// How a request, a subscription or a job completed. Logs and metrics call it `outcome`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completion {
    /// Successfully.
    Ok,
    /// With an error that the client can fix.
    Refused,
    /// With a failure of the server or of a system it depends on.
    Failed,
    /// Not at all: the client disconnected, or the job was interrupted.
    Cancelled,
}

impl Completion {
    /// Every completion.
    pub const ALL: [Self; 4] = [Self::Ok, Self::Refused, Self::Failed, Self::Cancelled];

    /// Returns the name in logs and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// What is reported of a completed request.
pub struct RequestSummary {
    /// Name of the GraphQL operation; `None` when it has none.
    pub operation: Option<String>,
    /// The kind of request.
    pub kind: RequestKind,
    /// The kind of actor.
    pub actor: &'static str,
    /// The codes of the response's errors.
    pub codes: Vec<String>,
    /// Time from the request's arrival to its completion.
    pub duration: Duration,
}

impl RequestSummary {
    /// Returns how the request completed, from the HTTP status (`None` when the client
    /// disconnected before the response) and the error codes.
    pub fn completion(&self, status: Option<u16>) -> Completion {
        match status {
            None => Completion::Cancelled,
            Some(500..) => Completion::Failed,
            Some(_) if self.codes.iter().any(|code| is_server_failure(code)) => Completion::Failed,
            Some(400..) => Completion::Refused,
            Some(_) if !self.codes.is_empty() => Completion::Refused,
            Some(_) => Completion::Ok,
        }
    }
}

/// Returns whether a code reports a failure that the client cannot fix.
fn is_server_failure(code: &str) -> bool {
    code == "INTERNAL" || code.ends_with("_UNAVAILABLE")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_completion_follows_from_the_codes_and_the_status() {
        let completion = |codes: &[&str], status| {
            let summary = RequestSummary {
                operation: None,
                kind: RequestKind::Query,
                actor: "ANONYMOUS",
                codes: codes.iter().map(ToString::to_string).collect(),
                duration: Duration::ZERO,
            };
            summary.completion(status)
        };
        for (codes, status, expected) in [
            (&[][..], Some(200), Completion::Ok),
            (&[], Some(101), Completion::Ok),
            (&["NOT_FOUND"], Some(200), Completion::Refused),
            (&[], Some(404), Completion::Refused),
            (&["INTERNAL"], Some(200), Completion::Failed),
            (&["SEARCH_UNAVAILABLE"], Some(200), Completion::Failed),
            (&["OVERLOADED"], Some(503), Completion::Failed),
            (&[], None, Completion::Cancelled),
        ] {
            assert_eq!(completion(codes, status), expected, "{codes:?} {status:?}");
        }
    }
}
