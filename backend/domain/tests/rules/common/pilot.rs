//! The pilot: 750 LPT for one month, four categories, a lead, outside reviewers, a treasurer.

use domain::command::{AddMember, Allot, OpenProgram};
use domain::event::Fact;
use domain::policy::{PersonShare, Policy};
use domain::submission::{Sample, Submission};
use domain::value::{BountyNumber, Count, SubmissionNumber};
use domain::words::{Choice, Role, YesNo};

use super::{
    Ledger, address, allot, amount, at, batch, category, check, claim, digest, funding, observation, period,
    record_address, slug, vote,
};
use domain::command::{FileSubmission, PostBounty};

pub const LEAD: u32 = 1;
pub const OUTSIDE: u32 = 2;
pub const SECOND_OUTSIDE: u32 = 3;
pub const TREASURER: u32 = 4;
/// A third outside reviewer.
pub const ALTERNATE: u32 = 5;
pub const AUDITOR: u32 = 6;
pub const ANA: u32 = 7;
pub const BEN: u32 = 8;
pub const CLEO: u32 = 9;

/// The token of the pilot: LPT on Arbitrum One.
pub const TOKEN: u8 = 0xe1;
pub const SAFE: u8 = 0xe2;
pub const MULTI_SEND: u8 = 0xe3;
/// Another contract of the Safe software, which is never paid.
pub const OTHER_CONTRACT: u8 = 0xe4;

/// What the pilot decides by: what every program is offered, and its own two values.
pub fn policy() -> Policy {
    Policy {
        person_shares: vec![PersonShare { category: slug("bounties"), percent: Count::new(40) }],
        single_handed_hours: Some(Count::new(168)),
        ..Policy::default()
    }
}

fn member(handle: &str, roles: &[Role]) -> AddMember {
    AddMember { name: digest(handle), roles: roles.to_vec() }
}

/// What the pilot is opened with.
pub fn charter() -> OpenProgram {
    OpenProgram {
        cap: amount("750"),
        categories: vec![
            category("lead", "500", "500"),
            category("bounties", "100", "150"),
            category("marketing", "50", "100"),
            category("operations", "25", "50"),
        ],
        chain: "42161".parse().unwrap(),
        demo: YesNo::Yes,
        members: vec![
            member("lead", &[Role::Lead, Role::Reviewer]),
            member("outside", &[Role::Reviewer]),
            member("second outside", &[Role::Reviewer]),
            member("treasurer", &[Role::Treasurer]),
            member("alternate", &[Role::Reviewer]),
            member("auditor", &[Role::Auditor]),
            member("ana", &[Role::Contributor]),
            member("ben", &[Role::Contributor]),
            member("cleo", &[Role::Contributor]),
        ],
        multi_send: address(MULTI_SEND),
        policy: policy(),
        refused_payees: vec![address(OTHER_CONTRACT)],
        safe: address(SAFE),
        safe_version: "1.4.1".parse().unwrap(),
        texts: digest("the pilot"),
        token: address(TOKEN),
    }
}

/// The pilot just opened, before its period.
pub fn opened() -> Ledger {
    Ledger::open(&charter()).unwrap()
}

/// The pilot with its opening allotment, under another policy.
pub fn pilot_where(change: impl FnOnce(&mut Policy)) -> Ledger {
    let mut charter = charter();
    change(&mut charter.policy);
    allotted(begun(Ledger::open(&charter).unwrap()))
}

/// The pilot in its period, nothing allotted; every contributor and the lead have a payout address.
pub fn started() -> Ledger {
    begun(opened())
}

/// The same, opened with another charter.
pub fn started_with(charter: &OpenProgram) -> Ledger {
    begun(Ledger::open(charter).unwrap())
}

fn begun(mut ledger: Ledger) -> Ledger {
    for person in [LEAD, OUTSIDE, TREASURER, ANA, BEN, CLEO] {
        ledger.does(person, record_address(address(u8::try_from(person).unwrap())));
    }
    ledger.does(LEAD, period("750", "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z"));
    ledger.now = at("2026-03-02T09:00:00Z");
    ledger
}

/// The pilot with its opening allotment: 50 LPT stay unallotted.
pub fn pilot() -> Ledger {
    allotted(started())
}

fn allotted(mut ledger: Ledger) -> Ledger {
    let plan = [("lead", "500"), ("bounties", "125"), ("marketing", "50"), ("operations", "25")];
    ledger.does(LEAD, Allot { reason: None, ..allot(&plan) });
    ledger
}

impl Ledger {
    pub fn submission(&self, number: u32) -> &Submission {
        self.program.submission(SubmissionNumber::new(number).unwrap()).unwrap()
    }

    /// Files a claim that must be accepted; its number.
    pub fn files(&mut self, person: u32, claim: FileSubmission) -> u32 {
        let fact = self.does(person, claim);
        let Fact::SubmissionFiled { outcome, .. } = fact else { panic!("{fact:?}") };
        outcome.submission.get()
    }

    /// Posts a bounty that must be accepted; its number.
    pub fn posts(&mut self, bounty: PostBounty) -> BountyNumber {
        let fact = self.does(LEAD, bounty);
        let Fact::BountyPosted { outcome, .. } = fact else { panic!("{fact:?}") };
        outcome.bounty
    }

    /// Casts a reviewer's next vote on the current revision; the verdict's word.
    pub fn votes(&mut self, reviewer: u32, submission: u32, choice: Choice) -> &'static str {
        let vote = vote(self, reviewer, submission, choice);
        let fact = self.does(reviewer, vote);
        let Fact::VoteCast { outcome, .. } = fact else { panic!("{fact:?}") };
        outcome.verdict.as_str()
    }

    /// Both outside reviewers approve; the last verdict.
    pub fn approves(&mut self, submission: u32) -> &'static str {
        let mut verdict = "";
        for reviewer in [OUTSIDE, SECOND_OUTSIDE] {
            if self.state(submission) == "submitted" {
                verdict = self.votes(reviewer, submission, Choice::Approve);
            }
        }
        verdict
    }

    /// Two outside reviewers reject on judgement.
    pub fn rejects(&mut self, submission: u32) {
        for reviewer in [OUTSIDE, ALTERNATE] {
            self.votes(reviewer, submission, Choice::Reject);
        }
        assert_eq!(self.state(submission), "rejected");
    }

    /// The Safe is funded and was looked at.
    pub fn is_ready_to_pay(&mut self) {
        self.does(TREASURER, funding(self, "750"));
        self.sees_the_safe();
    }

    /// A fresh look at the Safe, which nothing has left.
    pub fn sees_the_safe(&mut self) {
        let nonce = self.program.observation().map_or(0, |seen| seen.safe.nonce.get());
        self.does(TREASURER, observation(self, nonce, "750"));
    }

    /// Files an expense claim and has it approved, and looked at again if it is in the sample; its number.
    pub fn approved(&mut self, person: u32, category: &str, lpt: &str) -> u32 {
        let number = self.files(person, claim(self, person, category, lpt));
        assert_eq!(self.approves(number), "approved");
        self.passes(number);
        number
    }

    /// Another reviewer looks at an approved claim again, if it is in the sample.
    pub fn passes(&mut self, number: u32) {
        if self.submission(number).sample == Sample::Awaited {
            self.does(ALTERNATE, check(number, true));
        }
    }

    /// Funds the Safe, looks at it and proposes a batch of these submissions.
    pub fn proposes(&mut self, submissions: &[u32]) {
        let nonce = self.program.next_nonce().map_or(0, domain::value::Seq::get);
        self.does(TREASURER, funding(self, "750"));
        self.does(TREASURER, observation(self, nonce, "750"));
        self.does(TREASURER, batch(self, submissions));
    }
}
