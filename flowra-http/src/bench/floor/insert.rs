//! One durable insert a request, those that wait together in one transaction.

use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;
use salvo::http::StatusCode;
use salvo::{Depot, Request, Response, Router, affix_state, handler};
use tokio::sync::{mpsc, oneshot};

use crate::bench::error::{BenchError, Result};

/// How many requests may wait for the writer, and how many it takes into one transaction.
const QUEUE: usize = 1024;

/// A row that waits, and who is told when it is durable.
struct Row {
    bytes: Vec<u8>,
    stored: oneshot::Sender<bool>,
}

/// A table in a file of its own, with its one writer thread.
pub(super) struct Table {
    rows: mpsc::Sender<Row>,
}

impl Table {
    pub(super) fn open(folder: &Path) -> Result<Self> {
        let database = Self::prepare(folder).map_err(|error| BenchError::Data(error.into()))?;
        let (rows, waiting) = mpsc::channel(QUEUE);
        std::thread::spawn(move || write(&database, waiting));
        Ok(Self { rows })
    }

    fn prepare(folder: &Path) -> rusqlite::Result<Connection> {
        let database = Connection::open(folder.join("floor.db"))?;
        database.pragma_update(None, "journal_mode", "WAL")?;
        database.pragma_update(None, "synchronous", "FULL")?;
        database
            .execute_batch("CREATE TABLE IF NOT EXISTS rows (id INTEGER PRIMARY KEY, body BLOB NOT NULL)")?;
        Ok(database)
    }

    async fn insert(&self, bytes: Vec<u8>) -> bool {
        let (stored, answer) = oneshot::channel();
        self.rows.send(Row { bytes, stored }).await.is_ok() && answer.await.unwrap_or(false)
    }
}

/// Writes what waits until nobody can send any more.
fn write(database: &Connection, mut waiting: mpsc::Receiver<Row>) {
    let mut group = Vec::with_capacity(QUEUE);
    while waiting.blocking_recv_many(&mut group, QUEUE) > 0 {
        let stored = write_group(database, &group).is_ok();
        for row in group.drain(..) {
            // A client that has gone needs no answer.
            let _ = row.stored.send(stored);
        }
    }
}

fn write_group(database: &Connection, group: &[Row]) -> rusqlite::Result<()> {
    let transaction = database.unchecked_transaction()?;
    {
        let mut statement = transaction.prepare_cached("INSERT INTO rows (body) VALUES (?1)")?;
        for row in group {
            statement.execute([&row.bytes])?;
        }
    }
    transaction.commit()
}

/// `POST /rows`.
pub(super) fn router(table: Table) -> Router {
    Router::new()
        .hoop(affix_state::inject(Arc::new(table)))
        .push(Router::with_path("rows").post(insert))
}

#[handler]
async fn insert(request: &mut Request, depot: &mut Depot, response: &mut Response) {
    let body = match request.payload().await {
        Ok(bytes) => bytes.to_vec(),
        Err(_) => return refuse(response, StatusCode::BAD_REQUEST),
    };
    if serde_json::from_slice::<serde_json::Value>(&body).is_err() {
        return refuse(response, StatusCode::BAD_REQUEST);
    }
    let Ok(table) = depot.get_typed::<Arc<Table>>() else {
        return refuse(response, StatusCode::INTERNAL_SERVER_ERROR);
    };
    if table.insert(body.clone()).await {
        response.status_code(StatusCode::CREATED);
        response.body(body);
    } else {
        refuse(response, StatusCode::SERVICE_UNAVAILABLE);
    }
}

fn refuse(response: &mut Response, status: StatusCode) {
    response.status_code(status);
    response.body(Vec::new());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_answered_insert_is_in_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let table = Table::open(folder.path()).unwrap();
        for _ in 0..3 {
            assert!(table.insert(b"{}".to_vec()).await);
        }
        let rows: u32 = Connection::open(folder.path().join("floor.db"))
            .unwrap()
            .query_row("SELECT count(*) FROM rows", [], |row| row.get(0))
            .unwrap();
        assert_eq!(rows, 3);
    }
}
