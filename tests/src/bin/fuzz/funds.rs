//! What an instruction may do to an insurance fund and to those who have a stake in it.

use anchor_lang::solana_program::instruction::Instruction;
use ballast_client::key;
use ballast_core::state::{InsuranceFund, Stake};
use ballast_core::units::Shares;

use crate::effects::Touches;
use crate::interface;
use crate::outcome::{Violation, require};
use crate::world::{Left, World, metas};

/// Checks a fund that an instruction wrote.
pub fn check(world: &World, left: &Left, sent: &Instruction, touches: Touches, house: usize) -> Result<(), Violation> {
    let address = world.houses[house].insurance_fund();
    let (Some(before), Some(after)) = (world.fund(house), left.accounts.funds.get(&address)) else { return Ok(()) };
    let name = interface::listed(sent).map_or("", |of| of.name.as_str());
    let loses = touches.resolves() || touches == Touches::Prices;
    draws_are_bounded(before, after, name)?;
    for (at, stake) in world.accounts.stakes.iter().filter(|(_, stake)| stake.exchange == before.exchange) {
        let owner_signs =
            metas(std::slice::from_ref(sent)).any(|meta| meta.is_signer && key(&meta.pubkey) == stake.owner);
        let is = left.accounts.stakes.get(at).unwrap_or(stake);
        let detail = || format!("{stake:?} to {is:?} of {before:?} to {after:?} by {name}");
        require(owner_signs || stake == is, "nobody changes another's stake", detail)?;
        let counts = after.generation == before.generation && stake.generation == before.generation;
        if counts && !loses && (!owner_signs || stake == is) {
            let (was, is) = (worth(before, stake.shares), worth(after, stake.shares));
            require(is + 1 >= was, "nobody but losses lowers the worth of another's stake", detail)?;
        }
        if counts && stake != is && name == "unstake" {
            paid_its_worth(before, after, stake)
                .then_some(())
                .ok_or(())
                .or_else(|()| require(false, "whoever leaves is paid what the shares are worth", detail))?;
        }
    }
    Ok(())
}

/// Cash that shares are worth.
fn worth(fund: &InsuranceFund, shares: Shares) -> i128 {
    i128::from(fund.balance.0) * i128::from(shares.0) / i128::from(fund.shares.0).max(1)
}

fn paid_its_worth(before: &InsuranceFund, after: &InsuranceFund, stake: &Stake) -> bool {
    i128::from(before.balance.0) - i128::from(after.balance.0) <= worth(before, stake.leaving)
}

/// What the fund pays for losses stays within the day's limit.
fn draws_are_bounded(before: &InsuranceFund, after: &InsuranceFund, name: &str) -> Result<(), Violation> {
    let of_day = if before.day == after.day { before.drawn_today.0 } else { 0 };
    let drawn = after.drawn_today.0 - of_day;
    let fell = before.balance.0 - after.balance.0;
    let within = drawn == 0 || after.drawn_today <= before.draw_per_day;
    let covered = name == "unstake" || fell <= drawn;
    require(drawn >= 0 && within && covered, "insurance pays within its limits", || {
        format!("{before:?} to {after:?} by {name}")
    })
}
