//! EMIR RTS 153/2013 article 28 (1) (a): a buffer of 25 % that may be used up while calculated margin rises.

use super::{Baseline, Ewma, FULLY_FUNDED};
use crate::bars::Bar;
use crate::numbers::real;

/// The full buffer, as a fraction of the plain margin.
const BUFFER: f64 = 0.25;
/// Seconds in which an empty buffer fills at a constant plain margin: thirty days. The rule leaves the pace to the
/// clearing house; a month keeps the refilling from being a second rise on top of the first.
const REFILL: f64 = 2_592_000.0;

/// The plain margin plus a buffer. When the plain margin rises, the buffer gives way first and margin stays where it was
/// until nothing is left of it. When the plain margin falls, margin falls with it to 1.25 times. In between the buffer
/// refills by a thirtieth of its full size a day:
/// `buffer = min(full, max(0, last margin - plain) + full x dt / 30 d)`, `full = 0.25 x plain`.
#[derive(Clone, Debug)]
pub struct EwmaBuffer {
    plain: Ewma,
    margin: Option<f64>,
}

impl EwmaBuffer {
    /// The buffer on [`Ewma::new`].
    #[must_use]
    pub fn new(scale: f64, horizon: u64) -> Self {
        Self { plain: Ewma::new(scale, horizon), margin: None }
    }
}

impl Baseline for EwmaBuffer {
    fn name(&self) -> &'static str {
        "ewma_buffer"
    }

    fn margin(&self) -> f64 {
        self.margin.unwrap_or(FULLY_FUNDED)
    }

    fn observe(&mut self, bar: &Bar, period: u64) {
        let seconds = real(self.plain.step(bar, period).seconds);
        let plain = self.plain.margin();
        let full = BUFFER * plain;
        let buffer = self.margin.map_or(full, |margin| {
            let left = (margin - plain).max(0.0);
            full.min(left + full * seconds / REFILL)
        });
        self.margin = Some(plain + buffer);
    }

    fn is_ready(&self) -> bool {
        self.plain.is_ready()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_close, observe, zigzag};
    use super::*;

    /// In calm: 1 % an hour, margin 1.25 %.
    fn calm() -> EwmaBuffer {
        let mut buffered = EwmaBuffer::new(1.0, 3_600);
        observe(&mut buffered, &zigzag(0.01, 200));
        buffered
    }

    /// The bars after those, with `step` an hour.
    fn then(step: f64, hours: usize) -> Vec<Bar> {
        zigzag(step, 200usize.saturating_add(hours)).split_off(200)
    }

    #[test]
    fn in_calm_the_buffer_is_full() {
        assert_close(calm().margin(), 0.0125);
    }

    #[test]
    fn a_rise_uses_the_buffer_first() {
        let mut buffered = calm();
        let storm = then(0.02, 8);
        observe(&mut buffered, &storm[..4]);
        let plain = buffered.plain.margin();
        assert!(plain > 0.0115 && plain < 0.0125, "{plain}");
        assert!(buffered.margin() < 0.0125 * 1.002, "only the refilling of four hours: {}", buffered.margin());
        observe(&mut buffered, &storm[4..]);
        assert!(buffered.plain.margin() > 0.0125, "beyond the buffer");
        assert!(buffered.margin() >= buffered.plain.margin());
        assert!(buffered.margin() < 1.01 * buffered.plain.margin());
    }

    #[test]
    fn an_empty_buffer_refills_in_a_month() {
        let mut buffered = calm();
        buffered.margin = Some(0.01);
        let calm = then(0.01, 744);
        observe(&mut buffered, &calm[..24]);
        assert_close(buffered.margin(), 0.01 + 0.0025 / 30.0);
        observe(&mut buffered, &calm[24..]);
        assert_close(buffered.margin(), 0.0125);
    }

    #[test]
    fn a_fall_is_followed_at_once() {
        let mut buffered = calm();
        observe(&mut buffered, &then(0.001, 48));
        assert_close(buffered.margin(), 1.25 * buffered.plain.margin());
    }
}
