use std::net::IpAddr;

use super::*;

fn share(class: Class, number: u8) -> Share {
    let key = RateLimitKey::Network(IpAddr::from([192, 0, 2, number]));
    Share { class, key }
}

fn anonymous(number: u8) -> Share {
    share(Class::Anonymous, number)
}

fn signed_in(number: u8) -> Share {
    share(Class::SignedIn, number)
}

fn tender_write(number: u8) -> Share {
    share(Class::TenderWrite, number)
}

/// Enqueues the requests and starts those that have a permit.
fn enqueue(schedule: &mut Schedule, shares: impl IntoIterator<Item = Share>) -> Vec<Grant> {
    for share in shares {
        schedule.enqueue(share);
    }
    started(schedule)
}

fn started(schedule: &mut Schedule) -> Vec<Grant> {
    std::iter::from_fn(|| schedule.next()).collect()
}

/// Ends a request; returns the one that starts in its place.
fn end(schedule: &mut Schedule, grant: Grant) -> Option<Grant> {
    schedule.release(grant.share, grant.pool);
    let mut next = started(schedule);
    assert!(next.len() <= 1, "{next:?}");
    next.pop()
}

fn count(grants: &[Grant], share: Share) -> usize {
    grants.iter().filter(|grant| grant.share == share).count()
}

#[test]
fn an_only_client_uses_all_shared_permits() {
    let mut schedule = Schedule::new(4);
    let running = enqueue(&mut schedule, [anonymous(1); 10]);
    assert_eq!(running.len(), 4);
    assert!(running.iter().all(|grant| grant.pool == Pool::Shared));
    assert_eq!(schedule.length(Class::Anonymous), 6);
}

#[test]
fn clients_take_turns_whatever_their_number_of_requests() {
    let mut schedule = Schedule::new(1);
    let mut running = enqueue(&mut schedule, [anonymous(1); 10]).pop().unwrap();
    // The spare permit is for a client that holds none.
    let spare = enqueue(&mut schedule, [anonymous(2), anonymous(2), anonymous(3)]);
    assert_eq!((spare.len(), spare[0].share), (1, anonymous(2)));
    let mut order = Vec::new();
    for _ in 0..4 {
        running = end(&mut schedule, running).unwrap();
        order.push(running.share);
    }
    let [one, two, three] = [1, 2, 3].map(anonymous);
    // The second client is passed over: it holds half of the permits already.
    assert_eq!(order, [one, three, one, one]);
    let next = end(&mut schedule, spare[0]).unwrap();
    assert_eq!((next.share, next.pool), (two, Pool::Spare));
    assert_eq!(schedule.length(Class::Anonymous), 6);
}

#[test]
fn a_client_holds_half_of_the_permits_while_others_wait() {
    let mut schedule = Schedule::new(4);
    let mut running = enqueue(&mut schedule, [signed_in(1); 20]);
    let spare = enqueue(&mut schedule, [signed_in(2); 20]);
    assert_eq!((spare.len(), spare[0].pool), (1, Pool::Spare));
    // The permits that become free go to the other client until both hold half.
    for _ in 0..8 {
        let ended = running.remove(0);
        running.extend(end(&mut schedule, ended));
        assert!(count(&running, signed_in(1)) >= 2);
    }
    let all: Vec<Grant> = running.iter().chain(&spare).copied().collect();
    assert!(count(&all, signed_in(1)) <= 3 && count(&all, signed_in(2)) >= 2);
}

#[test]
fn a_crowd_of_anonymous_clients_leaves_half_to_signed_in_ones() {
    let mut schedule = Schedule::new(4);
    let mut running = enqueue(&mut schedule, (0..100).map(anonymous));
    assert_eq!(running.len(), 4);
    enqueue(&mut schedule, [signed_in(1), signed_in(1), signed_in(2)]);
    for _ in 0..2 {
        let ended = running.remove(0);
        running.extend(end(&mut schedule, ended));
    }
    let of_people = |running: &[Grant]| {
        let classes = running.iter().map(|grant| grant.share.class);
        classes.filter(|class| *class == Class::SignedIn).count()
    };
    assert_eq!(of_people(&running), 2);
    // And the other way round.
    enqueue(&mut schedule, (0..100).map(signed_in));
    for _ in 0..20 {
        let ended = running.remove(0);
        running.extend(end(&mut schedule, ended));
        assert_eq!(of_people(&running), 2);
    }
}

#[test]
fn tender_writes_have_permits_of_their_own() {
    let mut schedule = Schedule::new(8);
    let running = enqueue(&mut schedule, [signed_in(1); 30]);
    assert_eq!(running.len(), 8);
    let writes = enqueue(&mut schedule, [1, 2, 3].map(tender_write));
    assert_eq!(writes.len(), 2);
    assert!(writes.iter().all(|grant| grant.pool == Pool::Reserved));
    assert_eq!(
        end(&mut schedule, writes[0]).unwrap().share,
        tender_write(3)
    );
}

#[test]
fn a_client_has_one_tender_write_at_a_time() {
    let mut schedule = Schedule::new(8);
    enqueue(&mut schedule, [signed_in(1); 30]);
    let first = enqueue(&mut schedule, [tender_write(1); 5]);
    assert_eq!(first.len(), 1);
    let other = enqueue(&mut schedule, [tender_write(2)]);
    assert_eq!((other.len(), other[0].share), (1, tender_write(2)));
    assert_eq!(end(&mut schedule, first[0]).unwrap().share, tender_write(1));
}

#[test]
fn events_leave_half_of_the_permits_to_requests() {
    let mut schedule = Schedule::new(4);
    let events = enqueue(&mut schedule, (0..50).map(|n| share(Class::Event, n)));
    assert_eq!(events.len(), 2);
    let requests = enqueue(&mut schedule, [anonymous(1), anonymous(2)]);
    assert_eq!(requests.len(), 2);
    let next = end(&mut schedule, events[0]).unwrap();
    assert_eq!(next.share.class, Class::Event);
}

#[test]
fn a_client_with_many_requests_gives_way_to_one_with_fewer() {
    let mut schedule = Schedule::new(1);
    enqueue(&mut schedule, [anonymous(1); 4]);
    let (share, newest) = schedule.displaceable(Class::Anonymous, 0).unwrap();
    assert_eq!((share, newest), (anonymous(1), 4));
    assert!(schedule.cancel(share, newest) && !schedule.cancel(share, newest));
    assert_eq!(schedule.length(Class::Anonymous), 2);
    // Not to a client with almost as many, and not to another class.
    assert_eq!(schedule.displaceable(Class::Anonymous, 2), None);
    assert_eq!(schedule.displaceable(Class::SignedIn, 0), None);
}

#[test]
fn a_cancelled_request_is_never_started() {
    let mut schedule = Schedule::new(1);
    let running = enqueue(&mut schedule, [anonymous(1)])[0];
    let ticket = schedule.enqueue(anonymous(1));
    assert!(schedule.cancel(anonymous(1), ticket));
    assert_eq!(end(&mut schedule, running), None);
    assert_eq!(schedule.load(anonymous(1)), 0);
    assert!(schedule.running.is_empty());
}
