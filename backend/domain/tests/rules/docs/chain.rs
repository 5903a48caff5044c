//! The kinds of events about what became of nonces, and about LPT that moved without a batch.

use domain::event::Kind;

use super::budget::About;
use super::describe::{Object, field, movement, optional};
use super::kinds::{PROPOSED, SECONDED};
use super::objects::{consumptions, findings, forms, sources};
use super::shape::Shape::{Address, Amount, Bytes, Count, Digest, Number, Signature, Word};

/// The description of one of them.
pub fn about(kind: Kind) -> About {
    match kind {
        Kind::RejectionProposed => (
            "A transaction that pays nobody is proposed for a nonce for which something was proposed, which nobody has said the end of and which the Safe had not consumed when last observed: a call of the Safe itself with no value and no data. It is a batch without payouts, once for a nonce. Once it is executed, nothing else on the nonce can be.",
            &REJECT,
            Some(&PROPOSED),
            vec![],
        ),
        Kind::BatchExecuted => (
            "A batch was executed. As `system`, the receipt shows it to the wei, and no second word is needed. Nobody has said the end of its nonce, and somebody has of every lower one for which something was proposed. Its claims that are in flight are paid; claims in flight on the nonce that it does not pay are owed again. Where none is, one treasurer's word suffices. Where one is, a second word has to say the same of the same transaction, by another person who holds lead, reviewer or treasurer; the first counts as long as its speaker said nothing else of it later, has held one of these without a break since and is not known as the claimant of one that is owed again, and no more was proposed for the nonce. When done, in the order of the claims' numbers, the first two movements for each claim paid; the third for all that it pays and somebody had settled before, which lies in suspense as an outflow recorded by this event; the fourth for each claim owed again. `safe` carries what is paid. Where a claim is owed again, the Safe was last observed behind the nonce. No finding stands on the nonce.",
            &EXECUTE,
            Some(&SECONDED),
            vec![
                movement("P/C/inflight", "P/C/expended", "the revision's amount"),
                movement("P/C/spent", "safe", "the revision's amount"),
                movement("suspense_out", "safe", "the amounts of what was settled before"),
                movement("P/C/inflight", "P/C/encumbered", "the revision's amount"),
            ],
        ),
        Kind::NonceConsumed => (
            "A nonce was consumed and paid none of its claims: all claims in flight on it are owed again. As in `batch_executed`, of a batch that pays nobody; but where a finding stands on the nonce, its end is `mismatched`, and only there. `system` never says `mismatched`.",
            &CONSUME,
            Some(&SECONDED),
            vec![movement("P/C/inflight", "P/C/encumbered", "the revision's amount")],
        ),
        Kind::ExecutionWithdrawn => (
            "What was said of the end of a nonce was wrong: a member takes back what a member attested; `system`, what the chain no longer has, or never had. Then a finding `contradicted` no longer stands on it, and as `system` none does; where there is no end, `system` takes back the finding alone. It is the highest nonce with an end; of what it paid nothing came back since, what it found settled before is not explained yet, and what was owed again is approved as it was, by no later revision, and in no batch. The exact inverse of what the end posted; its claims are in flight on the nonce again, each in its last candidate that holds it.",
            &REOPEN,
            None,
            vec![
                movement(
                    "P/C/expended",
                    "P/C/inflight",
                    "the revision's amount, for each claim that was paid",
                ),
                movement("safe", "P/C/spent", "the same"),
                movement("safe", "suspense_out", "the amounts of what was settled before"),
                movement(
                    "P/C/encumbered",
                    "P/C/inflight",
                    "the revision's amount, for each claim that was owed again",
                ),
            ],
        ),
        Kind::InflowRecorded => (
            "LPT came into the Safe, and nobody knows yet what it was. A transfer of the chain is recorded once, as a funding, an inflow, an outflow or a refund, unless it was withdrawn since; its sender is not the Safe.",
            &INFLOW,
            None,
            vec![movement("safe", "suspense_in", "the amount")],
        ),
        Kind::OutflowRecorded => (
            "LPT left the Safe that no executed batch accounts for; at most what `safe` holds. Its recipient is not the Safe, and, unless `system` read it, no batch that the same transaction executed has a line with both its recipient and its amount. Until two persons say what it was, no batch is proposed.",
            &OUTFLOW,
            None,
            vec![movement("suspense_out", "safe", "the amount")],
        ),
        Kind::RefundRecorded => (
            "Somebody who was paid sent LPT back, and is not the Safe: at most what was paid for the claim and did not come back before. The second movement if the claim's period is not closed, the third if it is.",
            &REFUND,
            None,
            refunded("safe"),
        ),
        Kind::TransferWithdrawn => (
            "An inflow or outflow that nobody explained, or a refund, was recorded wrongly and is taken back, once, by a member only if a member attested it: the first movement for an inflow, the second for an outflow, the others for a refund, the last where the claim's period is closed. `safe` holds the amount of an inflow. What a refund freed is still free, in a closed period as far as the program's cap carries it again; and `safe` holds as much beside `suspense_in` and what the nonces without an end ask for.",
            &WITHDRAW,
            None,
            vec![
                movement("suspense_in", "safe", "the amount"),
                movement("safe", "suspense_out", "the amount"),
                movement("P/C/spent", "safe", "the amount"),
                movement("P/C/available", "P/C/expended", "the amount"),
                movement("P/C/lapsed", "P/C/expended", "the amount"),
            ],
        ),
        Kind::InflowClassified => {
            let mut postings = vec![movement("suspense_in", "contributed", "the amount of the inflow")];
            postings.extend(refunded("suspense_in"));
            (
                "What an inflow was: a contribution, with the first movement; or the refund of a paid claim, as in `refund_recorded`, with the others. It takes a second word for the same, by another person who holds lead, reviewer or treasurer; the first counts as long as its speaker said nothing else of it later, has held one of these without a break since and is not known as the claimant of the claim named. Money moves when done.",
                &CLASSIFY,
                Some(&SECONDED),
                postings,
            )
        }
        Kind::OutflowSettled => settled(),
        Kind::WordConfirmed | Kind::FindingRecorded | Kind::SignatureRecorded => read(kind),
        _ => unreachable!("{kind} is described elsewhere"),
    }
}

fn settled() -> About {
    (
        "What an outflow was: a loss; or the payment of a claim that is approved or in a batch, which is then paid for good: in a batch that may still be executed as well, or without the second look that it awaited. Two persons say the same, as in `inflow_classified`. When done, for a claim, the first movement and the second or third with the smaller of the outflow and the revision's amount, out of where the claim's money is; if the outflow is smaller, the rest of the claim's money with one of the next four; the last with what is more than the claim, or with all of a loss.",
        &SETTLE,
        Some(&SECONDED),
        vec![
            movement("P/C/spent", "suspense_out", "what pays the claim"),
            movement("P/C/encumbered", "P/C/expended", "the same"),
            movement("P/C/inflight", "P/C/expended", "the same"),
            movement("P/C/encumbered", "P/C/available", "what was not paid of the claim"),
            movement("P/C/inflight", "P/C/available", "the same"),
            movement("P/C/encumbered", "P/C/lapsed", "the same, if the period is closed"),
            movement("P/C/inflight", "P/C/lapsed", "the same, if the period is closed"),
            movement("lost", "suspense_out", "what pays no claim"),
        ],
    )
}

/// What the ledger reads itself, and who signs.
fn read(kind: Kind) -> About {
    match kind {
        Kind::WordConfirmed => (
            "The ledger read on the chain what a member had attested, and that stands: LPT that moved, or the end of a nonce. From now on its source is `chain`.",
            &CONFIRM,
            None,
            vec![],
        ),
        Kind::FindingRecorded => (
            "The ledger read on the chain of a nonce what is for people to settle: `mismatched`, a batch of it was executed and what moved is not its lines to the wei; `elsewhere`, another transaction consumed it and paid what a line in flight would pay; `contradicted`, the end that members attested is not what the chain shows, and was built upon since. The first two of a nonce without an end, the third of one with an end; one at a time. The lines in flight stay in flight until the nonce is said to be `mismatched`, which takes two persons where any are; words said before count no longer.",
            &FIND,
            None,
            vec![],
        ),
        Kind::SignatureRecorded => (
            "An owner of the Safe, as it was last observed, agrees to the transaction of a batch on a nonce for which more can be proposed: once for each owner and batch. `signature` with the forms `eip712` (of `safe_tx_hash`) and `eth_sign` (of that hash as an EIP-191 message), and it is the owner's; `contract` with the form `contract`; neither with `approved_hash`.",
            &SIGN,
            None,
            vec![],
        ),
        _ => unreachable!("{kind} is described elsewhere"),
    }
}

fn refunded(from: &'static str) -> Vec<super::describe::Movement> {
    vec![
        movement(from, "P/C/spent", "the amount"),
        movement("P/C/expended", "P/C/available", "the amount"),
        movement("P/C/expended", "P/C/lapsed", "the amount"),
    ]
}

/// Who may not ask, although the table of roles would let them.
pub fn separations(kind: Kind) -> &'static str {
    match kind {
        Kind::BatchExecuted | Kind::NonceConsumed => {
            "Treasurers only, where no claim is owed again; where one is, not its claimant."
        }
        Kind::InflowClassified | Kind::OutflowSettled => "Not the claimant of the claim named.",
        _ => "",
    }
}

static REJECT: Object = Object {
    name: "asked",
    meaning: "",
    fields: &[
        field("domain_hash", Digest, "the EIP-712 domain separator of the Safe"),
        field("message_hash", Digest, "the EIP-712 hash of the SafeTx struct"),
        field("nonce", Count, "an open one, below 2⁶⁴"),
        field("safe_tx_hash", Digest, "what the owners sign"),
    ],
};

static EXECUTE: Object = Object {
    name: "asked",
    meaning: "",
    fields: &[
        field("batch", Number, "which one"),
        optional("receipt", Digest, "the document with the receipt, if the ledger itself read it; only then"),
        field(
            "source",
            Word("word", sources),
            "how the ledger came to know: `chain` if `system` asks, else `attested`",
        ),
        field("tx_hash", Digest, "the transaction that executed it"),
    ],
};

static CONSUME: Object = Object {
    name: "asked",
    meaning: "",
    fields: &[
        field(
            "how",
            Word("word", consumptions),
            "`failed`: the execution of a batch failed; `mismatched`: what was executed is none of its batches, with a finding that stands; `replaced`: by another transaction",
        ),
        field("nonce", Count, "one for which something was proposed, below 2⁶⁴"),
        optional("reason", Digest, "the document that says how it is known, if a member asks; only then"),
        optional("receipt", Digest, "the document with the receipt, if the ledger itself read it; only then"),
        field(
            "source",
            Word("word", sources),
            "how the ledger came to know: `chain` if `system` asks, else `attested`",
        ),
        field("tx_hash", Digest, "the transaction that consumed it"),
    ],
};

static REOPEN: Object = Object {
    name: "asked",
    meaning: "",
    fields: &[
        field("nonce", Count, "the one whose end was wrong, below 2⁶⁴"),
        optional("reason", Digest, "the document that says why, if a member asks; only then"),
    ],
};

static CONFIRM: Object = Object {
    name: "asked",
    meaning: "",
    fields: &[
        field("event", Count, "the `seq` of the event that stated it; of a nonce, that ended it; below 2⁶⁴"),
        field("receipt", Digest, "the document with the receipt"),
    ],
};

static FIND: Object = Object {
    name: "asked",
    meaning: "",
    fields: &[
        field("finding", Word("word", findings), "what was found"),
        field("nonce", Count, "one for which something was proposed, below 2⁶⁴"),
        field("receipt", Digest, "the document with the receipt"),
        field("tx_hash", Digest, "the transaction that consumed it"),
    ],
};

static SIGN: Object = Object {
    name: "asked",
    meaning: "",
    fields: &[
        field("batch", Number, "which one"),
        optional("contract", Bytes, "what the contract accepts as its signature (EIP-1271)"),
        field("form", Word("word", forms), "how the owner agrees"),
        field("owner", Address, "who agrees"),
        optional("signature", Signature, "by the owner's key; v is 27 or 28 in both forms"),
    ],
};

static INFLOW: Object = Object {
    name: "asked",
    meaning: "",
    fields: &[
        field("amount", Amount, "what came in"),
        field("log_index", Count, "the place of its Transfer log in the block"),
        optional("receipt", Digest, "the document with the receipt, if the ledger itself read it; only then"),
        optional("sender", Address, "who sent it, if known"),
        field(
            "source",
            Word("word", sources),
            "how the ledger came to know: `chain` if `system` asks, else `attested`",
        ),
        field("tx_hash", Digest, "its transaction"),
    ],
};

static OUTFLOW: Object = Object {
    name: "asked",
    meaning: "",
    fields: &[
        field("amount", Amount, "what left"),
        field("log_index", Count, "the place of its Transfer log in the block"),
        optional("receipt", Digest, "the document with the receipt, if the ledger itself read it; only then"),
        optional("recipient", Address, "to whom, if known"),
        field(
            "source",
            Word("word", sources),
            "how the ledger came to know: `chain` if `system` asks, else `attested`",
        ),
        field("tx_hash", Digest, "its transaction"),
    ],
};

static REFUND: Object = Object {
    name: "asked",
    meaning: "",
    fields: &[
        field("amount", Amount, "what came back"),
        field("log_index", Count, "the place of its Transfer log in the block"),
        optional("sender", Address, "who sent it, if known"),
        field(
            "source",
            Word("word", sources),
            "how the ledger came to know: `chain` if `system` asks, else `attested`",
        ),
        field("submission", Number, "the paid claim"),
        field("tx_hash", Digest, "its transaction"),
    ],
};

static WITHDRAW: Object = Object {
    name: "asked",
    meaning: "",
    fields: &[
        field("event", Count, "the `seq` of the event that recorded it, below 2⁶⁴"),
        optional("reason", Digest, "the document that says why, if a member asks; only then"),
    ],
};

static CLASSIFY: Object = Object {
    name: "asked",
    meaning: "",
    fields: &[
        field("event", Count, "the `seq` of the `inflow_recorded`, below 2⁶⁴"),
        field("reason", Digest, "the document that says how it is known"),
        optional("submission", Number, "the paid claim that it refunds; a contribution if absent"),
    ],
};

static SETTLE: Object = Object {
    name: "asked",
    meaning: "",
    fields: &[
        field("event", Count, "the `seq` of the event that recorded it, below 2⁶⁴"),
        field("reason", Digest, "the document that says how it is known"),
        optional("submission", Number, "the claim that it paid; a loss if absent"),
    ],
};
