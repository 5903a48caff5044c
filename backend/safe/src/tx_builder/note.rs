use ethers::types::U256;

/// Where a file says one thing and the app does another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// `data` is set, so the method and its inputs are shown by readers and ignored by the app.
    Overridden,
    /// An address the app cannot read: the call is sent with empty calldata.
    Recipient {
        /// The name of the input.
        input: String,
        /// What stands there.
        text: String,
    },
    /// A number that is not plain decimal digits; white space around them is harmless and not noted.
    Amount {
        /// The name of the input.
        input: String,
        /// What stands there.
        text: String,
        /// What the app reads; `None` if it fails and sends empty calldata.
        read: Option<U256>,
    },
    /// The method cannot be encoded at all: the call is sent with empty calldata.
    NotEncoded {
        /// The name of the method.
        method: String,
    },
}
