//! Large lists, made in all three ways.

use flowra_core::UserId;
use flowra_core::page::Limit;
use flowra_core::task::{Column, SortBy, TaskKind};
use flowra_core::time::Timestamp;
use rusqlite::StatementStatus;

use super::*;
use crate::schema;

const TASKS: i64 = 6000;
const OURS: WorkspaceId = WorkspaceId::from_bytes([1; 16]);
const ADA: UserId = UserId::from_bytes([2; 16]);
const BOB: UserId = UserId::from_bytes([3; 16]);

/// Tasks of all sorts; every third is private to room 2. Nothing of the last thousand is done, and all before is.
fn store() -> Connection {
    let mut db = Connection::open_in_memory().unwrap();
    crate::open::statements(&db).unwrap();
    schema::migrate(&mut db, 0).unwrap();
    let mut insert = db
        .prepare(
            "INSERT INTO tasks VALUES (?1, ?2, ?3, ?1, ?4, 0, ?5, ?6, ?7, 0, 1, ?8, ?9, ?10, ?11, NULL, NULL, NULL, ?12, ?13, ?13, ?14, '{}')",
        )
        .unwrap();
    for no in 1..=TASKS {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&(no.wrapping_mul(0x9E37_79B9_7F4A_7C15_u64.cast_signed())).to_be_bytes());
        let is_private = no % 3 == 0;
        insert
            .execute(params![
                no,
                id,
                OURS.as_bytes(),
                no % 3,
                if no > TASKS - 2500 {
                    Column::ToDo as i64
                } else {
                    Column::Done as i64
                },
                1 + i64::from(is_private),
                !is_private,
                format!("{:08}", no * 7919 % TASKS),
                (no % 2 == 0).then_some(ADA.as_bytes()),
                (if no % 2 == 0 { ADA } else { BOB }).as_bytes(),
                no % 4,
                (no % 5 > 0).then_some(no * 31 % 1000),
                no / 3,
                format!("task {}", no * 13 % 700),
            ])
            .unwrap();
    }
    drop(insert);
    db
}

/// How many tasks were looked at since the last time.
fn looked_at(db: &Connection) -> usize {
    let look = db.statement(sql::LIST_ONE).unwrap();
    usize::try_from(look.reset_status(StatementStatus::Run)).unwrap()
}

fn sights() -> [Sight; 3] {
    [(true, vec![]), (true, vec![2]), (false, vec![1, 2])].map(|(public, rooms)| Sight {
        public,
        rooms: rooms.into_iter().collect(),
    })
}

fn filters() -> Vec<TaskFilter> {
    let all = TaskFilter::default;
    vec![
        all(),
        TaskFilter {
            column: Some(Column::ToDo),
            ..all()
        },
        TaskFilter {
            reporter: Some(ADA),
            is_unassigned: true,
            ..all()
        },
        TaskFilter {
            kind: Some(TaskKind::Task),
            is_unassigned: true,
            column: Some(Column::ToDo),
            ..all()
        },
        TaskFilter {
            reporter: Some(BOB),
            due_after: Some(Timestamp::from_millis(100)),
            ..all()
        },
    ]
}

fn sorts() -> impl Iterator<Item = TaskSort> {
    let both = |by| [false, true].map(|descending| TaskSort { by, descending });
    SortBy::ALL.into_iter().flat_map(both)
}

/// What fits and stands after the key, found by looking at everything.
fn by_force(
    db: &Connection,
    wanted: &Wanted<'_>,
    sort: TaskSort,
    after: Option<&(SortKey, TaskId)>,
    limit: usize,
) -> Vec<i64> {
    pick(db, (1..=TASKS).collect(), wanted, sort, after, limit).unwrap()
}

#[test]
fn every_page_of_a_large_list_is_that_of_a_look_at_everything() {
    let db = store();
    let limit = Limit::parse(40).unwrap();
    for sight in &sights() {
        for filter in &filters() {
            let wanted = Wanted::new(&db, OURS, sight, filter).unwrap();
            for sort in sorts() {
                let mut after = None;
                for _ in 0..3 {
                    let expected = by_force(&db, &wanted, sort, after.as_ref(), 41);
                    let request = PageRequest { limit, after };
                    let rows = page(&db, OURS, sight, filter, sort, &request).unwrap();
                    assert_eq!(rows, expected, "{filter:?} {sort} after {:?}", request.after);
                    let Some(last) = rows.get(39) else { break };
                    let mut look = db.statement(sql::LIST_ONE).unwrap();
                    let task = look.query_row([last], Facts::read).unwrap();
                    after = Some((task.key(sort.by), TaskId::from_bytes(task.id)));
                }
            }
        }
    }
}

#[test]
fn no_page_of_a_large_list_looks_at_more_than_a_few_tasks() {
    let db = store();
    let request = PageRequest::first(Limit::parse(40).unwrap());
    looked_at(&db);
    for sight in &sights() {
        for filter in &filters() {
            for sort in sorts() {
                page(&db, OURS, sight, filter, sort, &request).unwrap();
                let looked_at = looked_at(&db);
                assert!(looked_at <= FEW + 41, "{looked_at}: {filter:?} {sort}");
            }
        }
    }
}
