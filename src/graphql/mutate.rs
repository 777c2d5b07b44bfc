//! What every mutation has in common: reading the input, running the use case, building the
//! payload.
//!
//! A mutation is an input ([`input!`]), a command that it is read into ([`MutationInput`]), a
//! payload ([`payload!`]), and a resolver of one line that calls [`mutate`].

use async_graphql::{Context, Error};

use super::{
    context::{backend, request},
    errors::{UserError, Warning, WarningCode, user_errors},
};
use crate::{
    auth::policy::Declaration,
    database::{IdempotencyKey, Outcome, UseCase, run},
    dialogue,
    kernel::{
        refusal::{Failure, Fallible},
        warning,
    },
    organisation, procurement, tender,
};

/// Every mutation of the schema, by feature.
pub fn declarations() -> impl Iterator<Item = &'static Declaration> {
    [
        procurement::MUTATIONS,
        dialogue::MUTATIONS,
        tender::MUTATIONS,
        organisation::MUTATIONS,
    ]
    .into_iter()
    .flatten()
}

/// Input of a mutation, which is read into a command.
pub(super) trait MutationInput: Keyed {
    /// Use case of the mutation.
    type Command: UseCase;

    /// Reads the input. A global ID of another type is refused as not found.
    fn command(self, context: &Context<'_>) -> Fallible<Self::Command>;

    /// Returns the codes of the warnings that the input confirms.
    fn confirmed_warnings(&self) -> Vec<WarningCode> {
        Vec::new()
    }

    /// Changes the fields of refusals where the input nests them deeper than the command.
    fn in_input(failure: Failure) -> Failure {
        failure
    }
}

/// Input with an idempotency key; [`input!`] implements it.
pub(super) trait Keyed {
    /// The key as the client sent it.
    fn idempotency_key(&self) -> Option<&str>;
}

/// Payload that can state why a mutation was refused; [`payload!`] implements it.
pub(super) trait Refused: Sized {
    /// Returns a payload without an object.
    fn refused(user_errors: Vec<UserError>) -> Self;

    /// Returns a payload without an object, with the warnings that the input must confirm.
    fn unconfirmed(warnings: Vec<Warning>) -> Self;
}

/// Payload for the output of a use case.
pub(super) trait Payload<Output>: Refused {
    /// Loads the object that was changed.
    fn of(
        context: &Context<'_>,
        output: Output,
    ) -> impl Future<Output = Result<Self, Error>> + Send;
}

/// Reads the input, runs its use case, and returns the payload. Refusals become `userErrors`,
/// failures an error of the request.
pub(super) async fn mutate<I, P>(context: &Context<'_>, input: I) -> Result<P, Error>
where
    I: MutationInput + Send,
    P: Payload<<I::Command as UseCase>::Output>,
{
    let read = || -> Fallible<_> {
        let key = input
            .idempotency_key()
            .map(IdempotencyKey::new)
            .transpose()?;
        let confirmed = input.confirmed_warnings().into_iter();
        let confirmed: Vec<_> = confirmed.map(Into::into).collect();
        Ok((key, confirmed, input.command(context)?))
    };
    let outcome = match read() {
        Ok((key, confirmed, command)) => carry_out(context, command, key, &confirmed).await,
        Err(failure) => Err(failure),
    };
    answer(context, outcome.map_err(I::in_input)).await
}

/// Runs a use case that takes no idempotency key, and returns the payload.
pub(super) async fn mutate_unkeyed<C, P>(
    context: &Context<'_>,
    command: Fallible<C>,
) -> Result<P, Error>
where
    C: UseCase,
    P: Payload<C::Output>,
{
    let outcome = match command {
        Ok(command) => carry_out(context, command, None, &[]).await,
        Err(failure) => Err(failure),
    };
    answer(context, outcome).await
}

async fn carry_out<C: UseCase>(
    context: &Context<'_>,
    command: C,
    key: Option<IdempotencyKey>,
    confirmed: &[warning::WarningCode],
) -> Fallible<Outcome<C::Output>> {
    let (backend, request) = (backend(context), request(context));
    let database = &backend.database;
    let outcome = run(database, &request.actor, command, key.as_ref(), confirmed).await;
    request.memo.clear();
    outcome
}

async fn answer<O, P: Payload<O>>(
    context: &Context<'_>,
    outcome: Fallible<Outcome<O>>,
) -> Result<P, Error> {
    match outcome {
        Ok(Outcome::Done(output)) => P::of(context, output).await,
        Ok(Outcome::Unconfirmed(warnings)) => {
            Ok(P::unconfirmed(warnings.into_iter().map(Warning).collect()))
        }
        Err(failure) => Ok(P::refused(user_errors(failure)?)),
    }
}

/// Declares the input of a mutation and adds `idempotencyKey` to its fields.
macro_rules! input {
    (
        $(#[$description:meta])*
        $visibility:vis struct $name:ident {
            $($(#[$field_description:meta])* $field:ident: $type:ty,)*
        }
    ) => {
        $(#[$description])*
        #[derive(async_graphql::InputObject)]
        $visibility struct $name {
            $($(#[$field_description])* $field: $type,)*
            /// Key that makes a retry safe: a repeated request with the same key and input returns
            /// the first answer. 1 to 64 visible ASCII characters; a UUID is recommended. The same
            /// key with another input is refused with IDEMPOTENCY_KEY_REUSED.
            idempotency_key: Option<String>,
        }

        impl $crate::graphql::mutate::Keyed for $name {
            fn idempotency_key(&self) -> Option<&str> {
                self.idempotency_key.as_deref()
            }
        }
    };
}
pub(super) use input;

/// Declares the payload of a mutation: its fields are null when the mutation is refused, and
/// `userErrors` and `warnings` are added.
macro_rules! payload {
    (
        $(#[$description:meta])*
        $visibility:vis struct $name:ident {
            $($(#[$field_description:meta])* $field:ident: $type:ty,)*
        }
    ) => {
        $(#[$description])*
        #[derive(async_graphql::SimpleObject)]
        $visibility struct $name {
            $($(#[$field_description])* $field: Option<$type>,)*
            /// Reasons for the refusal; empty on success.
            user_errors: Vec<$crate::graphql::errors::UserError>,
            /// Warnings that the input must confirm in `confirmedWarnings`: nothing was changed.
            /// Empty on success, and for mutations without that field.
            warnings: Vec<$crate::graphql::errors::Warning>,
        }

        impl $crate::graphql::mutate::Refused for $name {
            fn refused(user_errors: Vec<$crate::graphql::errors::UserError>) -> Self {
                Self { $($field: None,)* user_errors, warnings: Vec::new() }
            }

            fn unconfirmed(warnings: Vec<$crate::graphql::errors::Warning>) -> Self {
                Self { $($field: None,)* user_errors: Vec::new(), warnings }
            }
        }
    };
}
pub(super) use payload;
