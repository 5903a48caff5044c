//! Closed sets of words that events use.

/// An enum whose values are fixed words: parsed, printed, and read or written in JSON as text.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$value_doc:meta])* $value:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$value_doc])* $value,)+
        }

        impl $name {
            /// Every value, in the order declared.
            pub const ALL: &'static [Self] = &[$(Self::$value),+];

            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$value => $word,)+
                }
            }

            /// Its place in [`Self::ALL`]; no set of ours has more words than a byte counts.
            fn place(&self) -> u8 {
                (0..).zip(Self::ALL).find(|(_, word)| *word == self).map_or(u8::MAX, |(place, _)| place)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::words::UnknownWord;

            fn from_str(text: &str) -> Result<Self, $crate::words::UnknownWord> {
                match text {
                    $($word => Ok(Self::$value),)+
                    _ => Err($crate::words::UnknownWord { expected: concat!($($word, " "),+).trim_ascii_end() }),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.pad(self.as_str())
            }
        }

        $crate::value::as_json_string!($name, read: str::parse::<$name>, write: |word: &$name| *word,
            packed: u8, pack: $name::place, unpack: |place: u8| Self::ALL.get(usize::from(place)).copied());
    };
}
pub(crate) use words;

/// A word outside its closed set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected one of: {expected}")]
pub struct UnknownWord {
    pub expected: &'static str,
}

words!(
    /// What a member may do; a member may hold several roles.
    Role {
        /// Votes on the submissions that a lead calls them for.
        Alternate = "alternate",
        Auditor = "auditor",
        Contributor = "contributor",
        Lead = "lead",
        Reviewer = "reviewer",
        Treasurer = "treasurer",
    }
);

words!(
    /// What a submission asks money for.
    ClaimKind {
        /// Work done for a posted bounty.
        Bounty = "bounty",
        /// Money laid out for the program, with a receipt.
        Expense = "expense",
        /// The lead's own time.
        Lead = "lead",
        /// Work already done that no bounty asked for.
        Retro = "retro",
    }
);

words!(
    /// The quorum and the objection period a claim is held to.
    Lane {
        /// Claims of those who run the program: lead, reviewers, treasurer.
        Lead = "lead",
        Normal = "normal",
        /// Claims for work that no bounty asked for.
        Retro = "retro",
        /// Claims up to the small limit, while the person's small claims of the period stay within theirs.
        Small = "small",
    }
);

words!(
    /// What a reviewer says of one revision.
    Choice {
        Approve = "approve",
        NeedsChanges = "needs_changes",
        /// A declared conflict of interest: this reviewer takes no part.
        Recuse = "recuse",
        Reject = "reject",
    }
);

words!(
    /// What a rejection rests on; all but two can be looked up, and so appealed against.
    Ground {
        Criteria = "criteria_not_met",
        Duplicate = "duplicate",
        Proof = "invalid_proof",
        Other = "other",
        Window = "out_of_window",
    }
);

impl Ground {
    /// Whether anybody can check it, whatever they think of the work.
    pub const fn is_objective(self) -> bool {
        match self {
            Self::Duplicate | Self::Proof | Self::Window => true,
            Self::Criteria | Self::Other => false,
        }
    }
}

words!(
    /// What a vote to take an approval back led to.
    Reversal {
        /// The vote stands, and decides nothing yet.
        Counted = "counted",
        Reversed = "reversed",
    }
);

words!(
    /// Why a claim is kept out of batches for a while.
    HoldKind {
        /// Somebody doubts the approval.
        Challenge = "challenge",
        /// Somebody who runs the program has to look at something.
        Hold = "hold",
    }
);

words!(
    /// What a vote led to.
    Verdict {
        /// Reviewers agree, but the budget cannot carry it: nothing is promised yet.
        Agreed = "agreed",
        Approved = "approved",
        /// The vote stands, and decides nothing yet.
        Counted = "counted",
        NeedsChanges = "needs_changes",
        Rejected = "rejected",
    }
);

words!(
    /// The length a period is planned for.
    PeriodKind {
        Month = "month",
        Quarter = "quarter",
    }
);

words!(
    /// Where a period stands in its life.
    PeriodState {
        /// Closed for good: what is owed is paid, nothing else happens.
        Closed = "closed",
        /// Over, and not closed yet.
        Evaluating = "evaluating",
        Open = "open",
        /// Not started yet.
        Planned = "planned",
    }
);

words!(
    /// How the ledger came to know a fact of the chain.
    Source {
        /// A treasurer states it; nobody checked it on chain.
        Attested = "attested",
        /// The ledger itself read it from finalised blocks.
        Chain = "chain",
    }
);

words!(
    /// How a nonce was consumed without paying anybody.
    Consumption {
        /// A batch was executed and failed: its transfers did not happen.
        Failed = "failed",
        /// What was executed is none of its batches to the wei; what it did pay is settled as outflows.
        Mismatched = "mismatched",
        /// Another transaction took the nonce.
        Replaced = "replaced",
    }
);

words!(
    /// What the ledger found on the chain that is not for it to settle.
    FindingKind {
        /// What people said became of the nonce is not what the chain shows, and was built upon since.
        Contradicted = "contradicted",
        /// Another transaction took the nonce, and paid what lines in flight would pay.
        Elsewhere = "elsewhere",
        /// A batch was executed, and what moved is not its lines to the wei.
        Mismatched = "mismatched",
    }
);

words!(
    /// How an owner of the Safe agreed to a transaction.
    SigningForm {
        /// They approved its hash in the Safe itself.
        ApprovedHash = "approved_hash",
        /// A contract that is an owner says so (EIP-1271).
        Contract = "contract",
        /// Their key signed the transaction as typed data.
        Eip712 = "eip712",
        /// Their key signed its hash as a message (EIP-191).
        EthSign = "eth_sign",
    }
);

words!(
    /// What one word led to where two persons have to say the same.
    Seconding {
        /// The word stands, and somebody else has to say the same.
        Counted = "counted",
        Done = "done",
    }
);

words!(
    /// The Safe's `operation`: a plain call, or a delegate call to MultiSendCallOnly.
    Operation {
        Call = "0",
        DelegateCall = "1",
    }
);

words!(
    /// Yes or no.
    YesNo {
        No = "no",
        Yes = "yes",
    }
);

impl From<bool> for YesNo {
    fn from(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }
}

words!(
    /// Whether votes are signed by the reviewers' wallets.
    SignedVotes {
        /// Every vote is.
        Demanded = "demanded",
        /// None is.
        Off = "off",
        /// Those may be whose reviewers want it.
        Offered = "offered",
    }
);

impl SignedVotes {
    /// How much a policy asks for.
    pub(crate) const fn strength(self) -> u8 {
        match self {
            Self::Off => 0,
            Self::Offered => 1,
            Self::Demanded => 2,
        }
    }
}

words!(
    /// Why a document has to go.
    Erasure {
        /// It should never have been there.
        Mistake = "mistake",
        /// It says something of a person who does not want it said.
        Personal = "personal_data",
        /// Somebody else has the rights in it.
        Rights = "rights_of_others",
        /// The law forbids it.
        Unlawful = "unlawful",
    }
);

words!(
    /// A day of the week, in UTC.
    Weekday {
        Monday = "monday",
        Tuesday = "tuesday",
        Wednesday = "wednesday",
        Thursday = "thursday",
        Friday = "friday",
        Saturday = "saturday",
        Sunday = "sunday",
    }
);

words!(
    /// Debit or credit.
    Side {
        Credit = "C",
        Debit = "D",
    }
);

words!(
    /// What has become of the money given to a category.
    Bucket {
        /// Free to be promised.
        Available = "available",
        /// Approved and not yet in a batch.
        Encumbered = "encumbered",
        /// Paid, and read back from the chain.
        Expended = "expended",
        /// In a batch that the Safe may still execute.
        Inflight = "inflight",
        /// Returned when the period closed.
        Lapsed = "lapsed",
        /// Promised to the open slots of bounties.
        Reserved = "reserved",
    }
);
