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
/// Any other extension can take tokens out of a vault, stop it from sending, or send it less than was paid; one that
/// lets the mint be closed lets it come back with any of them. Of the extensions allowed here, those that may be added
/// later are harmless too. What this version of the token interface does not know is refused.
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
