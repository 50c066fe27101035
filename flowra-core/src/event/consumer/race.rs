//! Waiting for whichever of two things comes first.

use std::future::{Future, poll_fn};
use std::task::Poll;

/// Which came first.
pub(super) enum First<A, B> {
    This(A),
    That(B),
}

/// The first of the two to be ready; the first argument when both are.
pub(super) async fn race<A, B>(this: &mut A, that: &mut B) -> First<A::Output, B::Output>
where
    A: Future + Unpin,
    B: Future + Unpin,
{
    poll_fn(|context| {
        if let Poll::Ready(output) = std::pin::Pin::new(&mut *this).poll(context) {
            return Poll::Ready(First::This(output));
        }
        std::pin::Pin::new(&mut *that).poll(context).map(First::That)
    })
    .await
}
