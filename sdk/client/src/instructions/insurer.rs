//! Builders for insurers.

use super::*;

impl Deployment {
    /// `fund_insurance` from a token account of the insurer.
    #[must_use]
    pub fn fund_insurance(&self, insurer: Pubkey, source: Pubkey, amount: Tokens) -> Instruction {
        let vault = self.vault(&self.quote.mint);
        build(
            accounts::FundInsurance {
                insurer,
                insurance_fund: self.insurance_fund(),
                vault,
                vault_tokens: addresses::vault_tokens(&vault),
                mint: self.quote.mint,
                source,
                token_program: self.quote.token_program,
            },
            instruction::FundInsurance { amount },
        )
    }

    /// `open_stake`; the owner pays the rent.
    #[must_use]
    pub fn open_stake(&self, owner: Pubkey) -> Instruction {
        build(
            accounts::OpenStake {
                payer: owner,
                owner,
                exchange: self.exchange,
                stake: self.stake_of(&owner),
                system_program: SYSTEM_PROGRAM,
            },
            instruction::OpenStake {},
        )
    }

    /// `stake` from a token account of the owner, for at least so many shares.
    #[must_use]
    pub fn stake(&self, owner: Pubkey, source: Pubkey, amount: Tokens, least: Shares) -> Instruction {
        let vault = self.vault(&self.quote.mint);
        build(
            accounts::StakeCash {
                owner,
                exchange: self.exchange,
                insurance_fund: self.insurance_fund(),
                stake: self.stake_of(&owner),
                vault,
                vault_tokens: addresses::vault_tokens(&vault),
                mint: self.quote.mint,
                source,
                token_program: self.quote.token_program,
            },
            instruction::Stake { amount, least },
        )
    }

    /// `request_unstake`.
    #[must_use]
    pub fn request_unstake(&self, owner: Pubkey, shares: Shares) -> Instruction {
        build(
            accounts::RequestUnstake { owner, insurance_fund: self.insurance_fund(), stake: self.stake_of(&owner) },
            instruction::RequestUnstake { shares },
        )
    }

    /// `unstake` to a token account.
    #[must_use]
    pub fn unstake(&self, owner: Pubkey, destination: Pubkey) -> Instruction {
        let vault = self.vault(&self.quote.mint);
        build(
            accounts::Unstake {
                owner,
                exchange: self.exchange,
                insurance_fund: self.insurance_fund(),
                stake: self.stake_of(&owner),
                vault,
                vault_tokens: addresses::vault_tokens(&vault),
                mint: self.quote.mint,
                destination,
                token_program: self.quote.token_program,
            },
            instruction::Unstake {},
        )
    }
}
