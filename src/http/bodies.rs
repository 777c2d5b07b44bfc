//! How many large bodies take memory at a time. Small ones, as most are, never wait for those who send large ones slowly;
//! and one network cannot take all the room there is.

use std::{net::IpAddr, num::NonZero};

use tokio::sync::{Semaphore, SemaphorePermit};

use super::{
    places::{Place, Places},
    rates::Who,
};

/// A body that has more bytes than this, or does not say how many, is a large one.
pub const LARGE: u64 = 64 << 10;

/// The room for large bodies.
pub struct Bodies {
    free: Semaphore,
    /// A quarter of all.
    of_network: NonZero<u32>,
    places: Places,
}

/// Room for one, until it is dropped.
pub struct Room<'b>(#[expect(dead_code, reason = "held, not read")] (SemaphorePermit<'b>, Place));

impl Bodies {
    /// Room for so many.
    pub fn new(most: NonZero<u32>) -> Self {
        let quarter = most.get().div_ceil(4);
        Self {
            free: Semaphore::new(most.get() as usize),
            of_network: NonZero::new(quarter).unwrap_or(most),
            places: Places::default(),
        }
    }

    /// Room for one from there; none if there is none left.
    pub fn take(&self, network: IpAddr) -> Option<Room<'_>> {
        let place = self.places.take(Who::Network(network), self.of_network)?;
        Some(Room((self.free.try_acquire().ok()?, place)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_network_takes_a_quarter_of_the_room_and_all_take_no_more_than_there_is() {
        let bodies = Bodies::new(NonZero::new(8).unwrap());
        let from = |network: u8| bodies.take(IpAddr::from([192, 0, 2, network]));
        let mut taken = Vec::new();
        for network in 0..4 {
            taken.extend([from(network), from(network)]);
            assert!(from(network).is_none());
        }
        assert!(taken.iter().all(Option::is_some));
        assert!(from(9).is_none());
        taken.pop();
        assert!(from(0).is_none());
        assert!(from(9).is_some());
    }
}
