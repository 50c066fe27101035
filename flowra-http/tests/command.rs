//! The `flowra` program as a person meets it: output, exit codes, signals.
#![expect(clippy::unwrap_used, reason = "a helper that cannot go on fails its test")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

fn flowra(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flowra"));
    command.args(arguments).current_dir(folder).env_clear();
    command
}

fn outcome(mut command: Command) -> (Option<i32>, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    (
        status.code(),
        String::from_utf8(stdout).unwrap(),
        String::from_utf8(stderr).unwrap(),
    )
}

#[test]
fn config_prints_the_effective_settings_with_their_sources() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("flowra.toml"), "registration = \"closed\"\n").unwrap();
    let mut command = flowra(
        folder.path(),
        &[
            "config",
            "--config",
            "flowra.toml",
            "--listen",
            "127.0.0.1:9",
            "--set",
            "cors=https://a.example",
        ],
    );
    command.env("FLOWRA_LIMITS__LOGINS_PER_MINUTE", "5");
    let (code, stdout, stderr) = outcome(command);
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    assert_eq!(stdout, include_str!("golden/config-command.txt"));
}

#[test]
fn a_wrong_setting_stops_the_start_with_exit_code_2() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = flowra(folder.path(), &["serve"]);
    command.env("FLOWRA_LIMITS__REQUESTS_PER_MINUTES", "5");
    let (code, stdout, stderr) = outcome(command);
    assert_eq!((code, stdout.as_str()), (Some(2), ""));
    assert!(
        stderr
            .starts_with("error: unknown setting `limits.requests_per_minutes` (environment FLOWRA_LIMITS__"),
        "{stderr}"
    );
    let (code, _, stderr) = outcome(flowra(folder.path(), &["serve", "--config", "absent.toml"]));
    assert_eq!(code, Some(2));
    assert!(
        stderr.starts_with("error: cannot read the configuration file absent.toml: "),
        "{stderr}"
    );
}

#[test]
fn an_unknown_command_is_bad_usage() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(outcome(flowra(folder.path(), &["dance"])).0, Some(2));
    assert_eq!(
        outcome(flowra(folder.path(), &["--set", "log", "config"])).0,
        Some(2)
    );
    assert_eq!(outcome(flowra(folder.path(), &["--help"])).0, Some(0));
}

#[test]
fn settings_that_only_look_right_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    for (setting, key, rule) in [
        (
            "log=loud",
            "log",
            "must be one of off, error, warn, info, debug, trace",
        ),
        (
            "metrics=127.0.0.1:8080",
            "metrics",
            "must be another address than that of `listen`",
        ),
        ("storage=sqlite::memory:", "storage", "must name a file"),
    ] {
        let (code, _, stderr) = outcome(flowra(folder.path(), &["config", "--set", setting]));
        assert_eq!(code, Some(2), "{setting}: {stderr}");
        assert!(
            stderr.contains(&format!("setting `{key}`")) && stderr.contains(rule),
            "{stderr}"
        );
    }
    for filter in ["debug", "info,flowra::access=off", "WARN", "flowra=trace"] {
        let (code, _, stderr) = outcome(flowra(folder.path(), &["config", "--log", filter]));
        assert_eq!(code, Some(0), "{filter}: {stderr}");
    }
}

#[test]
fn variables_of_the_tests_are_no_settings() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = flowra(folder.path(), &["config"]);
    command
        .env("FLOWRA_TEST_CACHE", "/tmp")
        .env("FLOWRA_TEST_REDIS", "x");
    let (code, _, stderr) = outcome(command);
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
}

#[test]
fn a_reader_that_has_enough_ends_a_command_quietly() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [&["openapi"][..], &["config"], &["--help"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = flowra(folder.path(), arguments);
        let Output { status, stderr, .. } = command
            .stdout(writer)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
            .wait_with_output()
            .unwrap();
        let stderr = String::from_utf8(stderr).unwrap();
        assert_eq!((status.code(), stderr.as_str()), (Some(0), ""), "{arguments:?}");
    }
}

#[test]
fn a_taken_port_is_a_failure_with_exit_code_1() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, _, stderr) = outcome(flowra(folder.path(), &["--listen", &address]));
    assert_eq!(code, Some(1));
    assert!(stderr.contains("set `listen` to another address"), "{stderr}");
}

/// Everything that a server in this folder says on standard output.
fn said_at_start(folder: &Path, arguments: &[&str]) -> String {
    let mut command = flowra(folder, &["--listen", "127.0.0.1:0"]);
    let mut child = command
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut said = String::new();
    out.read_line(&mut said).unwrap();
    let kill = Command::new("kill").arg(child.id().to_string()).status();
    assert!(kill.unwrap().success());
    out.read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{said}");
    said
}

#[test]
fn the_first_step_is_told_while_nobody_has_an_account_and_is_one_that_works() {
    let folder = tempfile::tempdir().unwrap();
    let open = said_at_start(folder.path(), &[]);
    assert!(
        open.contains("create an account") && open.contains("/api/v1/auth/register"),
        "{open}"
    );
    let closed = said_at_start(folder.path(), &["--set", "registration=closed"]);
    assert!(
        closed.contains("`flowra user add NAME --email ADDRESS --admin`"),
        "{closed}"
    );

    let (reader, mut password) = std::io::pipe().unwrap();
    password.write_all(b"correct horse battery\n").unwrap();
    drop(password);
    let advice = ["user", "add", "ada", "--email", "ada@example.org", "--admin"];
    let mut command = flowra(folder.path(), &advice);
    command.stdin(reader);
    let (code, _, stderr) = outcome(command);
    assert_eq!(code, Some(0), "{stderr}");
    for registration in ["registration=open", "registration=closed"] {
        let said = said_at_start(folder.path(), &["--set", registration]);
        assert!(
            said.contains(" runs at http://") && said.contains("flowra-data/flowra.db"),
            "{said}"
        );
        assert!(!said.contains("First step"), "{registration}: {said}");
    }
}

struct Serving {
    child: Child,
    greeting: Vec<String>,
    address: String,
}

fn serve(folder: &Path) -> Serving {
    let mut child = flowra(folder, &["--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
    let greeting: Vec<String> = lines.take(4).map(Result::unwrap).collect();
    let address = greeting[0].rsplit("http://").next().unwrap().to_owned();
    Serving {
        child,
        greeting,
        address,
    }
}

#[test]
fn without_a_command_it_serves_from_the_folder_it_stands_in_and_ends_well_on_sigterm() {
    for signal in ["TERM", "INT"] {
        let folder = tempfile::tempdir().unwrap();
        let mut serving = serve(folder.path());
        assert!(
            serving.greeting[2].ends_with("flowra-data/flowra.db"),
            "{:?}",
            serving.greeting
        );
        assert!(folder.path().join("flowra-data").is_dir());
        let mut stream = TcpStream::connect(&serving.address).unwrap();
        stream
            .write_all(b"GET /health?token=hush HTTP/1.1\r\nhost: x\r\nauthorization: Bearer hush\r\nconnection: close\r\n\r\n")
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");

        let pid = serving.child.id().to_string();
        assert!(
            Command::new("kill")
                .args([&format!("-{signal}"), &pid])
                .status()
                .unwrap()
                .success()
        );
        assert_eq!(serving.child.wait().unwrap().code(), Some(0), "SIG{signal}");
        let mut log = String::new();
        serving
            .child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut log)
            .unwrap();
        let access: Vec<serde_json::Value> = log
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .filter(|line: &serde_json::Value| line["target"] == "flowra::access")
            .collect();
        assert_eq!(access.len(), 1, "{log}");
        assert_eq!(
            (&access[0]["route"], &access[0]["status"]),
            (&"/health".into(), &200.into()),
            "{log}"
        );
        assert!(!log.contains("hush"), "{log}");
    }
}
