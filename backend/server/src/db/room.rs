//! Whether there is room on the disk again.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::AnyConn;

/// More than most commits need.
const ENOUGH: usize = 256 * 1_024;

/// Takes some room on the disk that the database lies on, and gives it back; whether there was so much.
///
/// SQLite's log uses old room again, so that a small commit says nothing of the next one: a file beside it does.
///
/// # Errors
/// The database fails; PostgreSQL says in that way that there is no room.
pub fn has_room(conn: &mut AnyConn) -> QueryResult<bool> {
    match conn {
        AnyConn::Sqlite(conn) => {
            let file = "SELECT file FROM pragma_database_list WHERE name = 'main'";
            let file: String = sql::<Text>(file).get_result(conn)?;
            let mut beside = PathBuf::from(file).into_os_string();
            beside.push("-room");
            let beside = PathBuf::from(beside);
            let taken = take(&beside);
            // What cannot be removed is written over the next time.
            let _ = fs::remove_file(&beside);
            Ok(taken.is_ok())
        }
        AnyConn::Postgres(conn) => {
            conn.batch_execute(&format!(
                "CREATE TEMPORARY TABLE room ON COMMIT DROP AS \
                 SELECT n, repeat('x', 1000) AS x FROM generate_series(1, {}) AS n",
                ENOUGH.div_euclid(1_000)
            ))?;
            Ok(true)
        }
    }
}

fn take(path: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(path)?;
    file.write_all(&vec![0x55; ENOUGH])?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_for_room_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.sqlite");
        let target = format!("sqlite:{}", path.display()).parse().unwrap();
        let mut conn = crate::db::open_write(&target).unwrap();
        assert!(has_room(&mut conn).unwrap());
        assert!(!folder.path().join("ledger.sqlite-room").exists());
        // Where nothing can be written there is no room.
        fs::create_dir(folder.path().join("ledger.sqlite-room")).unwrap();
        assert!(!has_room(&mut conn).unwrap());
    }
}
