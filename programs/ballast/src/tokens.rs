//! The two functions that move tokens, and which mints they move.

use anchor_lang::prelude::*;
use anchor_spl::token_2022::spl_token_2022::extension::{BaseStateWithExtensions, ExtensionType, StateWithExtensions};
use anchor_spl::token_2022::spl_token_2022::state::Mint as MintState;
use anchor_spl::token_interface::{self, Mint, TokenAccount, TokenInterface, TransferChecked};
use ballast_core::BallastError;
use ballast_core::state::{Vault, seeds};
use ballast_core::units::Tokens;

/// Fails unless a mint is plain: of the classic token program, or with metadata and group pointers only.
///
/// Any other extension may take tokens out of a vault, keep them in it, or send it less than was paid; one that lets the
/// mint be closed lets it come back with all of these. Once is enough: of a live mint only metadata and groups can be
/// extended. An extension that the token interface does not know is refused.
pub(crate) fn require_plain_mint(mint: &AccountInfo<'_>) -> Result<()> {
    if *mint.owner == anchor_spl::token::ID {
        return Ok(());
    }
    require_keys_eq!(*mint.owner, anchor_spl::token_2022::ID, ErrorCode::AccountOwnedByWrongProgram);
    let data = mint.try_borrow_data()?;
    let state = StateWithExtensions::<MintState>::unpack(&data)?;
    let extensions = state.get_extension_types().map_err(|_| BallastError::MintExtension)?;
    if extensions.into_iter().all(is_harmless) { Ok(()) } else { Err(BallastError::MintExtension.into()) }
}

/// Whether an extension only says what a mint is called and which group it belongs to.
const fn is_harmless(extension: ExtensionType) -> bool {
    matches!(
        extension,
        ExtensionType::MetadataPointer
            | ExtensionType::TokenMetadata
            | ExtensionType::GroupPointer
            | ExtensionType::TokenGroup
            | ExtensionType::GroupMemberPointer
            | ExtensionType::TokenGroupMember
    )
}

/// Moves tokens from a signer's account into a vault's; returns what the vault's account gained.
pub(crate) fn receive<'info>(
    payer: &Signer<'info>,
    source: &InterfaceAccount<'info, TokenAccount>,
    vault_tokens: &mut InterfaceAccount<'info, TokenAccount>,
    mint: &InterfaceAccount<'info, Mint>,
    token_program: &Interface<'info, TokenInterface>,
    amount: Tokens,
) -> Result<Tokens> {
    let before = Tokens(vault_tokens.amount);
    let accounts = TransferChecked {
        from: source.to_account_info(),
        mint: mint.to_account_info(),
        to: vault_tokens.to_account_info(),
        authority: payer.to_account_info(),
    };
    token_interface::transfer_checked(CpiContext::new(token_program.key(), accounts), amount.0, mint.decimals)?;
    vault_tokens.reload()?;
    Ok(Tokens(vault_tokens.amount).minus(before)?)
}

/// Moves tokens out of a vault's account, signed by the vault.
///
/// The vault must not be borrowed by the caller.
pub(crate) fn send<'info>(
    vault: &AccountLoader<'info, Vault>,
    vault_tokens: &InterfaceAccount<'info, TokenAccount>,
    mint: &InterfaceAccount<'info, Mint>,
    destination: &InterfaceAccount<'info, TokenAccount>,
    token_program: &Interface<'info, TokenInterface>,
    amount: Tokens,
) -> Result<()> {
    let Vault { exchange, mint: of, bump, .. } = *vault.load()?;
    let signer: &[&[u8]] = &[seeds::VAULT, &exchange.0, &of.0, &[bump]];
    let accounts = TransferChecked {
        from: vault_tokens.to_account_info(),
        mint: mint.to_account_info(),
        to: destination.to_account_info(),
        authority: vault.to_account_info(),
    };
    let signers = [signer];
    let context = CpiContext::new_with_signer(token_program.key(), accounts, &signers);
    token_interface::transfer_checked(context, amount.0, mint.decimals)
}

#[cfg(test)]
mod tests {
    use anchor_lang::solana_program::program_option::COption;
    use anchor_lang::solana_program::program_pack::Pack;
    use anchor_spl::token_2022::spl_token_2022::extension::{
        AccountType, BaseStateWithExtensionsMut, Extension, StateWithExtensionsMut, group_member_pointer,
        group_pointer, metadata_pointer, mint_close_authority, pausable, permanent_delegate, transfer_fee,
        transfer_hook,
    };

    use super::*;

    const TOKEN_2022: Pubkey = anchor_spl::token_2022::ID;
    const MINT: MintState = MintState {
        mint_authority: COption::None,
        supply: 1_000_000,
        decimals: 6,
        is_initialized: true,
        freeze_authority: COption::None,
    };

    fn check(owner: Pubkey, data: &mut [u8]) -> Result<()> {
        let key = Pubkey::new_from_array([7; 32]);
        let mut lamports = 1;
        require_plain_mint(&AccountInfo::new(&key, false, false, &mut lamports, data, &owner, false))
    }

    /// A mint without extensions, as both programs lay it out.
    fn plain() -> Vec<u8> {
        let mut data = vec![0; MintState::LEN];
        MINT.pack_into_slice(&mut data);
        data
    }

    /// A mint with one extension, written by the token interface.
    fn extended<E: Extension + bytemuck::Pod + Default>() -> Vec<u8> {
        let length = ExtensionType::try_calculate_account_len::<MintState>(&[E::TYPE]).unwrap();
        let mut data = vec![0; length];
        let mut state = StateWithExtensionsMut::<MintState>::unpack_uninitialized(&mut data).unwrap();
        state.init_extension::<E>(true).unwrap();
        state.base = MINT;
        state.pack_base();
        state.init_account_type().unwrap();
        data
    }

    /// A mint with entries of these types, four bytes each.
    fn entries(types: &[u16]) -> Vec<u8> {
        let mut data = plain();
        data.resize(165, 0);
        data.push(AccountType::Mint.into());
        for number in types {
            data.extend(number.to_le_bytes());
            data.extend(4_u16.to_le_bytes());
            data.extend([0; 4]);
        }
        data
    }

    #[test]
    fn a_mint_without_extensions_passes() {
        check(anchor_spl::token::ID, &mut plain()).unwrap();
        check(TOKEN_2022, &mut plain()).unwrap();
        check(TOKEN_2022, &mut entries(&[])).unwrap();
    }

    #[test]
    fn pointers_pass() {
        check(TOKEN_2022, &mut extended::<metadata_pointer::MetadataPointer>()).unwrap();
        check(TOKEN_2022, &mut extended::<group_pointer::GroupPointer>()).unwrap();
        check(TOKEN_2022, &mut extended::<group_member_pointer::GroupMemberPointer>()).unwrap();
    }

    #[test]
    fn extensions_that_touch_balances_are_refused() {
        for mut mint in [
            extended::<transfer_fee::TransferFeeConfig>(),
            extended::<transfer_hook::TransferHook>(),
            extended::<permanent_delegate::PermanentDelegate>(),
            extended::<mint_close_authority::MintCloseAuthority>(),
            extended::<pausable::PausableConfig>(),
        ] {
            assert_eq!(check(TOKEN_2022, &mut mint), Err(BallastError::MintExtension.into()));
        }
    }

    #[test]
    fn every_other_extension_is_refused_known_or_not() {
        use ExtensionType as E;
        let harmless = [
            E::MetadataPointer,
            E::TokenMetadata,
            E::GroupPointer,
            E::TokenGroup,
            E::GroupMemberPointer,
            E::TokenGroupMember,
        ];
        let harmless = harmless.map(u16::from);
        for number in 1..=u16::MAX {
            let expected =
                if harmless.contains(&number) { Ok(()) } else { Err(Error::from(BallastError::MintExtension)) };
            assert_eq!(check(TOKEN_2022, &mut entries(&[number])), expected, "extension {number}");
        }
        check(TOKEN_2022, &mut entries(&harmless)).unwrap();
    }

    #[test]
    fn one_bad_extension_among_good_ones_is_refused() {
        let pointer = u16::from(ExtensionType::MetadataPointer);
        for other in [u16::from(ExtensionType::PermanentDelegate), 999] {
            for types in [[other, pointer, pointer], [pointer, other, pointer], [pointer, pointer, other]] {
                assert_eq!(check(TOKEN_2022, &mut entries(&types)), Err(BallastError::MintExtension.into()));
            }
        }
    }

    #[test]
    fn an_entry_that_is_cut_is_refused() {
        let mut mint = entries(&[u16::from(ExtensionType::MetadataPointer)]);
        mint.pop();
        assert_eq!(check(TOKEN_2022, &mut mint), Err(BallastError::MintExtension.into()));
    }

    #[test]
    fn what_is_no_mint_is_refused() {
        check(Pubkey::default(), &mut plain()).unwrap_err();
        check(TOKEN_2022, &mut []).unwrap_err();
        check(TOKEN_2022, &mut [0; MintState::LEN]).unwrap_err();
        let mut account = entries(&[]);
        account[165] = AccountType::Account.into();
        check(TOKEN_2022, &mut account).unwrap_err();
    }
}
