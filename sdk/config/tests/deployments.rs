//! Deployment files: what ships keeps the core's bounds, and what does not says why.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests may")]

use std::path::Path;

use ballast_config::{Config, ConfigError, Index, Parameters, Underlying};
use ballast_core::clearing;
use ballast_core::state::parameters::UnderlyingTerms;
use ballast_core::state::{Board, Exchange};
use ballast_core::units::{Key, Timestamp};
use bytemuck::Zeroable;

const FEED: &str = "e62df6c8b4a85fe1a67db44dc12de5db330f7ac66b72dc658afedf0f4a415b43";

fn shipped(name: &str) -> Config {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations");
    Config::load(&folder.join(format!("{name}.toml"))).unwrap()
}

fn market() -> Underlying {
    Underlying::with_defaults("BTC", FEED)
}

#[test]
fn every_deployment_keeps_the_bounds_of_the_core() {
    for name in ["localnet", "devnet", "mainnet"] {
        let config = shipped(name);
        config.exchange.terms(Key([1; 32])).unwrap().check().unwrap();
        let mut board = Box::new(Board::zeroed());
        for underlying in &config.underlying {
            clearing::create_underlying(
                &Exchange::zeroed(),
                &mut board,
                None,
                &underlying.terms().unwrap(),
                Timestamp(1),
            )
            .unwrap();
        }
        for contract in &config.contract {
            contract.terms(&config).unwrap();
        }
        for vault in &config.vault {
            vault.terms(&config).unwrap();
        }
    }
}

#[test]
fn every_deployment_ships_the_calibrated_model() {
    let calibrated = UnderlyingTerms::default();
    for name in ["localnet", "devnet", "mainnet"] {
        for underlying in shipped(name).underlying {
            let terms = underlying.terms().unwrap();
            assert_eq!((terms.half_lives, terms.weights), (calibrated.half_lives, calibrated.weights), "{name}");
            assert_eq!((terms.clips, terms.k, terms.learning), (calibrated.clips, calibrated.k, calibrated.learning));
            assert_eq!((terms.up, terms.down), (calibrated.up, calibrated.down), "{name} {}", underlying.symbol);
        }
    }
}

#[test]
fn defaults_come_back_as_they_were_written() {
    let mut market = market();
    market.index = Some(Index {
        authority: None,
        feed: Some(FEED.to_owned()),
        exponent: -2,
        weight: 800_000_000,
        longest_age: 7_200,
        step: 250_000_000,
    });
    let text = Parameters { underlying: vec![market.clone()] }.to_toml().unwrap();
    let read: Parameters = toml::from_str(&text).unwrap();
    assert_eq!(read.named(Some("btc")).unwrap(), &market);
    assert_eq!(read.underlying[0].terms().unwrap(), market.terms().unwrap());
}

fn message(change: impl FnOnce(&mut Underlying)) -> String {
    let mut market = market();
    change(&mut market);
    market.terms().unwrap_err().to_string()
}

#[test]
fn a_parameter_out_of_bounds_is_named_with_its_bounds() {
    assert!(message(|market| market.up = 600_000_000).starts_with("up of BTC is 600000000: it must be from 50000000"));
    assert!(message(|market| market.half_lives[1] = 1).starts_with("half_life of BTC is 1: it must be from 3600"));
    assert!(message(|market| market.depth_quorum = 6).starts_with("depth_quorum of BTC is 6: it must be from 1 to 5"));
    assert!(message(|market| market.horizon = u64::MAX).starts_with("horizon of BTC is 18446744073709551615"));
}

#[test]
fn parameters_that_do_not_go_together_say_why() {
    assert!(message(|market| market.weights = [1, 2]).ends_with("do not sum to one (1_000_000_000)"));
    let crossed = message(|market| (market.scan_minimum, market.scan_maximum) = (100_000_000, 60_000_000));
    assert!(crossed.ends_with("scan_minimum is above scan_maximum"), "{crossed}");
    assert_eq!(message(|market| market.feed = "beef".to_owned()), "the feed of BTC must be 64 hexadecimal digits");
    let index = |authority: Option<&str>, feed: Option<&str>| Index {
        authority: authority.map(str::to_owned),
        feed: feed.map(str::to_owned),
        exponent: 0,
        weight: 0,
        longest_age: 7_200,
        step: 250_000_000,
    };
    let neither = message(|market| market.index = Some(index(None, None)));
    assert_eq!(neither, "the index of BTC names either an authority or a feed");
    let nobody = message(|market| market.index = Some(index(Some("nobody"), None)));
    assert_eq!(nobody, "`nobody` is not an address");
}

#[test]
fn a_file_that_is_none_names_itself() {
    let missing = Config::load(Path::new("nowhere.toml"));
    assert!(matches!(missing, Err(ConfigError::Unreadable { .. })));
    assert!(missing.unwrap_err().to_string().starts_with("cannot read nowhere.toml: "));
    let parameters = Parameters { underlying: vec![market()] };
    assert!(matches!(parameters.named(Some("SOL")), Err(ConfigError::UnknownUnderlying(symbol)) if symbol == "SOL"));
    assert!(shipped("localnet").require_local().is_ok());
}
