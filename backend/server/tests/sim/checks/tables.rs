//! Every row of every projection, made again from the auditor's fold.

use std::collections::BTreeMap;

use server::db::AnyConn;
use server::db::Stored;
use server::db::rows::{
    Account, Address, Allotment, Batch, Bounty, Cap, Category, Entry, Event, Evidence, Funding, History,
    Member, Observation, Payout, Period, Revision, Row, Submission, Vote,
};

use crate::auditor::{Auditor, State, Wei};
use crate::play::Held;

/// As both databases keep an amount.
pub fn amount(wei: Wei) -> String {
    format!("{wei:039}")
}

/// As both databases keep a number; one that is too large becomes the largest.
pub fn int(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

/// The rows that a program must have.
pub struct Tables<'a> {
    program: String,
    auditor: &'a Auditor,
    state: &'a State,
}

impl<'a> Tables<'a> {
    pub fn of(held: &Held, auditor: &'a Auditor) -> Self {
        Self { program: held.program.id().store(), auditor, state: auditor.state() }
    }

    fn program(&self) -> String {
        self.program.clone()
    }

    pub fn entries(&self) -> Vec<Entry> {
        let entry = |entry: &crate::auditor::Entry| Entry {
            program: self.program(),
            seq: int(entry.seq),
            line: int(entry.line),
            account: entry.account.clone(),
            side: entry.side.to_owned(),
            amount: amount(entry.amount),
            balance_after: amount(entry.balance_after),
        };
        self.auditor.entries.iter().map(entry).collect()
    }

    /// By account, in the order of bytes.
    pub fn accounts(&self) -> Vec<Account> {
        let last: BTreeMap<&str, u64> =
            self.auditor.entries.iter().map(|entry| (entry.account.as_str(), entry.seq)).collect();
        let account = |(account, balance): (&String, &Wei)| Account {
            program: self.program(),
            account: account.clone(),
            balance: amount(*balance),
            seq: int(last[account.as_str()]),
        };
        self.auditor.books.balances.iter().map(account).collect()
    }

    /// Every range there was, in the order of the journal.
    pub fn categories(&self) -> Vec<Category> {
        let category = |(seq, place, category): &(u64, usize, crate::auditor::Category)| Category {
            program: self.program(),
            slug: category.slug.clone(),
            seq: int(*seq),
            position: int(*place + 1),
            floor: amount(category.floor),
            ceiling: amount(category.ceiling),
        };
        self.state.ranges.iter().map(category).collect()
    }

    /// The ranges in force, by position.
    pub fn categories_in_force(&self) -> Vec<Category> {
        let last: BTreeMap<i64, Category> =
            self.categories().into_iter().map(|row| (row.position, row)).collect();
        last.into_values().collect()
    }

    /// The caps of all periods.
    pub fn caps(&self) -> Vec<Cap> {
        let mut rows = Vec::new();
        for (period, known) in &self.state.periods {
            rows.extend(known.caps.iter().map(|(wei, seq, reason)| Cap {
                program: self.program(),
                period: int(*period),
                seq: int(*seq),
                cap: amount(*wei),
                reason: reason.clone(),
            }));
        }
        rows
    }

    pub fn periods(&self) -> Vec<Period> {
        let period = |(number, period): (&u32, &crate::auditor::Period)| Period {
            program: self.program(),
            number: int(*number),
            kind: period.kind.to_owned(),
            starts_at: period.span[0].clone(),
            ends_at: period.span[1].clone(),
            cap: amount(period.cap),
            seq: int(period.opened),
            closed_seq: period.closing.as_ref().map(|closing| int(closing.seq)),
            closed_at: period.closing.as_ref().map(|closing| closing.at.clone()),
            variance: period.closing.as_ref().map(|closing| closing.variance.clone()),
        };
        self.state.periods.iter().map(period).collect()
    }

    /// By period, category and version.
    pub fn allotments(&self) -> Vec<Allotment> {
        let mut rows = Vec::new();
        for (period, known) in &self.state.periods {
            for (category, versions) in &known.given {
                rows.extend((1..).zip(versions).map(|(version, (wei, seq, reason))| Allotment {
                    program: self.program(),
                    period: int(*period),
                    category: category.clone(),
                    version,
                    amount: amount(*wei),
                    seq: int(*seq),
                    reason: reason.clone(),
                }));
            }
        }
        rows
    }

    pub fn members(&self) -> Vec<Member> {
        let member = |(number, member): (&u32, &crate::auditor::Member)| Member {
            program: self.program(),
            number: int(*number),
            name: member.name.clone(),
            roles: member.roles.keys().copied().collect::<Vec<_>>().join(","),
            added_seq: int(member.added),
        };
        self.state.members.iter().map(member).collect()
    }

    pub fn addresses(&self) -> Vec<Address> {
        let address = |(address, place): (&String, &crate::auditor::Place)| Address {
            program: self.program(),
            address: address.clone(),
            member: int(place.owner),
            position: int(place.position),
            usable_from: place.usable_text.clone(),
            twin_of: place.twin.clone(),
            seq: int(place.recorded),
            proof: place.proof.clone(),
        };
        self.state.places.iter().map(address).collect()
    }

    pub fn bounties(&self) -> Vec<Bounty> {
        let bounty = |(number, bounty): (&u32, &crate::auditor::Bounty)| Bounty {
            program: self.program(),
            number: int(*number),
            period: int(bounty.period),
            category: bounty.category.clone(),
            function: bounty.function.clone(),
            brief: bounty.brief.clone(),
            reward: amount(bounty.reward),
            slots: int(bounty.slots),
            used: int(bounty.used),
            opens_at: bounty.window[0].clone(),
            closes_at: bounty.window[1].clone(),
            seq: int(bounty.posted),
            probe: bounty.probe.to_owned(),
            closed: bounty.closed.map(int),
            template: bounty.template.clone(),
        };
        self.state.bounties.iter().map(bounty).collect()
    }

    pub fn submissions(&self) -> Vec<Submission> {
        self.state.claims.iter().map(|(number, claim)| self.submission(*number, claim)).collect()
    }

    fn submission(&self, number: u32, claim: &crate::auditor::Claim) -> Submission {
        let revision = claim.revision();
        Submission {
            program: self.program(),
            number: int(number),
            member: int(claim.claimant),
            kind: claim.kind.to_owned(),
            bounty: claim.bounty.map(int),
            period: int(claim.period),
            category: claim.category.clone(),
            function: revision.function.clone(),
            channel: revision.channel.clone(),
            state: claim.stage.word().to_owned(),
            revision: int(claim.revisions.len()),
            digest: revision.digest.clone(),
            lane: revision.lane.to_owned(),
            amount: amount(revision.amount),
            payee: revision.payee.clone(),
            texts: revision.texts.clone(),
            filed_at: claim.filed_at.clone(),
            decided_at: claim.decided.as_ref().map(|(_, text)| text.clone()),
            batch: claim.stage.batch().map(int),
            seq: int(claim.touched),
            due_at: self.due_at(claim),
        }
    }

    /// When the decision is due, while reviewers are to make it.
    fn due_at(&self, claim: &crate::auditor::Claim) -> Option<String> {
        let made = domain::value::Timestamp::from_micros(claim.revision().made_micros).unwrap();
        let hours = u32::try_from(self.state.policy_of(claim.revision()).decision_hours).unwrap();
        let due = made.plus_hours(domain::value::Count::new(hours)).to_string();
        (claim.stage.word() == "submitted").then_some(due)
    }

    pub fn revisions(&self) -> Vec<Revision> {
        let mut rows = Vec::new();
        for (number, claim) in &self.state.claims {
            rows.extend((1..).zip(&claim.revisions).map(|(place, revision)| Revision {
                program: self.program(),
                submission: int(*number),
                revision: place,
                digest: revision.digest.clone(),
                amount: amount(revision.amount),
                payee: revision.payee.clone(),
                texts: revision.texts.clone(),
                lane: revision.lane.to_owned(),
                seq: int(revision.made),
                at: revision.made_at.clone(),
                policy: int(revision.policy),
                captures: revision.captures.join(","),
            }));
        }
        rows
    }

    /// By key, function and holder.
    pub fn evidence(&self) -> Vec<Evidence> {
        let mut rows = Vec::new();
        for (number, claim) in self.state.claims.iter().filter(|(_, claim)| claim.is_live()) {
            rows.extend(claim.revision().evidence.iter().map(|key| Evidence {
                program: self.program(),
                key: key.clone(),
                function: claim.revision().function.clone(),
                submission: int(*number),
                share: int(claim.share()),
                alone: i64::from(claim.revision().share.is_none() && claim.contests.is_none()),
            }));
        }
        rows.sort_by(|one, other| place(one).cmp(&place(other)));
        rows
    }

    /// By submission, revision, reviewer and ordinal.
    pub fn votes(&self) -> Vec<Vote> {
        let mut rows = Vec::new();
        for (number, claim) in &self.state.claims {
            rows.extend(claim.votes.iter().map(|vote| Vote {
                program: self.program(),
                submission: int(*number),
                revision: int(vote.revision),
                reviewer: int(vote.reviewer),
                ordinal: int(vote.ordinal),
                choice: vote.choice.to_owned(),
                reason: vote.reason.clone(),
                seq: int(vote.cast),
                at: vote.at.clone(),
                signature: vote.signed.as_ref().map(|[signature, _]| signature.clone()),
                signer: vote.signed.as_ref().map(|[_, signer]| signer.clone()),
                ground: vote.ground.map(str::to_owned),
                offer: vote.offer.map(amount),
            }));
        }
        rows.sort_by_key(|row| (row.submission, row.revision, row.reviewer, row.ordinal));
        rows
    }

    /// By submission and event.
    pub fn history(&self) -> Vec<History> {
        let mut rows = Vec::new();
        for (number, claim) in &self.state.claims {
            rows.extend(claim.history.iter().map(|moment| History {
                program: self.program(),
                submission: int(*number),
                seq: int(moment.seq),
                kind: moment.kind.clone(),
                member: moment.member.map(int),
                text: moment.text.clone(),
                until: moment.until.clone(),
                verdict: moment.verdict.map(str::to_owned),
                at: moment.at.clone(),
            }));
        }
        rows
    }

    pub fn observations(&self) -> Vec<Observation> {
        let observation = |seen: &crate::auditor::Observation| Observation {
            program: self.program(),
            seq: int(seen.seq),
            block: int(seen.block),
            block_hash: seen.block_hash.clone(),
            at: seen.at_text.clone(),
            nonce: int(seen.nonce),
            owners: seen.owners.join(","),
            threshold: int(seen.threshold),
            singleton: seen.singleton.clone(),
            modules: seen.modules.join(","),
            guard: seen.guard.clone(),
            balance: amount(seen.balance),
            source: seen.source.to_owned(),
        };
        self.state.observations.iter().map(observation).collect()
    }

    pub fn funding(&self) -> Vec<Funding> {
        let funding = |funding: &crate::auditor::Funding| Funding {
            program: self.program(),
            seq: int(funding.seq),
            amount: amount(funding.amount),
            tx_hash: funding.tx_hash.clone(),
            log_index: int(funding.log_index),
            sender: funding.sender.clone(),
            source: funding.source.to_owned(),
            withdrawn_seq: funding.withdrawn.as_ref().map(|(seq, _)| int(*seq)),
            reason: funding.withdrawn.as_ref().and_then(|(_, reason)| reason.clone()),
        };
        self.state.fundings.iter().map(funding).collect()
    }

    pub fn batches(&self) -> Vec<Batch> {
        let batch = |(number, batch): (&u32, &crate::auditor::Batch)| Batch {
            program: self.program(),
            number: int(*number),
            nonce: int(batch.nonce),
            total: amount(batch.total),
            safe_to: batch.to.clone(),
            operation: batch.operation.parse().unwrap(),
            domain_hash: batch.hashes[0].clone(),
            message_hash: batch.hashes[1].clone(),
            safe_tx_hash: batch.hashes[2].clone(),
            proposed_at: batch.at.clone(),
            size: int(batch.seq),
            root: batch.root.clone(),
            seq: int(batch.seq),
        };
        self.state.batches.iter().map(batch).collect()
    }

    pub fn payouts(&self) -> Vec<Payout> {
        let mut rows = Vec::new();
        for (number, batch) in &self.state.batches {
            rows.extend((1..).zip(&batch.lines).map(|(line, payout)| Payout {
                program: self.program(),
                batch: int(*number),
                line,
                submission: int(payout.submission),
                payee: payout.payee.clone(),
                amount: amount(payout.amount),
            }));
        }
        rows
    }

    /// Without the bytes, which are compared with the pure ledger's.
    pub fn events(&self) -> Vec<Event> {
        let event = |(seq, event): (i64, &crate::auditor::Headline)| Event {
            program: self.program(),
            seq,
            bytes: Vec::new(),
            leaf: event.leaf.clone(),
            at: event.at_text.clone(),
            actor: event.actor.clone(),
            kind: event.kind.clone(),
            cause_key: event.cause.as_ref().map(|[key, _]| key.clone()),
            cause_request: event.cause.as_ref().map(|[_, request]| request.clone()),
        };
        (0..).zip(&self.auditor.events).map(event).collect()
    }
}

/// Where a row of evidence stands among all.
fn place(row: &Evidence) -> (&str, &str, i64) {
    (&row.key, &row.function, row.submission)
}

/// An event's row without its bytes.
pub fn bare(event: Event) -> Event {
    Event { bytes: Vec::new(), ..event }
}

/// Compares all rows of a program.
pub fn check(conn: &mut AnyConn, held: &Held, auditor: &Auditor) {
    let tables = Tables::of(held, auditor);
    let id = tables.program();
    same(&tables.entries(), &Entry::list(conn, &id).unwrap());
    same(&tables.accounts(), &Account::list(conn, &id).unwrap());
    let mut categories = tables.categories();
    categories.sort_by(|one, other| (&one.slug, one.seq).cmp(&(&other.slug, other.seq)));
    same(&categories, &Category::list(conn, &id).unwrap());
    same(&tables.periods(), &Period::list(conn, &id).unwrap());
    same(&tables.caps(), &Cap::list(conn, &id).unwrap());
    same(&tables.allotments(), &Allotment::list(conn, &id).unwrap());
    same(&tables.members(), &Member::list(conn, &id).unwrap());
    same(&tables.addresses(), &Address::list(conn, &id).unwrap());
    same(&tables.bounties(), &Bounty::list(conn, &id).unwrap());
    same(&tables.submissions(), &Submission::list(conn, &id).unwrap());
    same(&tables.revisions(), &Revision::list(conn, &id).unwrap());
    same(&tables.evidence(), &Evidence::list(conn, &id).unwrap());
    same(&tables.votes(), &Vote::list(conn, &id).unwrap());
    same(&tables.history(), &History::list(conn, &id).unwrap());
    same(&tables.observations(), &Observation::list(conn, &id).unwrap());
    same(&tables.funding(), &Funding::list(conn, &id).unwrap());
    same(&tables.batches(), &Batch::list(conn, &id).unwrap());
    same(&tables.payouts(), &Payout::list(conn, &id).unwrap());
    let events: Vec<Event> = Event::list(conn, &id).unwrap().into_iter().map(bare).collect();
    same(&tables.events(), &events);
}

fn same<R: Row>(expected: &[R], found: &[R]) {
    for (expected, found) in expected.iter().zip(found) {
        assert_eq!(expected.line(), found.line(), "{}", R::TABLE);
    }
    assert_eq!(expected.len(), found.len(), "{}", R::TABLE);
}
