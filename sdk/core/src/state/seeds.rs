//! Seeds of the program's derived addresses.

/// `exchange, creator, id`
pub const EXCHANGE: &[u8] = b"exchange";
/// `contract, exchange, id`
pub const CONTRACT: &[u8] = b"contract";
/// `vault, exchange, mint`
pub const VAULT: &[u8] = b"vault";
/// `tokens, vault`: the token account that a vault controls
pub const TOKENS: &[u8] = b"tokens";
/// `margin, exchange, owner, id`
pub const MARGIN: &[u8] = b"margin";
/// `insurance, exchange`
pub const INSURANCE: &[u8] = b"insurance";
/// `proposal, exchange, number`
pub const PROPOSAL: &[u8] = b"proposal";
/// `stake, exchange, owner`
pub const STAKE: &[u8] = b"stake";
