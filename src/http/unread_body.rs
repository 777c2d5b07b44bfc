//! Reads and discards the rest of a request body that a handler did not read.
//!
//! A server that refuses a request early and then closes the connection with unread bytes resets it.
//! The client, or a reverse proxy that is still sending, then might not receive the response
//! (RFC 9112 §9.6). Therefore the rest of the body is read after the response, up to a time and a
//! number of bytes.

use std::{
    future::{Ready, ready},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, Bytes},
    extract::Request,
    http::header,
};
use futures::StreamExt as _;
use hyper::body::{Body as _, Frame, SizeHint};
use tokio::{runtime::Handle, time};

/// The longest time for which the rest of a body is read.
const MAX_TIME: Duration = Duration::from_secs(5);
/// Number of bytes after which the rest of a body is read no more: more than the largest document
/// by default.
const MAX_BYTES: usize = 128 << 20;

/// Discards the unread rest of the request's body once the handler drops the body.
pub fn discard_rest(request: Request) -> Ready<Request> {
    // A client that waits for `100 Continue` has not sent the body, and reading would request it.
    if request.body().is_end_stream() || request.headers().contains_key(header::EXPECT) {
        return ready(request);
    }
    ready(request.map(|body| Body::new(Discarding(Some(body)))))
}

/// A body whose unread rest is discarded when this value is dropped; `None` at the end of the body.
struct Discarding(Option<Body>);

impl hyper::body::Body for Discarding {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let Some(body) = &mut self.0 else {
            return Poll::Ready(None);
        };
        let polled = Pin::new(body).poll_frame(context);
        if let Poll::Ready(None | Some(Err(_))) = polled {
            self.0 = None;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Some(body) => body.size_hint(),
            None => SizeHint::with_exact(0),
        }
    }
}

impl Drop for Discarding {
    fn drop(&mut self) {
        let unread = self.0.take().filter(|body| !body.is_end_stream());
        if let (Some(body), Ok(runtime)) = (unread, Handle::try_current()) {
            runtime.spawn(time::timeout(MAX_TIME, discard(body)));
        }
    }
}

/// Reads a body to its end, or to its first [`MAX_BYTES`].
async fn discard(body: Body) {
    let mut body = body.into_data_stream();
    let mut read = 0;
    while read < MAX_BYTES
        && let Some(Ok(bytes)) = body.next().await
    {
        read += bytes.len();
    }
}

#[cfg(test)]
mod tests {
    use std::{
        convert::Infallible,
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
    };

    use futures::stream;

    use super::*;

    #[tokio::test]
    async fn an_endless_body_is_not_read_to_its_end() {
        const PIECE: usize = 1 << 20;
        let read = Arc::new(AtomicUsize::new(0));
        let counted = read.clone();
        let pieces = stream::repeat_with(move || {
            counted.fetch_add(PIECE, Ordering::SeqCst);
            Ok::<_, Infallible>(Bytes::from_static(&[0; PIECE]))
        });
        discard(Body::from_stream(pieces)).await;
        assert_eq!(read.load(Ordering::SeqCst), MAX_BYTES);
    }
}
