//! Verifies that the log is whole and that everything stored follows from it.

use flowra_core::PortResult;
use flowra_core::event::{CheckReport, Difference};
use rusqlite::types::Value;
use rusqlite::{Connection, Row, Rows};

use crate::fault::{Fault, Outcome};
use crate::readers::snapshot;
use crate::schema::{DERIVED, Derived};
use crate::scratch::{Scratch, ScratchFault};
use crate::{SqliteStore, writer};

const WHAT: &str = "sqlite.check";
/// What cannot be read when the pages of the file do not fit together.
pub(crate) const DAMAGED: &str = "file (it is damaged: put back a copy of it)";

impl SqliteStore {
    /// Reads the whole log, which must have no hole and each stream's versions in order, and compares everything that follows from it with what
    /// is stored. It changes nothing and may run beside a working server.
    ///
    /// # Errors
    /// [`PortFailure`](flowra_core::PortFailure) when the file cannot be read or no file can be written beside it. A damaged log is a [`Difference`].
    pub async fn check(&self) -> PortResult<CheckReport> {
        let file = self.inner.file.clone();
        let report = self
            .inner
            .upkeep
            .take(WHAT, file.clone(), move |db, wanted, turn| {
                snapshot(db, |db| {
                    // First of all: through a damaged page the log may look shorter than it is, and all that follows from it, wrong.
                    sound(db)?;
                    let until = writer::head(db)?;
                    let mut report = CheckReport {
                        events: until,
                        streams: 0,
                        rows: 0,
                        difference: None,
                    };
                    let made = Scratch::create(&file, "check", turn).and_then(|mut scratch| {
                        scratch.follow(&file, until, |_| wanted.still()).map(|()| scratch)
                    });
                    match made {
                        Ok(scratch) => {
                            report.streams = scratch.streams;
                            compare_all(db, scratch.db(), &mut report)?;
                        }
                        Err(ScratchFault::File(fault @ Fault::Sql(_))) => return Err(fault),
                        Err(fault) => {
                            report.difference = Some(Difference {
                                place: Difference::LOG.to_owned(),
                                fault: explain(&fault),
                            });
                        }
                    }
                    Ok(report)
                })
            });
        report.await?.map_err(|fault| fault.into_failure(WHAT))
    }
}

/// Refuses a file whose pages do not fit together, of which nothing that is read can be relied on.
pub(crate) fn sound(db: &Connection) -> Outcome<()> {
    let verdict: String = db.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if verdict == "ok" {
        Ok(())
    } else {
        Err(Fault::corrupt(DAMAGED, verdict))
    }
}

/// An error with its causes.
fn explain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

fn compare_all(stored: &Connection, made: &Connection, report: &mut CheckReport) -> Outcome<()> {
    for table in DERIVED {
        report.difference = compare(stored, made, table, &mut report.rows)?;
        if report.difference.is_some() {
            break;
        }
    }
    Ok(())
}

fn compare(
    stored: &Connection,
    made: &Connection,
    table: &Derived,
    count: &mut u64,
) -> Outcome<Option<Difference>> {
    let Derived { table, key, columns } = table;
    let select = format!("SELECT {columns} FROM {table} ORDER BY {key}");
    let names: Vec<&str> = columns.split(", ").map(str::trim).collect();
    let keys: Vec<usize> = key
        .split(", ")
        .filter_map(|key| names.iter().position(|name| *name == key))
        .collect();
    let (mut stored, mut made) = (stored.prepare(&select)?, made.prepare(&select)?);
    let (mut stored, mut made) = (stored.query([])?, made.query([])?);
    loop {
        let (old, new) = (next(&mut stored, names.len())?, next(&mut made, names.len())?);
        let (row, fault) = match (old, new) {
            (None, None) => return Ok(None),
            (Some(row), None) => (row, "is stored and does not follow from the log".to_owned()),
            (None, Some(row)) => (row, "follows from the log and is not stored".to_owned()),
            (Some(old), Some(new)) => {
                *count += 1;
                match (0..names.len()).find(|at| !same(&old[*at], &new[*at])) {
                    None => continue,
                    Some(at) => {
                        let fault = format!(
                            "{} is {} and follows from the log as {}",
                            names[at],
                            show(&old[at]),
                            show(&new[at])
                        );
                        (old, fault)
                    }
                }
            }
        };
        let key: Vec<String> = keys.iter().map(|at| show(&row[*at])).collect();
        return Ok(Some(Difference {
            place: format!("table {table}, row {}", key.join(" ")),
            fault,
        }));
    }
}

fn next(rows: &mut Rows<'_>, columns: usize) -> rusqlite::Result<Option<Vec<Value>>> {
    let values = |row: &Row<'_>| (0..columns).map(|at| row.get(at)).collect();
    rows.next()?.map(values).transpose()
}

/// Whether two values are the same; JSON may be written in different ways.
fn same(one: &Value, other: &Value) -> bool {
    if one == other {
        return true;
    }
    let (Value::Text(one), Value::Text(other)) = (one, other) else {
        return false;
    };
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
    one.starts_with('{') && json(one).is_some_and(|one| Some(one) == json(other))
}

fn show(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::Blob(bytes) => match <[u8; 16]>::try_from(bytes.as_slice()) {
            Ok(id) => flowra_core::Id::<()>::from_bytes(id).to_string(),
            Err(_) => match <[u8; 32]>::try_from(bytes.as_slice()) {
                Ok(digest) => flowra_core::Digest::from_bytes(digest).to_string(),
                Err(_) => format!("{} bytes", bytes.len()),
            },
        },
    }
}
