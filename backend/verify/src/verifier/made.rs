//! The files that follow from the journal as a whole, and those that nobody handed in.

use domain::Program;

use super::{Verifier, compare, missing};
use crate::files::{FileError, keys_json, report_csv};
use crate::member::{BatchFile, Member};
use crate::unusable::Unusable;

impl Verifier {
    /// Compares keys and report with what the journal makes; whether both are that.
    pub(super) fn check_made_files(&mut self) -> Result<bool, Unusable> {
        let (keys, report) = (self.keys.take(), self.report.take());
        let keys = self.check_made(Member::Keys, keys.as_deref(), keys_json)?;
        let report = self.check_made(Member::Report, report.as_deref(), report_csv)?;
        Ok(keys && report)
    }

    fn check_made(
        &mut self,
        member: Member,
        bytes: Option<&[u8]>,
        make: fn(&Program) -> Result<String, FileError>,
    ) -> Result<bool, Unusable> {
        let Some(bytes) = bytes else {
            self.find(missing(member));
            return Ok(false);
        };
        let Some(program) = self.events.whole() else { return Ok(false) };
        match make(program) {
            Ok(text) => Ok(compare(member, bytes, &text, &mut self.findings)),
            Err(error) => self.not_made(member, error.into()).map(|()| false),
        }
    }

    pub(super) fn check_missing_files(&mut self) {
        let Some(program) = self.events.replay.state() else { return };
        for batch in program.batches() {
            for file in BatchFile::of(batch) {
                if !self.files.contains(&(batch.number, *file)) {
                    self.findings.add(missing(Member::Batch(batch.number, *file)));
                }
            }
        }
    }
}
