//! What the auditor holds an event to: one name for each thing that can be wrong with it.

/// Declares the rules with what each demands.
macro_rules! rules {
    ($($name:ident: $demands:literal),+ $(,)?) => {
        /// A rule of docs/events.md or docs/ledger.md.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Rule { $(#[doc = $demands] $name),+ }

        impl Rule {
            pub const ALL: &'static [Self] = &[$(Self::$name),+];
        }
    };
}

rules! {
    // The envelope.
    Canonical: "An event has one spelling.",
    Shape: "Every field is there, has its shape, and no other is.",
    Version: "The rules are version 1.",
    Sequence: "Events are numbered without a gap.",
    Chain: "`prev` is the leaf hash of the event before.",
    Program: "All events are of one program.",
    Time: "`at` never goes back.",
    Cause: "A member's event has a cause, the ledger's own has none.",
    KeySpent: "The key of a cause is spent once.",
    Actor: "The actor is a member, or the ledger for what follows by itself.",
    Role: "The actor has one of the roles that may ask.",
    Opening: "Event 0 opens the program, as its first member, who leads; no other does.",
    List: "A list has its length, and each entry once.",
    ZeroAmount: "Money is at least 1 wei.",
    Number: "New things get the next free number.",
    Unknown: "What is named exists.",
    // The books.
    Balance: "I1: debits equal credits, and no line is zero.",
    Negative: "I3: no account is ever negative.",
    Postings: "The postings are those that the kind lists.",
    // People.
    RoleHeld: "A role is granted that is not held, and revoked that is.",
    LastLead: "A program keeps a lead.",
    PayeeRefused: "Money never goes to the contracts themselves.",
    AddressTaken: "An address belongs to one member.",
    UsableFrom: "A new address cools off.",
    Twin: "An address that looks like a known one is marked.",
    // The budget.
    Span: "A span ends after it starts, and periods do not overlap.",
    ProgramCap: "What periods hold stays within the program's cap.",
    Floors: "I5: what is not allotted covers the floors.",
    Ceiling: "I4: a category gets its ceiling at most.",
    Cap: "I5: allotments stay within the cap.",
    Closed: "Nothing new happens in a closed period.",
    Closing: "A period closes when claims can neither come nor wait, and no bounty promises.",
    Reason: "Who lowers an allotment, or says what became of a nonce or takes it back, says why; the ledger itself does not.",
    Unchanged: "A change of caps or ranges changes something.",
    Slots: "A bounty has 1 to 1000 slots.",
    Window: "Somebody can claim within the bounty's window.",
    Probe: "A probe reserves little.",
    Ended: "Of a closed bounty no slot is claimed or taken, and it is closed once.",
    SlotOwner: "A slot is taken and given back by who has it, or by a lead.",
    SlotHeld: "A person takes one slot of a bounty, and gives back one of which no claim was made.",
    SlotTaken: "A slot that somebody else has taken is theirs.",
    Until: "What stands for a while stands as long as the policy says.",
    // Claims.
    Bounty: "A claim of kind bounty names its bounty, is of its line and function, and asks its reward at most.",
    SlotLeft: "A bounty pays as many claims as it has slots.",
    FilingTime: "Claims are filed in their time.",
    OpenClaims: "A person has so many undecided claims at most.",
    LeadKind: "Claims of kind lead are the leads' own.",
    Payee: "The payee is an address of the claimant.",
    Cooldown: "A person waits between two claims.",
    Credits: "A person files so many claims without a bounty in a period.",
    LeadPay: "Leads are paid for time that has passed.",
    Evidence: "Live claims share a piece of evidence for a function, but for those that contest each other.",
    Contested: "Contested is somebody else's live claim to the same evidence, in no batch.",
    OfferTaken: "The offer that was made is accepted.",
    Share: "A person's share of a category is limited.",
    RetroLimit: "Retroactive claims of a period are limited.",
    PeriodStays: "A claim names its period, until that is closed.",
    Claimant: "A claim is its claimant's.",
    Stage: "The claim stands where this can happen to it.",
    Lane: "The lane follows from claim, claimant and limits.",
    RevisionDigest: "The revision digest covers the claim.",
    // Votes.
    OwnClaim: "Nobody judges their own claim.",
    Recused: "Who recused votes no more.",
    StaleVote: "A vote binds to the current revision.",
    Ordinal: "A reviewer's votes on a revision are counted from 1.",
    Ground: "A rejection rests on a ground, and nothing else does.",
    Offer: "An offer comes with sending back, and could be asked.",
    Verdict: "The verdict follows from the votes that count.",
    Promised: "A piece of evidence is promised money once: shares come to the whole at most.",
    Shortfall: "An agreed claim is told what is missing.",
    Waiting: "Free money goes to the oldest agreed claim that fits, before anything else.",
    // What happens beside votes.
    AppealOnce: "A claim is appealed for once.",
    AppealGround: "An appeal is against a ground that can be looked up.",
    AppealTime: "An appeal comes in time.",
    Held: "A claim is kept back by one at a time, and released if it is kept back.",
    HeldTwice: "Nobody keeps a claim back twice in the same way.",
    OneChallenge: "Nobody challenges two claims at a time.",
    Released: "A claim is released by who keeps it back, or by a lead.",
    ReversalOnce: "A reviewer votes once to take an approval back.",
    Reversal: "An approval is taken back by as many as could have rejected it.",
    // Persons, stakes, second looks.
    Invite: "Who joins comes with the secret of an open invite, or where everybody may.",
    Link: "Links join two persons, by whom they may, and come apart where they are.",
    Declared: "What is declared was not declared before.",
    Stake: "Nobody judges a claim of somebody they have a conflict with, or that pays a place of theirs.",
    Called: "An alternate votes where they were called, and is called where they may be.",
    Signed: "Votes are signed as the policy says, by an address of the reviewer.",
    Sample: "Sampled claims are those that the hashes draw, and are paid after a second look.",
    SingleHanded: "The only outside reviewer decides alone after the wait, and it says so.",
    // The Safe.
    Observation: "Blocks rise, nonces do not fall, owners and threshold make sense.",
    Transfer: "A transfer is recorded once, and withdrawn once.",
    Source: "What a member says of the chain is attested, and nothing else is.",
    Receipt: "What the ledger itself read names its receipt, and nothing else does.",
    Funder: "The ledger itself takes for a funding what somebody sent who sent another.",
    ReadBack: "What the ledger itself read, nobody else takes back or corrects.",
    Confirmed: "What a member attested and what stands is confirmed, once.",
    Round: "What the Safe sends to itself is not recorded.",
    Counted: "What a batch paid is no outflow beside it.",
    Lines: "A batch has as many lines as the policy allows.",
    NotApproved: "I6: a line pays an approved claim that is in flight on no other nonce.",
    Payout: "A line pays the revision's amount to its payee.",
    OnHold: "Nobody keeps the claim back.",
    Objection: "The objection period is over.",
    Cooling: "The payee's address has cooled off.",
    Observed: "The Safe was observed lately.",
    Nonce: "The nonce is the Safe's next free one, or an open one.",
    Beside: "Two batches share a nonce only where that is meant.",
    Candidate: "The same transaction is proposed once for a nonce.",
    Adopted: "A batch that a wallet made has the lines of the one that it adopts.",
    Owner: "An owner of the Safe, as it was last observed, agrees to a batch, once.",
    Form: "A signature is what its form wants.",
    EvidenceUp: "Somebody looked that the evidence is still up, if the policy wants it.",
    Suspense: "Nothing is proposed while an outflow is unexplained.",
    NonceEnd: "A nonce has one end, and none before those before it.",
    Unconsumed: "Claims are owed again once the Safe was seen behind their nonce.",
    Finding: "A finding contradicts an end, or is of a nonce without one; one at a time.",
    FindingStands: "While a finding stands on a nonce, nothing is proposed or signed for it, and nothing else ends it.",
    Mismatched: "A nonce is mismatched where a finding stands, and where people say so.",
    TwoPersons: "Two persons say the same where it takes two.",
    OwnMoney: "Nobody speaks where their own money is in question.",
    TakenBack: "An end is taken back while nothing was built on it, the last one first.",
    Explained: "What lies in suspense is explained once.",
    Refund: "Of what was paid, so much comes back at most.",
    Owed: "An outflow pays a claim that was owed.",
    Erasure: "A document goes when its author asks and another agrees, once.",
    StillNeeded: "What a decision rests on stays until that is over.",
    Notice: "A policy that loosens something is in force after its notice.",
    PolicyCited: "A revision cites the version in force.",
    Target: "The transaction calls the token, or MultiSendCallOnly.",
    SafeBalance: "I7: batches never ask more than the Safe holds.",
    Total: "The total is the sum of the lines.",
    Root: "A batch names size and root of the journal before it.",
    // The whole.
    PeriodWhole: "I2: a period's cap is all that its accounts hold.",
    CategoryWhole: "I4: a category holds what it was given, and its ceiling at most.",
    Buckets: "I8: reserved, encumbered and in flight are what they stand for.",
    PaidTwice: "I6: a claim is in flight on one nonce at a time, and paid once.",
    SlotsUsed: "A slot is used by one claim.",
    WholeOfTheWork: "Of a piece of evidence the whole is held and promised at most.",
    Money: "The Safe holds what came in and did not leave, and suspense what nobody explained.",
}

/// A rule that an event breaks, and how.
#[derive(Debug)]
pub struct Broken {
    pub rule: Rule,
    pub says: String,
}

/// A broken rule as the error it is.
pub fn broken<T>(rule: Rule, says: impl Into<String>) -> Result<T, Broken> {
    Err(Broken { rule, says: says.into() })
}

/// Holds something to a rule.
pub fn hold(rule: Rule, kept: bool, says: impl FnOnce() -> String) -> Result<(), Broken> {
    if kept { Ok(()) } else { broken(rule, says()) }
}
