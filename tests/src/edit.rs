//! Instructions as an attacker would send them: the builder's, with something exchanged.

use anchor_lang::prelude::{AccountMeta, Pubkey};
use anchor_lang::solana_program::instruction::Instruction;

/// Changes to an instruction that a builder filled in.
pub trait Edit {
    /// Another account in the place of one.
    #[must_use]
    fn with(self, account: Pubkey, instead: Pubkey) -> Self;

    /// An account, writable, in a place that the builder has left out.
    #[must_use]
    fn filled(self, place: usize, account: Pubkey) -> Self;

    /// Without somebody's signature.
    #[must_use]
    fn unsigned(self, signer: Pubkey) -> Self;
}

impl Edit for Instruction {
    fn with(mut self, account: Pubkey, instead: Pubkey) -> Self {
        let mut places = self.accounts.iter_mut().filter(|meta| meta.pubkey == account).peekable();
        assert!(places.peek().is_some(), "the instruction does not take {account}");
        places.for_each(|meta| meta.pubkey = instead);
        self
    }

    fn filled(mut self, place: usize, account: Pubkey) -> Self {
        assert_eq!(self.accounts[place].pubkey, ballast::ID, "the instruction takes an account there");
        self.accounts[place] = AccountMeta::new(account, false);
        self
    }

    fn unsigned(mut self, signer: Pubkey) -> Self {
        let mut places = self.accounts.iter_mut().filter(|meta| meta.pubkey == signer && meta.is_signer).peekable();
        assert!(places.peek().is_some(), "{signer} does not sign the instruction");
        places.for_each(|meta| meta.is_signer = false);
        self
    }
}
