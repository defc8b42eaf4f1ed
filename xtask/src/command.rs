//! Running other programs: their output is the user's, and their failure is ours.

use std::{
    fmt,
    path::Path,
    process::{Command, Stdio},
};

/// Why a task stopped, in words for the person at the terminal.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    /// Names the file or folder that an I/O error is about; the error itself does not.
    pub(crate) fn at(path: &Path, error: &std::io::Error) -> Self {
        Self(format!("{}: {error}", path.display()))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// Runs a command to its end. What it prints goes to the terminal.
pub(crate) fn run(command: &mut Command) -> Outcome {
    let status = command.status().map_err(|error| could_not_start(command, &error))?;
    if status.success() { Ok(()) } else { Err(Failure::new(format!("{} ended with {status}", name(command)))) }
}

/// Runs a command to its end and returns what it prints; its messages still go to the terminal.
pub(crate) fn capture(command: &mut Command) -> Outcome<String> {
    let output = command.stderr(Stdio::inherit()).output().map_err(|error| could_not_start(command, &error))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        Ok(text)
    } else {
        // Cargo's tests report a failure on standard output.
        eprint!("{text}");
        Err(Failure::new(format!("{} ended with {}", name(command), output.status)))
    }
}

/// Whether a program of this name is on the path.
pub(crate) fn installed(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}

fn could_not_start(command: &Command, error: &std::io::Error) -> Failure {
    Failure::new(format!("{} could not be started: {error}", name(command)))
}

/// The command as it would be typed, short enough for one line.
fn name(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let mut words = vec![program.to_string_lossy()];
    words.extend(command.get_args().map(|word| word.to_string_lossy()));
    format!("`{}`", words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_program_is_named_with_its_arguments_and_status() {
        let failure = run(Command::new("/bin/sh").args(["-c", "exit 3"])).unwrap_err();
        assert_eq!(failure.to_string(), "`sh -c exit 3` ended with exit status: 3");
    }

    #[test]
    fn a_missing_program_is_named() {
        let failure = run(&mut Command::new("/nowhere/tool")).unwrap_err();
        assert!(failure.to_string().starts_with("`tool` could not be started"));
    }

    #[test]
    fn output_is_returned() {
        let text = capture(Command::new("/bin/sh").args(["-c", "echo yes"]));
        assert_eq!(text, Ok("yes\n".to_owned()));
    }
}
