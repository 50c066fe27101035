//! The README's quick start, run to the letter against the real program.

#![expect(clippy::unwrap_used, reason = "a helper that cannot go on fails its test")]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

const README: &str = include_str!("../../README.md");

/// Where the README says that the server is.
const SHOWN: &str = "127.0.0.1:8080";

/// A server that ends with the test, however that ends.
struct Serving {
    child: Child,
    address: String,
}

impl Serving {
    fn start(folder: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_flowra"))
            .args(["serve", "--listen", "127.0.0.1:0"])
            .current_dir(folder)
            .env_clear()
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut greeting = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut greeting)
            .unwrap();
        let address = greeting.trim().rsplit("http://").next().unwrap().to_owned();
        Self { child, address }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // One that has ended already is as good as one that is ended here.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One step: what is typed, and what the README says is printed.
#[derive(Debug, Default)]
struct Step {
    typed: String,
    printed: String,
}

fn steps() -> Vec<Step> {
    let section = README.split("\n## Quick start\n").nth(1).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let mut steps: Vec<Step> = Vec::new();
    let mut fence = None;
    for line in section.lines() {
        match (fence, line.strip_prefix("```")) {
            (None, Some("sh")) => {
                steps.push(Step::default());
                fence = Some("sh");
            }
            (None, Some("text")) => fence = Some("text"),
            (None, Some(other)) => panic!("the quick start has a block of another kind: {other:?}"),
            (None, None) => {}
            (Some(_), Some("")) => fence = None,
            (Some(kind), _) => {
                let step = steps.last_mut().unwrap();
                let block = if kind == "sh" {
                    &mut step.typed
                } else {
                    &mut step.printed
                };
                block.push_str(line);
                block.push('\n');
            }
        }
    }
    steps
}

#[test]
fn every_line_of_the_quick_start_does_what_the_readme_says() {
    let steps = steps();
    assert!(steps.len() >= 6, "the quick start lost steps: {steps:#?}");
    assert!(
        steps[0].typed.contains(SHOWN),
        "the first step says where the server is"
    );
    let folder = tempfile::tempdir().unwrap();
    let serving = Serving::start(folder.path());
    let mut script = "set -euo pipefail\n".to_owned();
    for step in &steps {
        script.push_str(&step.typed.replace(SHOWN, &serving.address));
        script.push_str("printf '\\0'\n");
    }
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    std::os::unix::fs::symlink(examples.canonicalize().unwrap(), folder.path().join("examples")).unwrap();
    let done = Command::new("bash")
        .args(["-c", &script])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let stderr = String::from_utf8(done.stderr).unwrap();
    let stdout = String::from_utf8(done.stdout).unwrap();
    let printed: Vec<_> = stdout.split('\0').collect();
    for (step, printed) in steps.iter().zip(&printed) {
        assert_eq!(printed, &step.printed, "printed by:\n{}\n{stderr}", step.typed);
    }
    assert!(done.status.success(), "{}\n{stderr}", done.status);
    assert_eq!(
        printed.len(),
        steps.len() + 1,
        "every step was run to its end\n{stderr}"
    );
}
