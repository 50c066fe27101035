//! The `flowra` command; everything it does is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    flowra_http::cli::run()
}
