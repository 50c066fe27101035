//! The docs of the ports and the contract suite say the same: every promise is proven, and every clause proves a promise.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};

use flowra_testkit::contract::clauses;

const SOURCES: [&str; 9] = [
    include_str!("../../flowra-core/src/port.rs"),
    include_str!("../../flowra-core/src/cluster/port.rs"),
    include_str!("../../flowra-core/src/event/log.rs"),
    include_str!("../../flowra-core/src/event/consumer/port.rs"),
    include_str!("../../flowra-core/src/user/port.rs"),
    include_str!("../../flowra-core/src/workspace/port.rs"),
    include_str!("../../flowra-core/src/chat/port.rs"),
    include_str!("../../flowra-core/src/message/port.rs"),
    include_str!("../../flowra-core/src/task/port.rs"),
];

/// The docs of every port, by its name, each bullet one line.
fn ports() -> BTreeMap<&'static str, Vec<String>> {
    let mut ports = BTreeMap::new();
    for source in SOURCES {
        let mut bullets: Vec<String> = Vec::new();
        for line in source.lines() {
            if let Some(doc) = line.strip_prefix("///") {
                if let Some(bullet) = doc.trim().strip_prefix("- ") {
                    bullets.push(bullet.to_owned());
                } else if let Some(bullet) = bullets.last_mut() {
                    bullet.push_str(doc);
                }
            } else if let Some(name) = line.strip_prefix("pub trait ") {
                let name = name.split(':').next().unwrap();
                ports.insert(name, std::mem::take(&mut bullets));
            } else {
                bullets.clear();
            }
        }
    }
    ports
}

/// The clauses that a bullet says prove it.
fn proofs(bullet: &str) -> Vec<&str> {
    let Some((_, proofs)) = bullet.split_once("Proven by") else {
        return Vec::new();
    };
    proofs.split('`').skip(1).step_by(2).collect()
}

#[test]
fn every_port_has_a_contract() {
    let documented: BTreeSet<_> = ports().into_keys().collect();
    let tested: BTreeSet<_> = clauses().map(|(port, _)| port).collect();
    assert_eq!(documented, tested);
    assert_eq!(
        documented.len(),
        16 + 4 + 4,
        "one for each field of `Ports`, those of the cluster, and those of consumers"
    );
}

#[test]
fn every_promise_of_a_port_names_the_clause_that_proves_it() {
    for (port, bullets) in ports() {
        let (_, listed) = clauses().find(|(name, _)| *name == port).unwrap();
        assert!(!bullets.is_empty(), "{port} promises nothing");
        for bullet in bullets.iter().filter(|bullet| bullet.starts_with("MUST")) {
            let proofs = proofs(bullet);
            assert!(!proofs.is_empty(), "{port}: nothing proves: {bullet}");
            for proof in proofs {
                assert!(listed.contains(&proof), "{port}: there is no clause {proof}");
            }
        }
    }
}

#[test]
fn every_must_stands_in_a_bullet() {
    for source in SOURCES {
        for line in source.lines().filter(|line| line.contains("MUST")) {
            assert!(
                line.starts_with("/// - MUST"),
                "this promise names no clause: {line}"
            );
        }
    }
}

#[test]
fn a_clause_has_its_own_name_within_its_port() {
    for (port, listed) in clauses() {
        let different: BTreeSet<_> = listed.iter().collect();
        assert_eq!(different.len(), listed.len(), "{port}");
        assert!(!listed.is_empty(), "{port}");
    }
}
