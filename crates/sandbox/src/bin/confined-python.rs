//! The launcher by itself, for tests: the `onetake` program is it too, when it is asked.

use std::process::ExitCode;

fn main() -> ExitCode {
    sandbox::launch(std::env::args_os().skip(2))
}
