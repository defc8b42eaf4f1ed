//! A valid call of every instruction, and the state that it is valid in.

mod defaults;
mod governance;
mod insurers;
mod keepers;
mod setting_up;
mod trading;
mod winding_down;

use anchor_lang::prelude::Pubkey;
use anchor_lang::solana_program::instruction::Instruction;
use ballast_tests::{Market, Snapshot};

/// Seconds after which every proposal is due and every stake payable.
const WEEK: i64 = 604_800;
/// Feed and account of gold's volatility index.
const INDEX: Pubkey = Pubkey::new_from_array([0x1D; 32]);

/// A valid call.
pub struct Case {
    /// The instruction's name in the interface.
    pub name: &'static str,
    /// What the case is about, where an instruction has several.
    pub about: &'static str,
    /// Instructions of the transaction that stand before it.
    pub before: Vec<Instruction>,
    /// The instruction.
    pub instruction: Instruction,
    /// The state in which it passes.
    pub state: Snapshot,
    /// Unix seconds and slot.
    pub clock: (i64, u64),
}

impl Case {
    /// The instruction, and the case where there are several.
    pub fn title(&self) -> String {
        if self.about.is_empty() { self.name.to_owned() } else { format!("{}, {}", self.name, self.about) }
    }
}

/// Cases as they are made.
#[derive(Default)]
struct Cases(Vec<Case>);

impl Cases {
    async fn add(&mut self, market: &Market, name: &'static str, about: &'static str, instruction: Instruction) {
        self.add_last(market, name, about, vec![instruction]).await;
    }

    /// The last of a transaction's instructions.
    async fn add_last(
        &mut self,
        market: &Market,
        name: &'static str,
        about: &'static str,
        mut instructions: Vec<Instruction>,
    ) {
        let (state, clock) = (market.state().await, (market.now(), market.chain.slot()));
        let instruction = instructions.pop().unwrap();
        self.0.push(Case { name, about, before: instructions, instruction, state, clock });
    }

    async fn all<const N: usize>(&mut self, market: &Market, cases: [(&'static str, Instruction); N]) {
        for (name, instruction) in cases {
            self.add(market, name, "", instruction).await;
        }
    }
}

/// A valid call of every instruction, each beside another exchange with the same accounts.
pub async fn all() -> Vec<Case> {
    let mut cases = Cases::default();
    let market = Market::start().await;
    let other = market.another().await;
    setting_up::add(&mut cases, &market).await;
    let here = governance::Begun::on(&market).await;
    governance::Begun::on(&other).await;
    market.advance(WEEK);
    market.republish().await;
    other.republish().await;
    governance::add(&mut cases, &market, &here).await;
    trading::Actors::on(&other).await;
    let actors = trading::Actors::on(&market).await;
    governance::add_collecting(&mut cases, &market).await;
    trading::add(&mut cases, &actors).await;
    insurers::add(&mut cases, &market, &here.staker).await;
    keepers::add(&mut cases, &actors).await;
    defaults::add(&mut cases).await;
    defaults::add_losing(&mut cases).await;
    winding_down::add(&mut cases).await;
    cases.0
}
