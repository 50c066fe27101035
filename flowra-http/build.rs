//! Gathers what browsers load into a table that the server embeds.
//!
//! The libraries come from npm, by the lock file and its digests, into `OUT_DIR`; the source tree is only read. Each file gets a name with the
//! digest of its content, so that browsers may keep it for ever, and is compressed here, once. Templates are not this program's: changing
//! one does not run it again.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, fs, io};

use sha2::{Digest, Sha256};

/// Files of the libraries: where npm puts them, and what they are called here.
const LIBRARIES: [(&str, &str); 3] = [
    ("@picocss/pico/css/pico.min.css", "pico.css"),
    ("htmx.org/dist/htmx.min.js", "htmx.js"),
    ("@alpinejs/csp/dist/cdn.min.js", "alpine.js"),
];

/// How hard brotli tries: all it can, since this is done once.
const QUALITY: i32 = 11;

fn main() -> ExitCode {
    for input in ["build.rs", "package.json", "package-lock.json", "assets"] {
        println!("cargo::rerun-if-changed={input}");
    }
    tell_services();
    match gather() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("cargo::error=the web pages' assets cannot be built: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Tells the tests whether the services are there that they start; in CI they have to be.
fn tell_services() {
    println!("cargo::rustc-check-cfg=cfg(has_services)");
    for variable in ["CI", "FLOWRA_TEST_CACHE"] {
        println!("cargo::rerun-if-env-changed={variable}");
    }
    let cache = env::var_os("FLOWRA_TEST_CACHE").map(PathBuf::from);
    let home = env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache/flowra-test"));
    let database = cache.or(home).map(|cache| cache.join("bin/secantusd-rs"));
    let paths = env::var_os("PATH").unwrap_or_default();
    let has_redis = env::split_paths(&paths).any(|folder| folder.join("redis-server").is_file());
    let has_database = database.is_some_and(|program| {
        println!("cargo::rerun-if-changed={}", program.display());
        program.is_file()
    });
    if env::var_os("CI").is_some() || (has_redis && has_database) {
        println!("cargo::rustc-cfg=has_services");
    }
}

struct Asset {
    name: String,
    file: String,
    content: Vec<u8>,
}

fn gather() -> Result<(), Box<dyn Error>> {
    let source = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let modules = install(&source, &out.join("npm"))?;
    let mut assets = own(&source.join("assets"))?;
    for (path, name) in LIBRARIES {
        let content = fs::read(modules.join(path)).map_err(|error| format!("{path} of npm: {error}"))?;
        assets.push(hashed(name, content.clone(), &digest(&[&content])));
    }
    assets.sort_by(|one, other| one.name.cmp(&other.name));
    let folder = out.join("assets");
    fs::create_dir_all(&folder)?;
    let mut table = String::from("&[\n");
    for asset in &assets {
        fs::write(folder.join(&asset.file), &asset.content)?;
        fs::write(
            folder.join(format!("{}.br", asset.file)),
            compressed(&asset.content)?,
        )?;
        let quoted = |path: PathBuf| path.to_str().map(|path| format!("{path:?}"));
        let plain = quoted(folder.join(&asset.file)).ok_or("OUT_DIR is no UTF-8")?;
        let small = quoted(folder.join(format!("{}.br", asset.file))).ok_or("OUT_DIR is no UTF-8")?;
        writeln!(
            table,
            "Asset {{ name: {:?}, file: {:?}, plain: include_bytes!({plain}), brotli: include_bytes!({small}) }},",
            asset.name, asset.file,
        )?;
    }
    table.push(']');
    fs::write(out.join("assets.rs"), table)?;
    Ok(())
}

/// What this repository wrote. Modules import one another by plain names, which become the hashed ones; so all of them share the
/// digest of all.
fn own(folder: &Path) -> Result<Vec<Asset>, Box<dyn Error>> {
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if ["js", "css", "svg"].iter().any(|extension| is(&name, extension)) {
            files.push((name, fs::read(entry.path())?));
        }
    }
    files.sort();
    let (modules, others): (Vec<_>, Vec<_>) = files.into_iter().partition(|(name, _)| is(name, "js"));
    let parts: Vec<&[u8]> = modules.iter().map(|(_, content)| content.as_slice()).collect();
    let shared = digest(&parts);
    let mut assets: Vec<Asset> = others
        .into_iter()
        .map(|(name, content)| {
            let own = digest(&[&content]);
            hashed(&name, content, &own)
        })
        .collect();
    for (name, content) in &modules {
        let mut text = String::from_utf8(content.clone())?;
        for (other, _) in &modules {
            text = text.replace(
                &format!("\"./{other}\""),
                &format!("\"./{}\"", file(other, &shared)),
            );
        }
        assets.push(hashed(name, text.into_bytes(), &shared));
    }
    Ok(assets)
}

fn is(name: &str, extension: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|found| found == extension)
}

fn hashed(name: &str, content: Vec<u8>, digest: &str) -> Asset {
    Asset {
        name: name.to_owned(),
        file: file(name, digest),
        content,
    }
}

fn file(name: &str, digest: &str) -> String {
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    format!("{stem}.{digest}.{extension}")
}

fn digest(parts: &[&[u8]]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher
        .finalize()
        .iter()
        .take(8)
        .fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

fn compressed(content: &[u8]) -> io::Result<Vec<u8>> {
    let mut small = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams {
        quality: QUALITY,
        ..Default::default()
    };
    brotli::BrotliCompress(&mut io::Cursor::new(content), &mut small, &parameters)?;
    Ok(small)
}

/// Has npm fetch the libraries, unless they are there from this lock file; answers where they are.
fn install(source: &Path, folder: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let lock = fs::read(source.join("package-lock.json"))?;
    let (modules, stamp) = (folder.join("node_modules"), folder.join("installed-lock.json"));
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(modules);
    }
    fs::create_dir_all(folder)?;
    for name in ["package.json", "package-lock.json"] {
        fs::write(folder.join(name), fs::read(source.join(name))?)?;
    }
    let output = Command::new("npm")
        .args(["ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund"])
        .current_dir(folder)
        .output()
        .map_err(|error| {
            format!("npm does not run ({error}): install Node.js 20 or newer, which brings npm")
        })?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let said: Vec<&str> = said.lines().filter(|line| line.contains("npm error")).collect();
        return Err(format!(
            "`npm ci` failed; it needs the npm registry, or a filled npm cache, for the first build: {}",
            said.join(" ")
        )
        .into());
    }
    fs::write(stamp, lock)?;
    Ok(modules)
}
