//! Documents that somebody asked to erase.

use serde::{Deserialize, Serialize};

use crate::batch::Voice;
use crate::value::Seq;
use crate::words::Erasure;

/// What was said of a document that has to go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasing {
    /// Who asks, as long as one word more is needed.
    pub voices: Vec<Voice<Erasure>>,
    /// The event that erased it.
    pub erased: Option<Seq>,
}
