use std::time::Duration;

use diesel::r2d2::{ManageConnection, Pool, R2D2Connection};

use super::{AnyConn, OpenError, Target, open_read};

/// Read connections, shared by all handlers.
pub type ReadPool = Pool<Manager>;

/// Opens and checks the connections of a [`ReadPool`].
#[derive(Clone, Debug)]
pub struct Manager {
    target: Target,
}

/// A pool of at most `size` read connections; who waits longer than two seconds for one is told so.
///
/// # Errors
/// The database cannot be reached or refuses our settings.
pub fn read_pool(target: &Target, size: u32) -> Result<ReadPool, OpenError> {
    // The pool hides why it could not connect: ask once ourselves.
    drop(open_read(target)?);
    let builder = Pool::builder().max_size(size).min_idle(Some(1)).connection_timeout(Duration::from_secs(2));
    Ok(builder.build(Manager { target: target.clone() })?)
}

impl ManageConnection for Manager {
    type Connection = AnyConn;
    type Error = OpenError;

    fn connect(&self) -> Result<AnyConn, OpenError> {
        open_read(&self.target)
    }

    fn is_valid(&self, conn: &mut AnyConn) -> Result<(), OpenError> {
        match conn {
            // A file does not go away.
            AnyConn::Sqlite(_) => Ok(()),
            AnyConn::Postgres(conn) => Ok(conn.ping()?),
        }
    }

    fn has_broken(&self, conn: &mut AnyConn) -> bool {
        std::thread::panicking() || conn.is_broken()
    }
}
