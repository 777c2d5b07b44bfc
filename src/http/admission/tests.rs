use std::net::IpAddr;

use super::*;

fn queue(running: u32, waiting: u32, max_wait: Duration) -> AdmissionQueue {
    AdmissionQueue::new(AdmissionLimits {
        running: NonZero::new(running).unwrap(),
        waiting,
        max_wait,
    })
}

fn share(class: Class, number: u8) -> Share {
    let key = RateLimitKey::Network(IpAddr::from([192, 0, 2, number]));
    Share { class, key }
}

fn anonymous(number: u8) -> Share {
    share(Class::Anonymous, number)
}

const MINUTE: Duration = Duration::from_secs(60);

/// Sends a request; the task returns its permit.
fn send(queue: &AdmissionQueue, share: Share) -> tokio::task::JoinHandle<Answer> {
    let queue = queue.clone();
    tokio::spawn(async move { queue.admit(share, || false).await })
}

async fn until(condition: impl Fn() -> bool) {
    while !condition() {
        tokio::task::yield_now().await;
    }
}

async fn admitted(queue: &AdmissionQueue, share: Share) -> Option<AdmissionPermit> {
    queue.admit(share, || false).await.ok()
}

#[tokio::test]
async fn a_request_beyond_both_limits_is_refused_at_once() {
    let queue = queue(1, 1, MINUTE);
    let one = anonymous(1);
    let first = admitted(&queue, one).await;
    assert!(first.is_some() && !queue.is_full());
    let waiting = send(&queue, one);
    until(|| queue.length() == 1).await;
    assert_eq!(queue.admit(one, || false).await.map(drop), Err(Overloaded));
    drop(first);
    assert!(waiting.await.unwrap().is_ok());
    assert_eq!((queue.length(), queue.is_full()), (0, false));
}

#[test]
fn a_burst_differs_from_a_sustained_overload() {
    let begun = Instant::now();
    let mut busy = BusyPeriod {
        since: begun,
        last: begun,
    };
    for (milliseconds, sustained) in [
        (0, false),
        (90, false),
        (100, false),
        (101, true),
        (201, true),
        // After a pause another burst begins.
        (302, false),
        (402, false),
        (403, true),
    ] {
        let now = begun + Duration::from_millis(milliseconds);
        assert_eq!(busy.extend(now), sustained, "{milliseconds} ms");
    }
}

#[tokio::test]
async fn a_request_that_waits_too_long_is_refused() {
    let queue = queue(1, 1, Duration::from_millis(10));
    let _first = admitted(&queue, anonymous(1)).await;
    let refused = queue.admit(anonymous(1), || false).await;
    assert_eq!(refused.map(drop), Err(Overloaded));
    assert_eq!(queue.length(), 0);
}

#[tokio::test]
async fn a_client_with_few_requests_takes_the_place_of_one_with_many() {
    let queue = queue(1, 1, MINUTE);
    let first = admitted(&queue, anonymous(1)).await;
    let spare = admitted(&queue, anonymous(2)).await;
    assert!(first.is_some() && spare.is_some());
    let displaced = send(&queue, anonymous(1));
    until(|| queue.length() == 1).await;
    let light = send(&queue, anonymous(3));
    assert_eq!(displaced.await.unwrap().map(drop), Err(Overloaded));
    // A client with one request does not displace another one.
    let refused = queue.admit(anonymous(4), || false).await;
    assert_eq!(refused.map(drop), Err(Overloaded));
    drop(first);
    assert!(light.await.unwrap().is_ok());
}

#[tokio::test]
async fn the_queue_is_full_when_no_newcomer_would_get_a_place() {
    let queue = queue(1, 1, MINUTE);
    let mut running = Vec::new();
    for number in 1..=2 {
        running.push(admitted(&queue, anonymous(number)).await);
    }
    let _anonymous = send(&queue, anonymous(3));
    until(|| queue.length() == 1).await;
    assert!(!queue.is_full());
    let _signed_in = send(&queue, share(Class::SignedIn, 4));
    until(|| queue.length() == 2).await;
    assert!(queue.is_full());
}

#[tokio::test]
async fn only_a_request_that_would_wait_is_classified() {
    let queue = queue(1, 1, MINUTE);
    let person = share(Class::SignedIn, 1);
    let not_asked = || unreachable!("there is a permit");
    let _running = queue.admit(person, not_asked).await.ok().unwrap();
    // The reserve is for tender writes; the person's other requests wait.
    let write = queue.admit(person, || true).await;
    assert!(write.is_ok());
    let _waiting = send(&queue, person);
    until(|| queue.length() == 1).await;
    let refused = queue.admit(person, || false).await;
    assert_eq!(refused.map(drop), Err(Overloaded));
    drop(write);
    assert!(queue.admit(person, || true).await.is_ok());
}

#[tokio::test]
async fn cancelled_requests_and_permits_leave_nothing() {
    let queue = queue(1, 10, MINUTE);
    let first = admitted(&queue, anonymous(1)).await;
    let waiting: Vec<_> = (0..5).map(|_| send(&queue, anonymous(1))).collect();
    until(|| queue.length() == 5).await;
    for task in &waiting[1..] {
        task.abort();
    }
    until(|| queue.length() == 1).await;
    drop(first);
    let next = waiting.into_iter().next().unwrap();
    drop(next.await.unwrap());
    let state = queue.state();
    assert!(state.answers.is_empty());
    assert_eq!(state.schedule.load(anonymous(1)), 0);
}

#[tokio::test]
async fn events_wait_and_are_never_refused() {
    let queue = queue(1, 0, Duration::ZERO);
    let key = anonymous(1).key;
    let first = queue.admit_event(key).await;
    let waiting: Vec<_> = (0..20)
        .map(|_| {
            let queue = queue.clone();
            tokio::spawn(async move { queue.admit_event(key).await.map(drop) })
        })
        .collect();
    tokio::task::yield_now().await;
    drop(first);
    for event in waiting {
        assert_eq!(event.await.unwrap(), Ok(()));
    }
}
