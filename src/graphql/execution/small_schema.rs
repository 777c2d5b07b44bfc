//! A small schema for tests, executed as the whole one is.

use std::sync::Arc;

use async_graphql::{EmptySubscription, ObjectType, Request, Response, Schema, ValidationMode};
use futures::executor::block_on;

use super::{Execution, ExecutionSettings};
use crate::graphql::{
    Documents, Limits,
    coercion::read_variables,
    validation::{Rules, ValidationOnly, violations},
};

/// Runs a request with the given root types.
pub fn run<Q, M>(roots: impl Fn() -> (Q, M), document: &str, variables: &str) -> Response
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
{
    let schema = || {
        let (query, mutation) = roots();
        Schema::build(query, mutation, EmptySubscription)
    };
    let validator = schema().extension(ValidationOnly).finish();
    let settings = ExecutionSettings {
        limits: Limits::default(),
        documents: Documents::new(Limits::default(), None, false).unwrap(),
        introspection: true,
    };
    let rules: Rules = Arc::new(move |document| violations(&validator, document));
    let schema = schema()
        .extension(Execution { settings, rules })
        .validation_mode(ValidationMode::Fast)
        .finish();
    let variables = read_variables(variables).unwrap();
    block_on(schema.execute(Request::new(document).variables(variables)))
}
