//! The files in `deploy/`, as far as they can be tried without a container engine: they parse, name exact versions, and hand every service of Flowra
//! settings that it accepts.

#![expect(clippy::unwrap_used, reason = "a helper that cannot go on fails its test")]

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../deploy")
}

fn read(name: &str) -> String {
    fs::read_to_string(folder().join(name)).unwrap()
}

/// The file with its anchors and merges put in.
fn yaml(name: &str) -> Value {
    let mut parsed: serde_yaml_ng::Value = serde_yaml_ng::from_str(&read(name)).unwrap();
    parsed.apply_merge().unwrap();
    serde_json::to_value(parsed).unwrap()
}

/// The compose files with their names.
fn compositions() -> Vec<(String, Value)> {
    let mut found: Vec<_> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("compose."))
        .map(|name| {
            let parsed = yaml(&name);
            (name, parsed)
        })
        .collect();
    found.sort_by(|one, other| one.0.cmp(&other.0));
    assert!(!found.is_empty(), "no compose file");
    found
}

fn services(composition: &Value) -> impl Iterator<Item = (&String, &Value)> {
    composition["services"].as_object().unwrap().iter()
}

/// The variables of `env.example`.
fn example() -> BTreeMap<String, String> {
    read("env.example")
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| {
            let (name, value) = line.split_once('=').unwrap();
            (name.to_owned(), value.to_owned())
        })
        .collect()
}

/// The text with `${NAME}`, `${NAME:-default}` and `${NAME:?why}` put in, as compose does it.
fn resolve(text: &str, variables: &BTreeMap<String, String>) -> String {
    let mut resolved = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (expression, after) = after.split_once('}').unwrap();
        let (name, default) = match expression.split_once(":-") {
            Some((name, default)) => (name, Some(default)),
            None => (
                expression.split_once(":?").map_or(expression, |(name, _)| name),
                None,
            ),
        };
        let value = variables.get(name).map(String::as_str).or(default);
        resolved += before;
        resolved += value.unwrap_or_else(|| panic!("env.example lacks {name}, which is needed by {text}"));
        rest = after;
    }
    resolved + rest
}

/// Whether an image is named by a version that does not move: three numbers, or two and a distribution.
fn is_pinned(image: &str) -> bool {
    let Some((_, tag)) = image.rsplit_once(':') else {
        return false;
    };
    tag.split(['.', '-'])
        .filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
        .count()
        >= 2
}

#[test]
fn every_image_is_named_by_its_version() {
    for (name, composition) in compositions() {
        for (service, described) in services(&composition) {
            let image = described["image"].as_str().unwrap_or_default();
            assert!(is_pinned(image), "{name}: {service} runs {image}");
        }
    }
    for line in read("Dockerfile")
        .lines()
        .filter(|line| line.starts_with("FROM "))
    {
        let image = line.split(' ').nth(1).unwrap();
        assert!(is_pinned(image), "{line}");
    }
}

#[test]
fn the_image_and_the_compose_files_are_of_this_version() {
    let image = format!("flowra:{}", env!("CARGO_PKG_VERSION"));
    assert!(read("Dockerfile").contains(&image));
    for (name, composition) in compositions() {
        let ours: Vec<_> = services(&composition)
            .filter_map(|(_, described)| described["image"].as_str())
            .filter(|image| image.starts_with("flowra:"))
            .collect();
        assert!(
            !ours.is_empty() && ours.iter().all(|found| *found == image),
            "{name}: {ours:?}"
        );
    }
}

#[test]
fn flowra_accepts_the_settings_that_the_compose_files_give_it() {
    let variables = example();
    for (name, composition) in compositions() {
        for (service, described) in services(&composition) {
            if !described["image"]
                .as_str()
                .is_some_and(|image| image.starts_with("flowra:"))
            {
                continue;
            }
            let given = described["environment"].as_object().unwrap();
            let mut command = Command::new(env!("CARGO_BIN_EXE_flowra"));
            command.arg("config").env_clear();
            for (key, value) in given {
                command.env(key, resolve(value.as_str().unwrap(), &variables));
            }
            let done = command.output().unwrap();
            let said = String::from_utf8_lossy(&done.stderr);
            assert!(done.status.success(), "{name}: {service}: {said}");
        }
    }
}

#[test]
fn no_secret_stands_in_a_compose_file() {
    for (name, composition) in compositions() {
        for (service, described) in services(&composition) {
            let given = described["environment"].as_object().into_iter().flatten();
            let secret = |key: &str| {
                ["PASSWORD", "SECRET", "_KEY", "_AUTH"]
                    .iter()
                    .any(|word| key.contains(word))
            };
            for (key, value) in given.filter(|(key, _)| secret(key)) {
                let value = value.as_str().unwrap();
                assert!(
                    value.starts_with("${") && value.contains(":?"),
                    "{name}: {service}: {key}"
                );
            }
        }
    }
}

#[test]
fn every_service_says_how_its_health_is_found_and_comes_back_after_a_crash() {
    assert!(read("Dockerfile").contains("\nHEALTHCHECK "));
    assert!(read("Dockerfile").contains("\nUSER 10001"));
    for (name, composition) in compositions() {
        for (service, described) in services(&composition) {
            // What runs once and ends is no service.
            if described["restart"] == "no" || described["restart"] == "on-failure" {
                continue;
            }
            let is_ours = described["image"]
                .as_str()
                .is_some_and(|image| image.starts_with("flowra:"));
            assert!(
                is_ours || described["healthcheck"].is_object(),
                "{name}: {service}"
            );
            assert_eq!(described["restart"], "unless-stopped", "{name}: {service}");
        }
    }
}

#[test]
fn the_health_check_of_the_image_tells_a_live_server_from_none() {
    let folder_of_data = tempfile::tempdir().unwrap();
    let healthy = |port: &str| {
        Command::new(folder().join("healthy"))
            .arg(port)
            .output()
            .unwrap()
            .status
            .success()
    };
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port().to_string();
    drop(free);
    assert!(!healthy(&port));
    let storage = format!("sqlite:{}", folder_of_data.path().join("flowra.db").display());
    let mut server = Command::new(env!("CARGO_BIN_EXE_flowra"))
        .args([
            "serve",
            "--listen",
            &format!("127.0.0.1:{port}"),
            "--storage",
            &storage,
        ])
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let is_alive = (0..200).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(25));
        healthy(&port)
    });
    server.kill().unwrap();
    server.wait().unwrap();
    assert!(is_alive);
}

#[test]
fn the_balancer_knows_every_server_of_the_cluster() {
    let balancer = yaml("traefik.yaml")["http"]["services"]["flowra"]["loadBalancer"].take();
    let known: Vec<_> = balancer["servers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|server| server["url"].as_str().unwrap().to_owned())
        .collect();
    let cluster = yaml("compose.cluster.yaml");
    let servers: Vec<_> = services(&cluster)
        .filter(|(name, _)| name.starts_with("flowra-"))
        .map(|(name, _)| format!("http://{name}:8080"))
        .collect();
    assert!(servers.len() >= 3, "{servers:?}");
    assert_eq!(known, servers);
    assert_eq!(balancer["healthCheck"]["path"], "/ready");
}

#[test]
fn every_file_that_a_compose_file_mounts_is_there() {
    for (name, composition) in compositions() {
        for (service, described) in services(&composition) {
            let mounted = described["volumes"].as_array().into_iter().flatten();
            for volume in mounted.filter_map(|volume| volume.as_str()?.strip_prefix("./")) {
                let (file, _) = volume.split_once(':').unwrap();
                assert!(folder().join(file).is_file(), "{name}: {service}: {file}");
            }
        }
    }
}

#[test]
fn every_volume_of_a_compose_file_is_declared() {
    for (name, composition) in compositions() {
        for (service, described) in services(&composition) {
            let mounted = described["volumes"].as_array().into_iter().flatten();
            for volume in mounted
                .filter_map(Value::as_str)
                .filter(|volume| !volume.starts_with('.'))
            {
                let (volume, _) = volume.split_once(':').unwrap();
                assert!(
                    composition["volumes"].get(volume).is_some(),
                    "{name}: {service}: {volume}"
                );
            }
        }
    }
}
