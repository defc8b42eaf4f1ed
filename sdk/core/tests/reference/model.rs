//! The model's formulas.

pub const DAY: f64 = 86_400.0;
pub const YEAR: f64 = 365.0 * DAY;

/// `max(0.4 s*, min(s*, s0 (1 + up)^t))` rising and `max(s*, s0 (1 - down)^t)` falling, t in days.
pub fn effective(start: f64, target: f64, up: f64, down: f64, elapsed: f64) -> f64 {
    let days = elapsed.max(0.0) / DAY;
    if target > start {
        (0.4 * target).max(target.min(start * (1.0 + up).powf(days)))
    } else {
        target.max(start * (1.0 - down).powf(days))
    }
}

/// What makes a target.
pub struct Target {
    pub k: f64,
    pub horizon: f64,
    pub gamma: f64,
    pub minimum: f64,
    pub maximum: f64,
}

impl Target {
    /// `clamp(k sigma sqrt(h) x max(1, sqrt(OI / (gamma depth))), minimum, maximum)`.
    pub fn of(&self, variance: f64, open_interest: f64, depth: f64) -> f64 {
        let crowding = if open_interest == 0.0 { 1.0 } else { (open_interest / (self.gamma * depth)).sqrt().max(1.0) };
        let range = self.k * variance.sqrt() * self.horizon.sqrt() * crowding;
        range.max(self.minimum).min(self.maximum)
    }
}

/// `1 - max(base haircut, k sigma sqrt(h))`, never below zero.
pub fn weight(base_haircut: f64, k: f64, variance: f64, horizon: f64) -> f64 {
    (1.0 - base_haircut.max(k * (variance * horizon).sqrt())).max(0.0)
}

/// A weight on a straight way from `start` to `target`, at most so much a day.
pub fn ramped_weight(start: f64, target: f64, fall: f64, rise: f64, elapsed: f64) -> f64 {
    let days = elapsed.max(0.0) / DAY;
    if target < start { target.max(start - fall * days) } else { target.min(start + rise * days) }
}

/// An exponential average after `elapsed` seconds at `current`, by its half-life.
pub fn average(previous: f64, current: f64, elapsed: f64, half_life: f64) -> f64 {
    current + (previous - current) * (-elapsed / half_life).exp2()
}

/// Four exponential averages of squared returns per second.
#[derive(Clone)]
pub struct Volatility {
    pub half_lives: [f64; 4],
    pub weights: [f64; 4],
    pub clips: [f64; 4],
    pub floor: f64,
    pub cap: f64,
    pub variances: [f64; 4],
    /// Price and time of the last sample.
    pub last: Option<(f64, i64)>,
}

impl Volatility {
    /// Takes an update in, and tells whether it was a sample.
    ///
    /// The sample of a time t of the 300 s grid is the update with `previous < t <= published`. If none has come two
    /// steps after the first missed time, the first price counts, at its own time.
    pub fn observe(&mut self, price: f64, published: i64, previous: i64) -> bool {
        let latest_grid_time = published.div_euclid(300) * 300;
        let on_grid = previous < latest_grid_time;
        let Some((last_price, last_time)) = self.last else {
            self.last = Some((price, if on_grid { latest_grid_time } else { published }));
            return true;
        };
        let first_missed = (last_time.div_euclid(300) + 1) * 300;
        let time = if on_grid && latest_grid_time > last_time {
            latest_grid_time
        } else if published >= first_missed + 600 {
            published
        } else {
            return false;
        };
        self.absorb((price / last_price).ln(), (time - last_time) as f64);
        self.last = Some((price, time));
        true
    }

    /// `v <- L v + (1 - L) min(r^2, c^2 v dt) / dt`, the clipping v within floor and cap.
    fn absorb(&mut self, log_return: f64, elapsed: f64) {
        for i in 0..4 {
            let keep = (-elapsed / self.half_lives[i]).exp2();
            let clip = self.clips[i].powi(2) * self.variances[i].max(self.floor).min(self.cap) * elapsed;
            let seen = log_return.powi(2).min(clip) / elapsed;
            self.variances[i] = keep * self.variances[i] + (1.0 - keep) * seen;
        }
    }

    /// `sum w v`, at least what an index asks for, within floor and cap.
    pub fn mixture(&self, at_least: f64) -> f64 {
        let sum: f64 = self.weights.iter().zip(self.variances).map(|(weight, variance)| weight * variance).sum();
        sum.max(at_least).max(self.floor).min(self.cap)
    }
}
