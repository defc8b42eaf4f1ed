//! Events, decoded from a transaction's log lines.

use anchor_lang::{AnchorDeserialize, Discriminator};

/// Prefix of a log line that carries data.
const DATA: &str = "Program data: ";

/// All events of one type in a transaction's log lines, in order.
///
/// ```
/// use ballast::events::Settled;
/// assert!(ballast_client::events::decode::<Settled>(&["Program log: hello".to_string()]).is_empty());
/// ```
#[must_use]
pub fn decode<E: Discriminator + AnchorDeserialize>(logs: &[String]) -> Vec<E> {
    let events = logs.iter().filter_map(|line| line.strip_prefix(DATA)).filter_map(base64_decode);
    events
        .filter_map(|bytes| {
            let mut body = bytes.strip_prefix(E::DISCRIMINATOR)?;
            E::deserialize(&mut body).ok()
        })
        .collect()
}

fn base64_decode(text: &str) -> Option<Vec<u8>> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text).ok()
}
