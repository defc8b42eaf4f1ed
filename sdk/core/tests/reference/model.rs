//! The model's formulas.

pub const DAY: f64 = 86_400.0;
pub const YEAR: f64 = 365.0 * DAY;

/// Six hours, of which a rising ramp remembers the lowest range.
pub const BLOCK: i64 = 21_600;

/// What a ramp may do in a day.
#[derive(Clone, Copy)]
pub struct Speed {
    pub up: f64,
    pub down: f64,
}

/// A ramp as it stood when its target was set.
pub struct Way {
    pub start: f64,
    pub target: f64,
    pub started_at: i64,
    /// The lowest ranges of the four blocks before the one of the start, and of that one so far.
    pub lows: [f64; 5],
}

impl Way {
    /// `max(s*, s0 (1 - down)^t)` falling, t in days; rising, from the start of each block, `(1 + up)` times the lowest
    /// range of it and the four before and `(1 + up / 2)` times the lower of it and the one before, never above `s*`.
    pub fn effective(&self, speed: Speed, now: i64) -> f64 {
        let now = now.max(self.started_at);
        if self.target <= self.start {
            let days = (now - self.started_at) as f64 / DAY;
            return self.target.max(self.start * (1.0 - speed.down).powf(days));
        }
        // the history of all blocks, of which the last five count
        let mut history = self.lows.to_vec();
        let mut range = self.start;
        // what the lows allow at once is in the start
        for _ in self.started_at.div_euclid(BLOCK) + 1..=now.div_euclid(BLOCK) {
            history.push(f64::INFINITY);
            let lowest =
                |blocks: usize| history[history.len() - blocks..].iter().copied().fold(f64::INFINITY, f64::min);
            let most = (lowest(5) * (1.0 + speed.up)).min(lowest(2) * (1.0 + speed.up / 2.0));
            range = range.max(self.target.min(most));
            let last = history.len() - 1;
            history[last] = range;
        }
        range
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
    /// `clamp(k (1 + correction) sigma sqrt(h) x max(1, sqrt(OI / (gamma depth))), minimum, maximum)`.
    pub fn of(&self, variance: f64, correction: f64, open_interest: f64, depth: f64) -> f64 {
        let crowding = if open_interest == 0.0 { 1.0 } else { (open_interest / (self.gamma * depth)).sqrt().max(1.0) };
        let range = self.k * (1.0 + correction) * variance.sqrt() * self.horizon.sqrt() * crowding;
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

/// Two exponential averages of squared returns per second.
#[derive(Clone)]
pub struct Volatility {
    pub half_lives: [f64; 2],
    pub weights: [f64; 2],
    pub clips: [f64; 2],
    pub floor: f64,
    pub cap: f64,
    pub variances: [f64; 2],
    /// Price and time of the last sample.
    pub last: Option<(f64, i64)>,
    /// Time of the first sample.
    pub first: i64,
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
            self.first = if on_grid { latest_grid_time } else { published };
            self.last = Some((price, self.first));
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
        self.absorb((price / last_price).ln(), (time - last_time) as f64, (time - self.first) as f64);
        self.last = Some((price, time));
        true
    }

    /// `v <- v + g (min(r^2 / dt, c^2 v) - v)` with `g = max(1 - 2^(-dt / H), dt / (500 hours + age))`, the clipping v
    /// within floor and cap.
    fn absorb(&mut self, log_return: f64, elapsed: f64, age: f64) {
        for i in 0..2 {
            let gain = (1.0 - (-elapsed / self.half_lives[i]).exp2()).max(elapsed / (1_800_000.0 + age)).min(1.0);
            let clip = self.clips[i].powi(2) * self.variances[i].max(self.floor).min(self.cap) * elapsed;
            let seen = log_return.powi(2).min(clip) / elapsed;
            self.variances[i] += gain * (seen - self.variances[i]);
        }
    }

    /// `sum w v`, at least what an index asks for, within floor and cap.
    pub fn mixture(&self, at_least: f64) -> f64 {
        let sum: f64 = self.weights.iter().zip(self.variances).map(|(weight, variance)| weight * variance).sum();
        sum.max(at_least).max(self.floor).min(self.cap)
    }
}
