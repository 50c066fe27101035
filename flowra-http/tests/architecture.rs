//! The shape of the workspace and the truth of its documents, kept by programs.

#![expect(clippy::unwrap_used, reason = "a helper that cannot go on fails its test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::CommandFactory;
use flowra_core::Code;
use flowra_http::cli::Cli;
use flowra_http::config::KEYS;
use serde_json::Value;

/// What each crate may know of this workspace, outside of its tests. A crate that is not listed has no place yet.
fn may_know(name: &str) -> Vec<&'static str> {
    const ADAPTERS: [&str; 3] = [
        "flowra-adapters-mongo",
        "flowra-adapters-redis",
        "flowra-adapters-sqlite",
    ];
    match name {
        "flowra-core" | "flowra-examples" => Vec::new(),
        "flowra-testkit" => vec!["flowra-core"],
        name if ADAPTERS.contains(&name) => vec!["flowra-core"],
        "flowra-http" => [&["flowra-core"], &ADAPTERS[..]].concat(),
        unknown => panic!("{unknown} has no place: say here, and in ARCHITECTURE.md, what it may know"),
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()
        .unwrap()
}

fn cargo(arguments: &[&str]) -> String {
    let done = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(root())
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

/// Each crate of the workspace with those of the workspace that it names: how (`normal`, `dev`, `build`) and whom.
fn crates() -> BTreeMap<String, Vec<(String, String)>> {
    let metadata = cargo(&[
        "metadata",
        "--no-deps",
        "--format-version",
        "1",
        "--offline",
        "--locked",
    ]);
    let metadata: Value = serde_json::from_str(&metadata).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let named = |package: &Value| {
        let dependencies = package["dependencies"].as_array().unwrap().iter();
        let inside = dependencies.filter(|dependency| dependency["path"].is_string());
        let edge = |dependency: &Value| {
            let kind = dependency["kind"].as_str().unwrap_or("normal").to_owned();
            (kind, dependency["name"].as_str().unwrap().to_owned())
        };
        inside.map(edge).collect()
    };
    packages
        .iter()
        .map(|package| (package["name"].as_str().unwrap().to_owned(), named(package)))
        .collect()
}

#[test]
fn the_core_depends_on_nothing() {
    let tree = cargo(&[
        "tree",
        "-p",
        "flowra-core",
        "-e",
        "normal,build",
        "--offline",
        "--locked",
    ]);
    assert_eq!(tree.lines().count(), 1, "{tree}");
}

#[test]
fn dependencies_point_inward() {
    for (name, edges) in crates() {
        let allowed = may_know(&name);
        for (kind, dependency) in edges {
            assert!(
                kind == "dev" || allowed.contains(&dependency.as_str()),
                "{name} must not depend on {dependency}"
            );
        }
    }
}

#[test]
fn adapters_do_not_know_one_another() {
    let crates = crates();
    let adapters: Vec<_> = crates
        .keys()
        .filter(|name| name.starts_with("flowra-adapters-"))
        .collect();
    assert!(!adapters.is_empty());
    for adapter in adapters {
        for (_, dependency) in &crates[adapter] {
            assert!(
                ["flowra-core", "flowra-testkit"].contains(&dependency.as_str()),
                "{adapter} must not know {dependency}, not even in its tests"
            );
        }
    }
}

#[test]
fn the_core_is_kept_from_the_machine() {
    let bans = fs::read_to_string(root().join("flowra-core/clippy.toml")).unwrap();
    let banned = [
        "std::time::SystemTime::now",
        "std::env::var",
        "std::thread::spawn",
    ];
    for banned in banned {
        assert!(bans.contains(banned), "flowra-core/clippy.toml lost {banned}");
    }
    let core = root().join("flowra-core/src");
    for (file, source) in sources() {
        if file.starts_with(&core) {
            for word in [
                "SystemTime",
                "Instant::now",
                "std::env",
                "std::fs",
                "std::net",
                "std::thread",
            ] {
                assert!(!source.contains(word), "{} uses {word}", file.display());
            }
        }
    }
}

#[test]
fn no_source_file_is_longer_than_600_lines() {
    for (file, source) in sources() {
        let lines = source.lines().count();
        assert!(lines <= 600, "{} has {lines} lines", file.display());
    }
}

#[test]
fn every_invariant_names_a_test_that_exists() {
    let text = read("ARCHITECTURE.md");
    let code: String = sources().into_values().collect();
    let invariants: Vec<_> = text.split("- Architecture invariant:").skip(1).collect();
    assert!(invariants.len() >= 10, "the list of invariants is not found");
    for invariant in invariants {
        assert_kept(invariant, &code);
    }
}

#[test]
fn every_decision_names_a_test_that_exists() {
    let code: String = sources().into_values().collect();
    for document in documents() {
        let name = document.file_name().unwrap().to_str().unwrap();
        if document.starts_with(root().join("docs/adr"))
            && name.starts_with(|first: char| first.is_ascii_digit())
        {
            let text = fs::read_to_string(&document).unwrap();
            let kept = text.split("\nKept by:").nth(1);
            assert_kept(kept.unwrap_or_else(|| panic!("nothing keeps {name}")), &code);
            assert!(
                read("docs/adr/README.md").contains(name),
                "the list of decisions lacks {name}"
            );
        }
    }
}

#[test]
fn only_the_binary_chooses_an_allocator() {
    let attribute = format!("#[{}]", "global_allocator");
    let choosing: Vec<_> = sources()
        .into_iter()
        .filter(|(_, code)| code.contains(&attribute))
        .map(|(path, _)| path)
        .collect();
    assert_eq!(choosing, [root().join("flowra-http/src/main.rs")]);
}

/// Panics unless a promise names tests, in code quotes, and all of them exist.
fn assert_kept(promise: &str, code: &str) {
    let quoted = promise.split('`').skip(1).step_by(2);
    let names: Vec<_> = quoted
        .filter(|name| {
            name.contains('_')
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        })
        .collect();
    assert!(!names.is_empty(), "nothing keeps:{promise}");
    for name in names {
        assert!(is_test(name, code), "there is no test {name}");
    }
}

/// Whether a function of this name is run as a test: it bears the attribute and is not ignored everywhere, or is a clause of the contract.
fn is_test(name: &str, code: &str) -> bool {
    let function = format!("fn {name}(");
    code.match_indices(&function).any(|(at, _)| {
        let above = code[..at].rsplit("\n\n").next().unwrap_or_default();
        let is_clause = above.ends_with("pub(in crate::contract) async ");
        let bears = |attribute: &str| above.lines().any(|line| line.trim_start().starts_with(attribute));
        is_clause || ((bears("#[test]") || bears("#[tokio::test")) && !bears("#[ignore"))
    })
}

#[test]
fn only_what_runs_as_a_test_keeps_a_promise() {
    let code = "fn helps() {}\n\n#[test]\nfn runs() {}\n\n#[test]\n#[ignore]\nfn waits() {}\n\n// #[test]\nfn gone() {}\n";
    assert!(is_test("runs", code));
    for name in ["helps", "waits", "gone", "unknown"] {
        assert!(!is_test(name, code), "{name}");
    }
}

#[test]
fn the_map_names_only_what_is_there() {
    let text = read("ARCHITECTURE.md");
    let paths = text
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|name| name.starts_with("flowra-") && name.contains('/'));
    for path in paths {
        assert!(root().join(path).exists(), "{path} is not there");
    }
}

#[test]
fn the_reference_lists_every_code() {
    let text = read("docs/reference/errors.md");
    let mut codes: BTreeSet<String> = CORE_CODES.iter().map(|code| code.as_str().to_owned()).collect();
    for (file, source) in sources() {
        if file.starts_with(root().join("flowra-http/src")) && source.contains("ApiError") {
            for constructor in ["ApiError::new(", "Self::new("] {
                let calls = source.split(constructor).skip(1);
                let words = calls.filter_map(|call| call.split('"').nth(1));
                codes.extend(words.filter(|word| is_code(word)).map(str::to_owned));
            }
        }
    }
    assert_eq!(first_cells(&text), codes);
}

/// All of them: a new one breaks `every_code_of_the_core_is_listed_here`.
const CORE_CODES: [Code; 14] = [
    Code::ValidationError,
    Code::Unauthorized,
    Code::TokenExpired,
    Code::Forbidden,
    Code::NotParticipant,
    Code::NotChatAdmin,
    Code::NotAuthor,
    Code::NotFound,
    Code::AlreadyExists,
    Code::ConcurrentModification,
    Code::Deleted,
    Code::Expired,
    Code::InvalidState,
    Code::InvalidTransition,
];

#[test]
fn every_code_of_the_core_is_listed_here() {
    let source = read("flowra-core/src/refusal.rs");
    let declared = source.split("pub enum Code {").nth(1).unwrap();
    let declared = declared
        .split("\n}")
        .next()
        .unwrap()
        .lines()
        .filter(|line| line.ends_with(',') && !line.contains("///"));
    assert_eq!(declared.count(), CORE_CODES.len());
}

#[test]
fn the_reference_lists_every_event() {
    let golden = fs::read_dir(root().join("flowra-testkit/golden/events")).unwrap();
    let events: BTreeSet<String> = golden
        .map(|file| {
            file.unwrap()
                .path()
                .file_stem()
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert!(events.len() > 40, "{events:?}");
    assert_eq!(first_cells(&read("docs/reference/events.md")), events);
}

#[test]
fn the_reference_lists_every_setting() {
    let text = read("docs/reference/settings.md");
    let keys: BTreeSet<String> = KEYS.iter().map(|key| key.name.to_owned()).collect();
    assert_eq!(first_cells(&text), keys);
    for key in KEYS {
        let default = if key.default.is_empty() {
            String::new()
        } else {
            format!("`{}` ", key.default)
        };
        let row = format!("| `{}` | {default}|", key.name);
        assert!(
            text.contains(&row),
            "the default of {} is not that: {row}",
            key.name
        );
    }
}

#[test]
fn the_reference_lists_every_metric() {
    let source = read("flowra-http/src/http/metrics.rs");
    let names = source.split('"').filter(|word| word.starts_with("flowra_"));
    let names: BTreeSet<String> = names.map(str::to_owned).collect();
    assert!(names.len() > 3, "{names:?}");
    assert_eq!(first_cells(&read("docs/reference/metrics.md")), names);
}

#[test]
fn the_readme_lists_every_command() {
    let text = read("README.md");
    let command = Cli::command();
    for command in command.get_subcommands().filter(|command| !command.is_hide_set()) {
        let name = command.get_name();
        assert!(
            text.contains(&format!("| `flowra {name}")),
            "the README lacks `flowra {name}`"
        );
    }
}

#[test]
fn every_link_in_the_documents_leads_somewhere() {
    for document in documents() {
        let text = fs::read_to_string(&document).unwrap();
        let links = text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split([')', '#']).next());
        for link in links.filter(|link| !link.is_empty() && !link.contains("://")) {
            let target = document.parent().unwrap().join(link);
            assert!(target.exists(), "{}: {link}", document.display());
        }
    }
}

/// The first cells of all rows of tables, where they are in code quotes.
fn first_cells(text: &str) -> BTreeSet<String> {
    text.lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .map(str::to_owned)
        .collect()
}

fn is_code(word: &str) -> bool {
    word.len() > 4 && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// Every Rust file of the workspace.
fn sources() -> BTreeMap<PathBuf, String> {
    files("rs")
        .into_iter()
        .map(|file| {
            let source = fs::read_to_string(&file).unwrap();
            (file, source)
        })
        .collect()
}

fn documents() -> Vec<PathBuf> {
    files("md")
}

fn files(extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() && name != "target" && !name.starts_with('.') {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    found
}
