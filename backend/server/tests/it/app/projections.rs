//! I9: tables and reports say what the fold of the events says.

use std::collections::BTreeMap;

use domain::books::{Account, Posting};
use domain::submission::Stage;
use domain::value::{Amount, PeriodNumber};
use domain::words::{Bucket, Role, Side};
use server::db::rows;
use server::db::{AnyConn, Stored};

use super::history::{journal, play};
use super::world::{World, run, slug};
use crate::common::{TestDb, on_both};

fn wei(text: &str) -> u128 {
    Amount::restore(text).unwrap().wei()
}

fn int(number: impl TryInto<i64, Error: std::fmt::Debug>) -> i64 {
    number.try_into().unwrap()
}

/// Balances as the postings add up, counted here by hand.
#[derive(Default)]
struct Sums(BTreeMap<String, i128>);

impl Sums {
    fn post(&mut self, Posting(account, side, amount): &Posting) {
        // Assets and authority grow by debits, all else by credits (design §5).
        let name = account.to_string();
        let last = name.rsplit('/').next().unwrap();
        let grows = match last {
            "authority" | "spent" | "safe" | "suspense_out" | "lost" => *side == Side::Debit,
            _ => *side == Side::Credit,
        };
        let balance = self.0.entry(name).or_default();
        // Between the lines of one event it may go below zero.
        let wei = i128::try_from(amount.wei()).unwrap();
        *balance += if grows { wei } else { -wei };
    }
}

async fn tables(test: &TestDb) -> (World, AnyConn, String) {
    let world = play(test).await;
    let id = world.id().await;
    (world, test.open(), id)
}

on_both! {
    fn entries_and_accounts_are_the_postings_of_the_journal(test: TestDb) {
        run(async {
            let (world, mut conn, id) = tables(test).await;
            let entries = rows::Entry::list(&mut conn, &id).unwrap();
            let mut lines = entries.iter();
            let (mut sums, mut last_moved) = (Sums::default(), BTreeMap::new());
            for recorded in journal(&world, test).await {
                let (seq, postings) = (int(recorded.event.seq.get()), recorded.event.postings);
                for posting in &postings {
                    sums.post(posting);
                }
                for (line, Posting(account, side, amount)) in (1..).zip(&postings) {
                    let row = lines.next().unwrap();
                    assert_eq!((row.seq, row.line), (seq, line));
                    assert_eq!((&row.account, &row.side), (&account.to_string(), &side.to_string()));
                    assert_eq!(row.amount, amount.store());
                    assert_eq!(i128::try_from(wei(&row.balance_after)).unwrap(), sums.0[&row.account], "{seq} {}", row.account);
                    last_moved.insert(row.account.clone(), seq);
                }
            }
            assert!(lines.next().is_none());

            let accounts = rows::Account::list(&mut conn, &id).unwrap();
            let found: BTreeMap<String, i128> = accounts
                .iter()
                .map(|row| (row.account.clone(), i128::try_from(wei(&row.balance)).unwrap()))
                .collect();
            assert_eq!(found, sums.0);
            for row in &accounts {
                assert_eq!(row.seq, last_moved[&row.account], "{}", row.account);
                let account: Account = row.account.parse().unwrap();
                assert_eq!(world.program().await.books().balance(account).wei(), wei(&row.balance));
            }
            println!("count: entries checked {}", entries.len());
        });
    }

    fn claims_bounties_and_allotments_are_the_state(test: TestDb) {
        run(async {
            let (world, mut conn, id) = tables(test).await;
            let program = world.program().await;
            let claims = rows::Submission::list(&mut conn, &id).unwrap();
            assert_eq!(claims.len(), program.submissions().count());
            for row in &claims {
                let number = u32::try_from(row.number).unwrap().to_string().parse().unwrap();
                let claim = program.submission(number).unwrap();
                assert_eq!(row.state, claim.stage.name());
                assert_eq!((wei(&row.amount), &row.payee), (claim.revision.amount.wei(), &claim.revision.payee.store()));
                assert_eq!((&row.digest, &row.lane), (&claim.revision.digest.store(), &claim.revision.lane.to_string()));
                assert_eq!((row.member, row.seq), (int(claim.claimant.get()), int(claim.touched.get())));
                assert_eq!(row.decided_at, claim.stage.decided_at().map(|at| at.store()));
                let batch = match claim.stage { Stage::InBatch { batch, .. } => Some(int(batch.get())), _ => None };
                assert_eq!((row.batch, row.revision), (batch, int(claim.revision.number.get())));
                assert_eq!((&row.category, row.period), (&claim.category.to_string(), int(claim.period.get())));
            }
            for row in rows::Bounty::list(&mut conn, &id).unwrap() {
                let bounty = program.bounties().find(|bounty| int(bounty.number.get()) == row.number).unwrap();
                assert_eq!((row.slots, row.used), (int(bounty.slots.get()), int(bounty.used.get())));
                assert_eq!(wei(&row.reward), bounty.reward.wei());
                assert_eq!((row.closed, row.probe), (bounty.closed.map(|seq| int(seq.get())), bounty.probe.to_string()));
            }
            let evidence = rows::Evidence::list(&mut conn, &id).unwrap();
            let held: usize = program.submissions().filter(|claim| claim.stage.is_live())
                .map(|claim| claim.revision.evidence.len()).sum();
            assert_eq!(evidence.len(), held);
            for row in &evidence {
                let holders = program.evidence_holders(row.key.parse().unwrap(), slug(&row.function));
                let held = holders.iter().find(|held| int(held.submission.get()) == row.submission).unwrap();
                assert_eq!(row.share, int(held.share));
            }
            for row in rows::Member::list(&mut conn, &id).unwrap() {
                let member = program.members().find(|member| int(member.number.get()) == row.number).unwrap();
                let roles: Vec<&str> = Role::ALL.iter().filter(|role| member.holds(**role)).map(|role| role.as_str()).collect();
                assert_eq!(row.roles, roles.join(","));
            }
            let payouts = rows::Payout::list(&mut conn, &id).unwrap();
            let lines = program.batches().flat_map(|batch| (1_i64..).zip(&batch.payouts)
                .map(|(line, payout)| (int(batch.number.get()), line, int(payout.submission.get()), payout.amount.wei()))
                .collect::<Vec<_>>());
            assert!(payouts.iter().map(|row| (row.batch, row.line, row.submission, wei(&row.amount))).eq(lines));
            println!("count: claims checked against their rows {}", claims.len());
        });
    }

    fn the_budget_report_is_the_sum_of_the_tables(test: TestDb) {
        run(async {
            let (world, mut conn, id) = tables(test).await;
            let claims = rows::Submission::list(&mut conn, &id).unwrap();
            let bounties = rows::Bounty::list(&mut conn, &id).unwrap();
            let allotments = rows::Allotment::list(&mut conn, &id).unwrap();
            let mut cells = 0;
            for period in [1, 2] {
                let report = world.app.budget(world.slug, PeriodNumber::new(period).unwrap()).await.unwrap();
                let period = i64::from(period);
                let mut given_to_all = 0;
                for line in &report.lines {
                    let category = line.category.to_string();
                    let sum = |state: &str| -> u128 {
                        claims.iter()
                            .filter(|row| row.period == period && row.category == category && row.state == state)
                            .map(|row| wei(&row.amount)).sum()
                    };
                    let reserved: u128 = bounties.iter()
                        .filter(|row| row.period == period && row.category == category)
                        // No claim waits for a slot of the one that is closed.
                        .filter(|row| row.closed.is_none())
                        .map(|row| wei(&row.reward) * u128::try_from(row.slots - row.used).unwrap()).sum();
                    let versions: Vec<u128> = allotments.iter()
                        .filter(|row| row.period == period && row.category == category)
                        .map(|row| wei(&row.amount)).collect();
                    let (original, given) = (versions.first().copied().unwrap_or(0), versions.last().copied().unwrap_or(0));
                    let (encumbered, inflight) = (sum("approved"), sum("in_batch"));
                    let available = given - reserved - encumbered - inflight;
                    let expected = [original, given, encumbered, inflight, reserved, available, 0, 0];
                    let found = [
                        line.original, line.allotment, line.encumbered, line.inflight, line.reserved,
                        line.available, line.expended, line.lapsed,
                    ];
                    assert_eq!(found.map(Amount::wei), expected, "{category}");
                    let balance = world.program().await.books().line(report.period, line.category, Bucket::Available);
                    assert_eq!((balance, line.excess()), (line.available, Some(Amount::ZERO)));
                    given_to_all += given;
                    cells += found.len();
                }
                assert_eq!(report.unallotted.wei(), report.cap.wei() - given_to_all);
            }
            println!("count: cells of the budget report {cells}");
        });
    }
}
