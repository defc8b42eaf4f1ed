//! The cases of the benchmark and what follows from them.

use anchor_lang::solana_program::instruction::Instruction;

use crate::accounts::{Holder, Shape};
use crate::machine::Machine;
use crate::market::{Market, Spread};
use crate::{insurer, keeper, trader};

/// Positions that are measured.
pub const POSITIONS: [usize; 4] = [1, 4, 8, 16];
/// Collaterals that are measured.
pub const COLLATERALS: [usize; 3] = [0, 3, 7];

/// What something costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Name of the instruction, or of a part of one.
    pub instruction: String,
    /// What it is made to do.
    pub case: String,
    /// Positions of every account that it looks at; for `refresh` contracts on the underlying.
    pub positions: usize,
    /// Collaterals of every account that it looks at; for `refresh` vaults on the underlying.
    pub collaterals: usize,
    /// Compute units.
    pub cu: u64,
}

/// A chain with the market on it, and what was measured so far.
pub struct Bench {
    /// The chain.
    pub machine: Machine,
    /// The market.
    pub market: Market,
    rows: Vec<Row>,
}

impl Bench {
    /// Measures everything.
    ///
    /// # Errors
    /// When the artifact does not load or an instruction fails.
    pub fn run() -> Result<Vec<Row>, String> {
        let mut bench = Self { machine: Machine::start()?, market: Market::new(), rows: Vec::new() };
        bench.market.write(&mut bench.machine)?;
        trader::measure(&mut bench)?;
        insurer::measure(&mut bench)?;
        keeper::measure(&mut bench)?;
        let derived = margin_check(&bench.rows)?;
        bench.rows.extend(derived);
        Ok(bench.rows)
    }

    /// Every number of positions with every number of collaterals.
    pub fn shapes() -> impl Iterator<Item = Shape> {
        POSITIONS.into_iter().flat_map(|positions| {
            COLLATERALS.into_iter().map(move |collaterals| Shape { positions, collaterals, spread: Spread::Own })
        })
    }

    /// Every number of positions, all on one underlying.
    pub fn shapes_on_one() -> impl Iterator<Item = Shape> {
        POSITIONS.into_iter().map(|positions| Shape { positions, collaterals: 0, spread: Spread::One })
    }

    /// Measures an instruction on accounts of a shape.
    ///
    /// # Errors
    /// When it fails.
    pub fn of_shape(
        &mut self,
        instruction: &str,
        case: &str,
        shape: Shape,
        holders: &[&Holder],
        sent: Instruction,
    ) -> Result<(), String> {
        self.record(instruction, case, (shape.positions, shape.collaterals), holders, sent)
    }

    /// Measures an instruction.
    ///
    /// # Errors
    /// When it fails.
    pub fn record(
        &mut self,
        instruction: &str,
        case: &str,
        (positions, collaterals): (usize, usize),
        holders: &[&Holder],
        sent: Instruction,
    ) -> Result<(), String> {
        self.record_all(instruction, case, (positions, collaterals), holders, &[sent])
    }

    /// Measures an instruction together with those that have to stand before it.
    ///
    /// # Errors
    /// When one of them fails.
    pub fn record_all(
        &mut self,
        instruction: &str,
        case: &str,
        (positions, collaterals): (usize, usize),
        holders: &[&Holder],
        sent: &[Instruction],
    ) -> Result<(), String> {
        for holder in holders {
            holder.write(&mut self.machine)?;
        }
        let cost = self.machine.cost(sent);
        let cu = cost.map_err(|error| {
            format!("{instruction} ({case}) with {positions} positions and {collaterals} collaterals: {error}")
        })?;
        self.rows.push(Row { instruction: instruction.into(), case: case.into(), positions, collaterals, cu });
        Ok(())
    }
}

/// What a margin check (one walk, one level) costs per item, from differences between withdrawals.
fn margin_check(rows: &[Row]) -> Result<Vec<Row>, String> {
    let cost = |case: &str, positions: usize, collaterals: usize| {
        let found = rows.iter().find(|row| {
            row.instruction == "withdraw"
                && row.case == case
                && row.positions == positions
                && row.collaterals == collaterals
        });
        found.map(|row| row.cu).ok_or_else(|| format!("no withdrawal `{case}` of {positions} and {collaterals}"))
    };
    let each = |more: u64, less: u64, items: u64| more.saturating_sub(less).div_ceil(items);
    // eight positions have eight underlyings; sixteen have twelve, so these do not measure the same
    let own = each(cost(trader::CHECK, 8, 0)?, cost(trader::CHECK, 1, 0)?, 7);
    let held = each(cost(trader::CHECK_ONE, 16, 0)?, cost(trader::CHECK_ONE, 1, 0)?, 15);
    let collateral = each(cost(trader::CHECK, 8, 7)?, cost(trader::CHECK, 8, 0)?, 7);
    let row = |case: &str, positions: usize, collaterals: usize, cu: u64| Row {
        instruction: "margin check".into(),
        case: case.into(),
        positions,
        collaterals,
        cu,
    };
    Ok(vec![
        row("per perpetual on an own underlying", 1, 0, own),
        row("per perpetual on an underlying already held", 1, 0, held),
        row("per collateral", 0, 1, collateral),
    ])
}
