//! The `flowra` command; everything it does is in the library.

use std::process::ExitCode;

/// A request makes some hundred small allocations and frees many of them on another thread, which is this one's strength.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    flowra_http::cli::run()
}
