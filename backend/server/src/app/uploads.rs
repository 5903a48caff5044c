//! Captures that people upload, before a claim names them.

use std::time::Duration;

use domain::journal::Document;
use domain::value::{Digest, MemberNumber, Slug, Timestamp};
use tokio::sync::Semaphore;
use tokio::task::JoinError;

use super::captures::{Capture, CaptureError, prepare};
use super::{App, Error};
use crate::db::uploads::{count_uploads, drop_uploads};
use crate::db::{Stored, hex, rows};

/// How long an upload waits for a claim, in hours.
const WAITS_HOURS: i64 = 24;
const MICROS_PER_HOUR: i64 = 3_600_000_000;
/// How many uploads of one member wait at most, and how many bytes of all members of a program.
const MOST_FILES: i64 = 20;
const MOST_BYTES: i64 = 512 << 20;
/// One file is looked at at a time: a large picture needs some hundred megabytes until it is JPEG.
static TURN: Semaphore = Semaphore::const_new(1);
/// How long a file waits for its turn.
const PATIENCE: Duration = Duration::from_secs(20);

/// A capture that waits for a claim to name it.
#[derive(Clone, Debug)]
pub struct Uploaded {
    pub digest: Digest,
    pub media_type: &'static str,
    pub bytes: usize,
    /// When it is dropped, if no claim names it before.
    pub expires_at: Timestamp,
}

/// What was uploaded earlier than this waits no longer.
pub(super) fn since(now: Timestamp) -> Result<Timestamp, Error> {
    let micros = now.micros().saturating_sub(WAITS_HOURS.saturating_mul(MICROS_PER_HOUR));
    Timestamp::from_micros(micros.max(0)).map_err(|_| Error::Clock)
}

impl App {
    /// Takes a file of a member that a claim of theirs is to name.
    ///
    /// # Errors
    /// The file is no capture, or too many wait already.
    pub async fn upload_capture(
        &self,
        program: Slug,
        member: MemberNumber,
        file: Vec<u8>,
        declared: Option<String>,
    ) -> Result<Uploaded, Error> {
        // Of a program that is set aside nobody uploads what nobody can name.
        let id = self.program(program).await?.id();
        let Capture { media_type, content } = prepared(file, declared).await?;
        let document = Document { salt: self.entropy.bytes()?, media_type, content };
        let (digest, bytes) = (document.digest(), document.content.len());
        let now = self.clock.now()?;
        let since = since(now)?.store();
        let expires_at = now.micros().saturating_add(WAITS_HOURS.saturating_mul(MICROS_PER_HOUR));
        let row = rows::Upload {
            program: id.store(),
            digest: digest.store(),
            member: i64::from(member.get()),
            salt: hex(&document.salt),
            content: document.content,
            media_type: media_type.to_owned(),
            uploaded_at: now.store(),
        };
        let kept = self.writer.keep(move |conn| {
            drop_uploads(conn, &since)?;
            let own = count_uploads(conn, &row.program, Some(row.member))?;
            if own.files >= MOST_FILES {
                return Err(Error::UploadsWait { whose: "yours" });
            }
            let all = count_uploads(conn, &row.program, None)?;
            let size = i64::try_from(row.content.len()).unwrap_or(i64::MAX);
            if all.bytes.saturating_add(size) > MOST_BYTES {
                return Err(Error::UploadsWait { whose: "this program's" });
            }
            Ok(rows::Upload::insert(conn, std::slice::from_ref(&row))?)
        });
        kept.await?;
        let expires_at = Timestamp::from_micros(expires_at).map_err(|_| Error::Clock)?;
        Ok(Uploaded { digest, media_type, bytes, expires_at })
    }
}

/// The file as it is kept.
async fn prepared(file: Vec<u8>, declared: Option<String>) -> Result<Capture, Error> {
    let done = alone(move || prepare(&file, declared.as_deref())).await?;
    done.unwrap_or_else(|error| {
        if error.is_panic() {
            // Of a decoder that is not ours: the file is refused, and nothing else is harmed.
            tracing::error!(%error, "a capture could not be read");
        }
        Err(CaptureError::Heic { why: "its decoder failed".to_owned() })
    })
    .map_err(Error::from)
}

/// Does work off the async threads, when its turn has come. It keeps its turn until it has ended, also if whoever asked
/// has gone away: work cannot be stopped, and needs its memory until then.
async fn alone<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<Result<T, JoinError>, Error> {
    let turn = tokio::time::timeout(PATIENCE, TURN.acquire()).await;
    let turn = turn.map_err(|_| Error::Busy { retry_after_s: 10 })?.map_err(|_| Error::Stopped)?;
    let working = move || {
        let _turn = turn;
        work()
    };
    Ok(tokio::task::spawn_blocking(working).await)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn work_keeps_its_turn_until_it_ends_whoever_goes_away() {
        let (begun, begins) = tokio::sync::oneshot::channel();
        let (end, ends) = mpsc::channel::<()>();
        let asked = tokio::spawn(alone(move || {
            begun.send(()).unwrap();
            ends.recv().unwrap();
        }));
        begins.await.unwrap();
        asked.abort();
        assert!(asked.await.unwrap_err().is_cancelled());
        assert_eq!(TURN.available_permits(), 0);
        end.send(()).unwrap();
        assert_eq!(alone(|| 7).await.unwrap().unwrap(), 7);
    }
}
