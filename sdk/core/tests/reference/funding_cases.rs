//! Premium by the minute, rate and index by the hour.

use ballast_core::clearing::{Fill, Party, trade};
use ballast_core::model::{Funding, FundingTerms, PremiumMeter};
use ballast_core::units::{PerLot, Timestamp};

use super::account::range;
use super::build::{self, NOW};
use super::dice::Dice;
use super::model::DAY;
use super::units::{UNIT, close, dollars, per_lot, ratio, to_per_lot, to_ratio, to_usd};

/// What the reference remembers of a perpetual.
#[derive(Default)]
struct Reference {
    minute: i64,
    weighted: f64,
    lots: f64,
    /// Sum of the averages of the minutes that are over and not paid for.
    unpaid: f64,
    funded_until: i64,
    day: i64,
    paid_today: f64,
    index: f64,
}

impl Reference {
    /// Closes the minute of the last fill: its average by size. Minutes without fills add nothing.
    fn close_minute(&mut self, now: i64) {
        if now.div_euclid(60) > self.minute {
            self.unpaid += if self.lots > 0.0 { self.weighted / self.lots } else { 0.0 };
            (self.minute, self.weighted, self.lots) = (now.div_euclid(60), 0.0, 0.0);
        }
    }

    fn record(&mut self, now: i64, lots: f64, price: f64, mark: f64, most: f64) {
        self.close_minute(now);
        let counted = lots.min(most);
        self.weighted += counted * (price - mark) / mark;
        self.lots += counted;
    }

    /// Pays a day's share of the average premium for each whole hour, within the caps of the hour and the day.
    fn advance(&mut self, now: i64, hour_cap: f64, day_cap: f64, mark: f64) -> bool {
        self.close_minute(now);
        let whole = now.div_euclid(3_600) * 3_600;
        let hours = (whole - self.funded_until) as f64 / 3_600.0;
        if hours < 1.0 {
            return false;
        }
        let day = now.div_euclid(DAY as i64);
        if day != self.day {
            (self.day, self.paid_today) = (day, 0.0);
        }
        let rate = (self.unpaid / 1_440.0).max(-hour_cap * hours).min(hour_cap * hours);
        let rate = (self.paid_today + rate).max(-day_cap).min(day_cap) - self.paid_today;
        self.paid_today += rate;
        self.unpaid = 0.0;
        self.index += rate * mark;
        self.funded_until = whole;
        true
    }
}

#[test]
fn the_index_pays_the_premium_of_every_minute_within_the_caps() {
    let (mut payments, mut capped) = (0, 0);
    for seed in 0..600 {
        let mut dice = Dice::new(seed);
        let terms =
            FundingTerms { hour_cap: to_ratio(dice.scale(1e-5, 1e-2)), day_cap: to_ratio(dice.scale(1e-4, 5e-2)) };
        let (hour_cap, day_cap) = (ratio(terms.hour_cap), ratio(terms.day_cap));
        let (mut meter, mut funding) = (PremiumMeter::default(), Funding::default());
        let mut time = NOW.0;
        funding.advance(&terms, meter.cumulative_at(NOW).unwrap(), to_per_lot(1.0), NOW).unwrap();
        let mut truth = Reference { funded_until: time.div_euclid(3_600) * 3_600, ..Reference::default() };
        let mut mark = dice.scale(1.0, 10_000.0);
        let (tilt, width) = (dice.between(-0.005, 0.005), dice.scale(1e-4, 5e-3));
        let mut rounding = 2.0 * UNIT;
        for _ in 0..dice.whole(100, 1_500) {
            time += dice.scale(1.0, 2_000.0) as i64;
            let now = Timestamp(time);
            mark *= dice.between(0.999, 1.001);
            let per = to_per_lot(mark);
            if dice.chance(0.9) {
                let price = to_per_lot(mark * (1.0 + tilt + dice.between(-width, width)));
                let (lots, most) = (dice.scale(1.0, 1e6) as u64, dice.scale(1e3, 1e6) as u64);
                meter.record(now, lots, price, per, most).unwrap();
                truth.record(time, lots as f64, per_lot(price), per_lot(per), most as f64);
                // a premium and a minute's average lose at most a unit of 1e-9 each
                rounding += 2e-9 * mark / 1_440.0;
            }
            if dice.chance(0.3) {
                let paid = funding.advance(&terms, meter.cumulative_at(now).unwrap(), per, now).unwrap();
                let unpaid = truth.unpaid;
                assert_eq!(paid.is_some(), truth.advance(time, hour_cap, day_cap, per_lot(per)), "seed {seed}");
                if paid.is_some() {
                    payments += 1;
                    capped += u64::from(unpaid.abs() > 1_440.0 * hour_cap || truth.paid_today.abs() == day_cap);
                    rounding += 1e-9 * mark;
                    close("index", seed, dollars(funding.index), truth.index, rounding);
                    close("rate of the day", seed, ratio(funding.paid_today), truth.paid_today, 1e-7);
                }
            }
        }
    }
    assert!(payments > 10_000 && capped > 1_000, "{payments} payments, {capped} capped");
}

#[test]
fn a_fill_counts_at_most_a_hundredth_of_depth_and_only_if_a_venue_signed() {
    for seed in 0..1_000 {
        let mut dice = Dice::new(seed);
        let board = build::world(&mut dice).board;
        let (mut buyer, mut seller) = (build::empty_account(1), build::empty_account(2));
        (buyer.cash, seller.cash) = (to_usd(1e9), to_usd(1e9));
        let mut contract = build::traded_contract(&board, 0);
        let mark = per_lot(board.contracts[0].mark);
        let band = 0.01_f64.min(range(&board, 0, NOW, NOW).effective / 2.0);
        let price = mark * (1.0 + dice.between(-0.99, 0.99) * band);
        let lots = (dice.scale(10.0, 1e7) / mark).ceil() as u64;
        let fill = Fill { by_venue: dice.chance(0.8), ..Fill::new(lots, PerLot((price * 1e12) as i64)) };
        let exchange = build::exchange(&mut dice);
        trade(Party::owner(&mut buyer), Party::owner(&mut seller), &mut contract, &board, &exchange, fill, NOW)
            .unwrap();
        if fill.by_venue {
            let most = (0.01 * dollars(board.underlyings[0].depth.value) / mark).floor();
            close("counted lots", seed, contract.premium.lots as f64, most.min(lots as f64), 1.0);
            let premium = contract.premium.weighted as f64 / contract.premium.lots as f64 / 1e9;
            close("premium", seed, premium, (per_lot(fill.price) - mark) / mark, 1e-9);
        } else {
            assert_eq!(contract.premium, PremiumMeter::default(), "seed {seed}");
        }
    }
}
