use std::ffi::OsString;
use std::path::PathBuf;

use super::*;

fn layers(environment: &[(&str, &str)], command_line: &[(&str, &str)]) -> Layers {
    Layers {
        file: None,
        environment: environment
            .iter()
            .map(|(k, v)| (OsString::from(k), OsString::from(v)))
            .collect(),
        command_line: command_line
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect(),
    }
}

fn with_file(text: &str, mut layers: Layers) -> (tempfile::TempDir, Layers) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flowra.toml");
    std::fs::write(&path, text).unwrap();
    layers.file = Some(path);
    (folder, layers)
}

fn read(layers: Layers) -> Result<Settings, ConfigError> {
    Settings::read(&Values::gather(layers)?)
}

fn refusal(layers: Layers) -> String {
    read(layers).unwrap_err().to_string()
}

#[test]
fn without_any_layer_the_defaults_of_the_contract_hold() {
    let settings = read(Layers::default()).unwrap();
    assert_eq!(
        settings,
        Settings {
            listen: "127.0.0.1:8080".parse().unwrap(),
            public_url: None,
            storage: Storage::Sqlite(PathBuf::from("./flowra-data/flowra.db")),
            redis: None,
            identity: Identity::Local,
            registration: Registration::Open,
            worker: Worker::Inside,
            limits: Limits {
                requests_per_minute: Some(600),
                logins_per_minute: Some(20),
                frames_per_minute: Some(60),
            },
            metrics: None,
            log: "info".to_owned(),
            cors: Vec::new(),
        }
    );
    assert_eq!(settings.address_for(settings.listen), "http://127.0.0.1:8080");
}

#[test]
fn a_file_yields_to_the_environment_and_the_environment_to_the_command_line() {
    let file = "listen = \"127.0.0.1:1\"\nlog = \"warn\"\n[limits]\nrequests_per_minute = 1\nlogins_per_minute = 1\n";
    let above = layers(
        &[
            ("FLOWRA_LISTEN", "127.0.0.1:2"),
            ("FLOWRA_LIMITS__REQUESTS_PER_MINUTE", "2"),
            ("HOME", "/root"),
        ],
        &[("listen", "127.0.0.1:3")],
    );
    let (_folder, layers) = with_file(file, above);
    let settings = read(layers).unwrap();
    assert_eq!(settings.listen.port(), 3);
    assert_eq!(settings.limits.requests_per_minute, Some(2));
    assert_eq!(settings.limits.logins_per_minute, Some(1));
    assert_eq!(settings.log, "warn");
}

#[test]
fn zero_lifts_a_limit() {
    let settings = read(layers(&[("FLOWRA_LIMITS__FRAMES_PER_MINUTE", "0")], &[])).unwrap();
    assert_eq!(settings.limits.frames_per_minute, None);
}

#[test]
fn a_list_is_written_as_an_array_or_with_commas() {
    let (_folder, in_file) = with_file(
        "cors = [\"https://a.example\", \"http://b.example:3000/\"]",
        Layers::default(),
    );
    let in_environment = layers(
        &[("FLOWRA_CORS", "https://a.example, http://B.example:3000")],
        &[],
    );
    let expected = vec!["https://a.example".to_owned(), "http://b.example:3000".to_owned()];
    assert_eq!(read(in_file).unwrap().cors, expected);
    assert_eq!(read(in_environment).unwrap().cors, expected);
}

#[test]
fn an_unknown_key_is_named_with_its_layer() {
    let (folder, in_file) = with_file("[limits]\nrequests = 1", Layers::default());
    let known = "the settings are listen, public_url, storage, redis, identity, registration, worker, \
                 limits.requests_per_minute, limits.logins_per_minute, limits.frames_per_minute, metrics, log, cors";
    let path = folder.path().join("flowra.toml");
    assert_eq!(
        refusal(in_file),
        format!(
            "unknown setting `limits.requests` (file {}); {known}",
            path.display()
        )
    );
    assert_eq!(
        refusal(layers(&[("FLOWRA_LISTENS", "x")], &[])),
        format!("unknown setting `listens` (environment FLOWRA_LISTENS); {known}")
    );
    assert_eq!(
        refusal(layers(&[], &[("colour", "x")])),
        format!("unknown setting `colour` (command line); {known}")
    );
}

#[test]
fn a_bad_value_is_named_with_its_rule_and_layer() {
    for (key, value, expected) in [
        (
            "listen",
            "8080",
            "must be an address and a port such as 127.0.0.1:8080, but it is `8080`",
        ),
        (
            "public_url",
            "chat.example.org",
            "must be http:// or https:// with a host and, if needed, a port, but it is `chat.example.org`",
        ),
        (
            "public_url",
            "https://chat.example.org/path",
            "must be http:// or https:// with a host and, if needed, a port, but it is `https://chat.example.org/path`",
        ),
        (
            "storage",
            "mongodb://localhost",
            "must be sqlite: and the path of a file, the only storage of this build, but it is `mongodb://localhost`",
        ),
        (
            "redis",
            "rediss://:secret@localhost",
            "must be redis://[user:password@]host[:port][/database], but it is a hidden value",
        ),
        (
            "identity",
            "keycloak",
            "must be local, the only identity provider of this build, but it is `keycloak`",
        ),
        (
            "registration",
            "maybe",
            "must be open or closed, but it is `maybe`",
        ),
        (
            "worker",
            "apart",
            "must be inside: this build has no worker of its own yet, but it is `apart`",
        ),
        (
            "limits.requests_per_minute",
            "-1",
            "must be a whole number from 0 (no limit) to 1000000, but it is `-1`",
        ),
        (
            "log",
            "info,=",
            "must be levels and targets such as info or info,flowra::access=off, but it is `info,=`",
        ),
        (
            "cors",
            "*",
            "must be http:// or https:// with a host and, if needed, a port, but it is `*`",
        ),
    ] {
        assert_eq!(
            refusal(layers(&[], &[(key, value)])),
            format!("setting `{key}` (command line): {expected}")
        );
    }
}

#[test]
fn a_missing_or_malformed_file_is_named() {
    let missing = Layers {
        file: Some(PathBuf::from("/nowhere/flowra.toml")),
        ..Layers::default()
    };
    assert_eq!(
        refusal(missing),
        "cannot read the configuration file /nowhere/flowra.toml"
    );
    let (folder, malformed) = with_file("listen = ", Layers::default());
    let path = folder.path().join("flowra.toml");
    assert_eq!(
        refusal(malformed),
        format!("the configuration file {} is not valid TOML", path.display())
    );
}

#[test]
fn the_report_shows_every_key_with_its_origin_and_hides_secrets() {
    let layers = layers(
        &[
            ("FLOWRA_LOG", "debug"),
            ("FLOWRA_REDIS", "redis://:secret@localhost"),
        ],
        &[("metrics", "127.0.0.1:9090")],
    );
    let report = Values::gather(layers).unwrap().to_string();
    assert_eq!(report, include_str!("../../tests/golden/config-report.txt"));
}

#[test]
fn every_default_obeys_its_own_rule_and_every_key_has_help() {
    assert!(read(Layers::default()).is_ok());
    assert!(KEYS.iter().all(|key| !key.about.is_empty()));
}
