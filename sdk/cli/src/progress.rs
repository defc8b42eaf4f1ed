//! Progress on the terminal: a bar for what lasts, nothing where nobody watches.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar that counts to a length; hidden when standard error is no terminal.
pub(crate) fn bar(length: u64, what: &'static str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr_with_hz(8));
    if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {percent:>3} % {eta:>5}") {
        bar.set_style(style);
    }
    bar.set_message(what);
    bar
}

/// A spinner for steps whose length nobody knows.
pub(crate) fn spinner() -> ProgressBar {
    let spinner = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(8));
    spinner.enable_steady_tick(Duration::from_millis(120));
    spinner
}
