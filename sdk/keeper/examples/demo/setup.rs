//! Sets the exchange up from its configuration, through the client's instruction builders.

use anyhow::Result;
use ballast_client::{Deployment, MintOf, addresses, key};
use ballast_core::state::Board;
use ballast_core::units::{Tokens, Usd};
use ballast_keeper::{Book, Sender};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use surfpool_sdk::{Keypair, Pubkey, Signer};

use crate::prices::Quote;
use crate::world::{TOKEN_PROGRAM, World};
use ballast_config::Config;

/// Cash of the market maker: it stands on the other side of every trader.
const MAKER_CASH: u64 = 80_000_000_000_000;
/// Cash of the keeper.
const KEEPER_CASH: u64 = 20_000_000_000_000;
/// Cash of the insurance fund.
const INSURANCE: u64 = 250_000_000_000;

/// A wallet and its margin account.
#[derive(Debug)]
pub struct Party {
    /// Signs.
    pub owner: Keypair,
    /// The margin account.
    pub account: Pubkey,
}

/// An exchange that is ready for traders.
#[derive(Debug)]
pub struct Venue {
    /// Where it lies.
    pub deployment: Deployment,
    /// Mint of SOL.
    pub sol: MintOf,
    /// Id of the contract that is traded.
    pub contract: u32,
    /// Holds every role and posts depth.
    pub admin: Keypair,
    /// Counterparty of every trader.
    pub maker: Party,
    /// Owns the account that takes positions over.
    pub keeper: Party,
}

/// Creates exchange, board, underlyings, contract and vaults; funds insurance, market maker and keeper.
pub fn exchange(world: &World, config: &Config, seed: u64) -> Result<Venue> {
    // addresses decide in which order a keeper looks at accounts: with them a seed decides everything
    let mut random = ChaCha8Rng::seed_from_u64(seed ^ 0x6b65_7973);
    let mut wallet = || Keypair::new_from_array(random.random());
    let sender = Sender::new(&world.rpc, &world.payer);
    let admin = wallet();
    world.fund(&admin.pubkey())?;
    let quote = MintOf { mint: world.make_mint(6)?, token_program: TOKEN_PROGRAM };
    let sol = MintOf { mint: world.make_mint(config.vault[0].decimals)?, token_program: TOKEN_PROGRAM };
    let board = wallet();
    let deployment = Deployment { exchange: addresses::exchange(&admin.pubkey(), 0), board: board.pubkey(), quote };

    let terms = config.exchange.terms(key(&admin.pubkey()))?;
    let space = Board::SPACE;
    let create_board = solana_system_interface::instruction::create_account(
        &world.payer.pubkey(),
        &board.pubkey(),
        world.rpc.get_minimum_balance_for_rent_exemption(space)?,
        u64::try_from(space)?,
        &ballast_client::ID,
    );
    sender.send(
        &[
            Deployment::initialize_exchange(admin.pubkey(), 0, quote.mint, terms),
            create_board,
            deployment.initialize_board(admin.pubkey()),
        ],
        &[&admin, &board],
    )?;
    for underlying in &config.underlying {
        sender.send(&[deployment.create_underlying(admin.pubkey(), underlying.terms()?)], &[&admin])?;
    }
    for (id, contract) in (1..).zip(&config.contract) {
        sender.send(&[deployment.create_contract(admin.pubkey(), id, contract.terms(config)?)], &[&admin])?;
    }
    sender.send(&[deployment.create_vault(admin.pubkey(), quote, config.quote.terms())], &[&admin])?;
    sender.send(&[deployment.create_vault(admin.pubkey(), sol, config.vault[0].terms(config)?)], &[&admin])?;

    sender.send(&[deployment.open_exchange(admin.pubkey())], &[&admin])?;

    let source = world.give(&admin.pubkey(), &quote.mint, INSURANCE)?;
    sender.send(&[deployment.fund_insurance(admin.pubkey(), source, Tokens(INSURANCE))], &[&admin])?;
    let maker = party(world, &deployment, wallet(), 0, MAKER_CASH)?;
    let keeper = party(world, &deployment, wallet(), 0, KEEPER_CASH)?;
    Ok(Venue { deployment, sol, contract: 1, admin, maker, keeper })
}

/// Opens a margin account of a wallet and deposits cash.
pub fn party(world: &World, deployment: &Deployment, owner: Keypair, id: u16, cash: u64) -> Result<Party> {
    let wallet = owner.pubkey();
    world.fund(&wallet)?;
    let source = world.give(&wallet, &deployment.quote.mint, cash)?;
    let account = deployment.account(&wallet, id);
    let open = deployment.open_account(wallet, id);
    let deposit = deployment.deposit(wallet, account, deployment.quote, source, Tokens(cash));
    Sender::new(&world.rpc, &world.payer).send(&[open, deposit], &[&owner])?;
    Ok(Party { owner, account })
}

/// Posts the depth of the contract's underlying when it has changed by a twentieth or stands no longer.
pub fn post_depth(world: &World, venue: &Venue, book: &Book, quote: &Quote) -> Result<bool> {
    let row = book.board.underlying(0)?;
    let posted = row.depth.median.0 as f64 / 1e6;
    let fresh = book.now().since(row.depth.at) < row.depth_terms.longest_age;
    if fresh && (quote.depth / posted - 1.0).abs() < 0.05 {
        return Ok(false);
    }
    let depth = Usd((quote.depth * 1e6) as i64);
    let instruction = venue.deployment.post_depth(venue.admin.pubkey(), 0, depth);
    Sender::new(&world.rpc, &world.payer).send(&[instruction], &[&venue.admin])?;
    Ok(true)
}

/// Plays the history: prices only, so that volatility knows the market and collateral has reached its weight.
pub fn warm_up(world: &mut World, venue: &Venue, history: &[Quote]) -> Result<Book> {
    let mut book = None;
    for quote in history {
        world.publish(quote)?;
        let read = match book.take() {
            None => Book::fetch(&world.rpc, venue.deployment)?,
            Some(read) => read,
        };
        let prices: Vec<(u8, Pubkey)> = read.published.iter().map(|held| (held.underlying, held.oracle)).collect();
        let refresh = venue.deployment.refresh(&read.board, Some(venue.keeper.account), &prices)?;
        Sender::new(&world.rpc, &world.payer).send(&[refresh], &[])?;
        book = Some(read);
    }
    Book::fetch(&world.rpc, venue.deployment).map_err(Into::into)
}
