//! All operations in one table: how often each is tried, how its arguments are drawn, and what is sent.

mod admin;
mod changes;
mod insurer;
mod keeper;
mod orders;
mod trader;
mod wind_down;

use anchor_lang::solana_program::instruction::Instruction;

use crate::draw::Draw;
use crate::effects::Touches;
use crate::market;
use crate::step::Arguments;
use crate::world::World;

/// What an operation does.
#[derive(Clone, Copy)]
pub enum Does {
    /// Sends instructions in one transaction; none where there is nothing to send them to.
    Sends(fn(&World, Arguments<'_>) -> Option<Vec<Instruction>>, Touches),
    /// Moves prices and time.
    Happens(fn(&mut World, Arguments<'_>)),
}

/// An operation.
pub struct Operation {
    /// Name of the instruction, or of what happens.
    pub name: &'static str,
    /// How often it is tried, against the others.
    pub weight: i64,
    /// Draws its arguments; none where nothing is sensible.
    pub draw: fn(&mut Draw<'_>) -> Option<Vec<i64>>,
    /// What it does.
    pub does: Does,
}

macro_rules! operations {
    ($($name:ident $weight:literal $draw:path, $build:path, $touches:ident;)+) => {
        &[
            Operation { name: "market", weight: 160, draw: market::draw, does: Does::Happens(market::happen) },
            $(Operation {
                name: stringify!($name),
                weight: $weight,
                draw: $draw,
                does: Does::Sends($build, Touches::$touches),
            },)+
        ]
    };
}

/// The table. A new instruction is a line here, a function that draws and one that builds.
pub const OPERATIONS: &[Operation] = operations! {
    gift 3 market::draw_gift, trader::gift, Nothing;

    trade 300 orders::draw_trade, orders::trade, Fill;
    cancel_orders 6 orders::draw_cancel, orders::cancel, Nothing;
    settle 80 trader::draw_settle, trader::settle, Settlement;
    settle_in_part 10 trader::draw_part, trader::part, Settlement;
    deposit 60 trader::draw_deposit, trader::deposit, Nothing;
    withdraw 50 trader::draw_withdraw, trader::withdraw, Nothing;
    transfer 40 trader::draw_transfer, trader::transfer, Nothing;
    open_account 5 trader::draw_open, trader::open, Nothing;
    close_account 5 trader::draw_close, trader::close, Nothing;
    set_delegate 8 trader::draw_delegate, trader::delegate, Nothing;
    set_top_up 10 trader::draw_top_up, trader::top_up, Nothing;

    fund_insurance 4 insurer::draw_insurance, insurer::insurance, Nothing;
    open_stake 3 insurer::draw_open, insurer::open, Nothing;
    stake 12 insurer::draw_stake, insurer::stake, Nothing;
    request_unstake 8 insurer::draw_request, insurer::request, Nothing;
    unstake 8 insurer::draw_unstake, insurer::unstake, Nothing;

    refresh 20 keeper::draw_refresh, keeper::refresh, Prices;
    post_depth 15 keeper::draw_depth, keeper::depth, Nothing;
    post_index 15 keeper::draw_index, keeper::index, Nothing;
    rebalance 90 keeper::draw_rebalance, keeper::rebalance, Rebalancing;
    liquidate 200 keeper::draw_liquidate, keeper::liquidate, Liquidation;
    deleverage 30 keeper::draw_deleverage, keeper::deleverage, Deleveraging;
    liquidate_collateral 60 keeper::draw_sale, keeper::sale, Sale;

    initialize_exchange 1 admin::draw_exchange, admin::exchange, Nothing;
    initialize_board 1 admin::draw_house, admin::board, Nothing;
    open_exchange 1 admin::draw_house, admin::open, Nothing;
    close_contract 2 admin::draw_contract, admin::close_contract, Nothing;
    collect_fees 6 admin::draw_contract, admin::collect_fees, Nothing;
    sweep 5 admin::draw_sweep, admin::sweep, Nothing;
    pause 2 admin::draw_pause, admin::pause, Nothing;
    nominate_admin 2 admin::draw_nominate, admin::nominate, Nothing;
    accept_admin 1 admin::draw_accept, admin::accept, Nothing;
    wind_down 4 wind_down::draw, wind_down::wind_down, Prices;

    create_underlying 1 changes::draw_creation, changes::create_underlying, Nothing;
    create_contract 1 changes::draw_creation, changes::create_contract, Nothing;
    create_vault 1 changes::draw_creation, changes::create_vault, Nothing;
    propose_change 8 changes::draw_proposal, changes::propose, Nothing;
    execute_change 6 changes::draw_due, changes::execute, Nothing;
    cancel_change 2 changes::draw_due, changes::cancel, Nothing;
    cancel_all_changes 1 changes::draw_cancel_all, changes::cancel_all, Nothing;
    tighten 6 changes::draw_tightening, changes::tighten, Nothing;
};

/// An operation by its name.
pub fn find(name: &str) -> Option<&'static Operation> {
    OPERATIONS.iter().find(|operation| operation.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interface;

    #[test]
    fn every_instruction_of_the_interface_is_an_operation() {
        for name in interface::names() {
            assert!(find(name).is_some(), "no operation sends `{name}`: add a line to OPERATIONS");
        }
    }
}
