//! The fold of documents that have to go.

use super::{ApplyError, claims};
use crate::batch::Voice;
use crate::command::EraseDocument;
use crate::event::Event;
use crate::program::Program;
use crate::words::Seconding;

impl Program {
    pub(super) fn fold_erasure(
        &mut self,
        event: &Event,
        asked: &EraseDocument,
        verdict: Seconding,
    ) -> Result<(), ApplyError> {
        let mut erasing = self.erasures.get(&asked.document).cloned().unwrap_or_default();
        match verdict {
            Seconding::Counted => {
                let member = claims::member(event)?;
                erasing.voices.push(Voice { member, seq: event.seq, says: asked.class });
            }
            Seconding::Done => {
                erasing.voices.clear();
                erasing.erased = Some(event.seq);
            }
        }
        self.erasures.insert_mut(asked.document, erasing);
        Ok(())
    }
}
