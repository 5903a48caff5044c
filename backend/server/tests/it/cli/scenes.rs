//! What the demo shows, looked for in its journal by the words of docs/events.md: each scene by its name.

use domain::Program;
use domain::books::Account;
use domain::submission::Stage;
use domain::value::{Amount, BountyNumber, Seq, SubmissionNumber, Timestamp};
use domain::words::{PeriodState, YesNo};
use serde_json::Value;
use server::app::{App, Ask, NewBatch};
use server::db::query::Limit;
use server::demo;

use crate::common::{TestDb, on_both};

const SCENES: [&str; 6] = [
    "a counter-offer",
    "a taken slot",
    "a challenge",
    "a reopened claim",
    "a moved allotment releasing a waiting claim",
    "a period in evaluation",
];

fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Runtime::new().unwrap().block_on(work)
}

/// The demo with its journal and the state that it comes to.
async fn play(db: &TestDb) -> (App, Vec<Value>, Program) {
    let (app, fresh) = demo::open_or_play(&db.target, now()).await.unwrap();
    assert!(fresh);
    let program = app.program(demo::slug().unwrap()).await.unwrap();
    let mut events: Vec<Value> = Vec::new();
    while events.len() < usize::try_from(program.size().get()).unwrap() {
        let after = events.last().map(|event| event["seq"].as_str().unwrap().parse::<Seq>().unwrap());
        let page = app.list_events(program.id(), after, Limit::MAX).await.unwrap();
        events.extend(page.iter().map(|event| serde_json::from_slice::<Value>(&event.bytes).unwrap()));
    }
    (app, events, program)
}

fn asked<'a>(event: &'a Value, field: &str) -> &'a str {
    event["data"]["asked"][field].as_str().unwrap_or_default()
}

fn outcome<'a>(event: &'a Value, field: &str) -> &'a str {
    event["data"]["outcome"][field].as_str().unwrap_or_default()
}

fn of<'a>(events: &'a [Value], kind: &str) -> impl Iterator<Item = (usize, &'a Value)> {
    events.iter().enumerate().filter(move |(_, event)| event["kind"] == kind)
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The scenes that a journal shows, when it is looked at at this moment.
fn scenes(events: &[Value], program: &Program, at: Timestamp) -> Vec<&'static str> {
    let found = [
        counter_offer(events, program),
        taken_slot(events, program, at),
        challenge(events, program, at),
        reopened(events, program),
        moved(events),
        evaluating(events, program, at),
    ];
    SCENES.into_iter().zip(found).filter(|(_, found)| *found).map(|(scene, _)| scene).collect()
}

fn claim<'a>(program: &'a Program, event: &Value) -> &'a domain::submission::Submission {
    program.submission(asked(event, "submission").parse::<SubmissionNumber>().unwrap()).unwrap()
}

/// Less than was asked is offered with a reason, taken by the claimant, and paid.
fn counter_offer(events: &[Value], program: &Program) -> bool {
    of(events, "offer_accepted").any(|(place, accepted)| {
        let claim = claim(program, accepted);
        let filed = of(events, "submission_filed")
            .find(|(_, filed)| outcome(filed, "submission") == asked(accepted, "submission"));
        let offered = of(&events[..place], "vote_cast").any(|(_, vote)| {
            asked(vote, "submission") == asked(accepted, "submission")
                && asked(vote, "choice") == "needs_changes"
                && asked(vote, "offer") == asked(accepted, "amount")
        });
        let wei = |event: &Value| asked(event, "amount").parse::<u128>().unwrap();
        offered
            && filed.is_some_and(|(_, filed)| wei(filed) > wei(accepted))
            && claim.revision.amount.wei() == wei(accepted)
            && matches!(claim.stage, Stage::Paid { .. })
    })
}

/// One slot was claimed in time by who took it, and another is held still.
fn taken_slot(events: &[Value], program: &Program, at: Timestamp) -> bool {
    let claimed = of(events, "slot_taken").any(|(place, taken)| {
        of(&events[place..], "submission_filed").any(|(_, filed)| {
            filed["actor"] == taken["actor"]
                && asked(filed, "bounty") == asked(taken, "bounty")
                && time(filed["at"].as_str().unwrap()) < time(outcome(taken, "until"))
        })
    });
    let held = of(events, "slot_taken").any(|(_, taken)| {
        let bounty = program.bounty(asked(taken, "bounty").parse::<BountyNumber>().unwrap()).unwrap();
        let member = taken["actor"].as_str().unwrap();
        bounty
            .takes
            .iter()
            .any(|take| take.claim.is_none() && take.member.to_string() == member && take.stands(at))
    });
    claimed && held
}

/// One was answered and ended before its time, and the claim paid; another stands.
fn challenge(events: &[Value], program: &Program, at: Timestamp) -> bool {
    let answered = of(events, "submission_challenged").any(|(place, challenged)| {
        let after = &events[place..];
        let about = |event: &Value| asked(event, "submission") == asked(challenged, "submission");
        of(after, "comment_added").any(|(_, comment)| about(comment))
            && of(after, "submission_released").any(|(_, released)| about(released))
            && matches!(claim(program, challenged).stage, Stage::Paid { .. })
    });
    answered
        && of(events, "submission_challenged")
            .any(|(_, challenged)| claim(program, challenged).held_at(at).is_some())
}

/// An approval given up, another payout address, another approval, and paid to that address.
fn reopened(events: &[Value], program: &Program) -> bool {
    of(events, "submission_reopened").any(|(place, reopened)| {
        let about = |event: &Value| asked(event, "submission") == asked(reopened, "submission");
        let approved = |events: &[Value]| {
            of(events, "vote_cast").any(|(_, vote)| about(vote) && outcome(vote, "verdict") == "approved")
        };
        let revised = of(&events[place..], "submission_revised").find(|(_, revised)| about(revised));
        let number = asked(reopened, "submission");
        let filed = of(events, "submission_filed").find(|(_, filed)| outcome(filed, "submission") == number);
        let (Some((_, revised)), Some((_, filed))) = (revised, filed) else { return false };
        let paid =
            of(events, "batch_proposed").any(|(_, batch)| {
                batch["data"]["asked"]["payouts"].as_array().unwrap().iter().any(|payout| {
                    payout["submission"] == number && payout["payee"] == asked(revised, "payee")
                })
            });
        approved(&events[..place])
            && approved(&events[place..])
            && asked(revised, "payee") != asked(filed, "payee")
            && paid
            && matches!(claim(program, reopened).stage, Stage::Paid { .. })
    })
}

/// Reviewers agree, the money is not there; a lead moves some, and the ledger itself approves in the same breath.
fn moved(events: &[Value]) -> bool {
    events.windows(2).enumerate().any(|(place, pair)| {
        let [moved, approved] = pair else { return false };
        let agreed = |event: &Value| {
            asked(event, "submission") == asked(approved, "submission")
                && outcome(event, "verdict") == "agreed"
        };
        moved["kind"] == "allotment_moved"
            && approved["kind"] == "waiting_approved"
            && approved["actor"] == "system"
            && approved["at"] == moved["at"]
            && of(&events[..place], "vote_cast").any(|(_, vote)| agreed(vote))
    })
}

/// The period is over and not closed, and what it owes is still paid, doubted and decided.
fn evaluating(events: &[Value], program: &Program, at: Timestamp) -> bool {
    let Some(opened) = of(events, "period_opened").next() else { return false };
    let ends_at = time(asked(opened.1, "ends_at"));
    let after = |kind| of(events, kind).any(|(_, event)| time(event["at"].as_str().unwrap()) >= ends_at);
    program.periods().all(|period| period.state(at) == PeriodState::Evaluating)
        && of(events, "period_closed").next().is_none()
        && after("batch_proposed")
}

on_both! {
    fn the_demo_shows_every_scene_by_name(db: TestDb) {
        let (_, events, program) = run(play(db));

        assert_eq!(scenes(&events, &program, now()), SCENES);

        // Whoever looks notices each that is missing.
        let without = |kind: &str| {
            let rest: Vec<Value> = events.iter().filter(|event| event["kind"] != kind).cloned().collect();
            scenes(&rest, &program, now())
        };
        for (scene, kind) in SCENES.into_iter().zip([
            "offer_accepted",
            "slot_taken",
            "submission_challenged",
            "submission_reopened",
            "allotment_moved",
            "period_opened",
        ]) {
            let others: Vec<&str> = SCENES.into_iter().filter(|other| *other != scene).collect();
            assert_eq!(without(kind), others, "{kind}");
        }
        let in_time = time("2026-11-20T23:59:59Z");
        assert!(!scenes(&events, &program, in_time).contains(&"a period in evaluation"));
        println!("count: scenes of the demo found in its journal {}", SCENES.len());
    }

    // Nothing of the pilot's program file is switched off for the demo: who is an alternate is called before they
    // vote, and small claims get their second look.
    fn the_demo_plays_by_the_pilots_own_rules(db: TestDb) {
        let (_, events, _) = run(play(db));
        let written = std::fs::read_to_string(crate::cli::PILOT).unwrap();
        let pilot: Value = toml::from_str(&written).unwrap();

        let opened = &events[0]["data"]["asked"];
        for field in ["sample_at_least", "sample_one_in", "alternate_hours", "small_limit"] {
            let written = pilot["policy"][field].to_string();
            let wei = if field == "small_limit" { "000000000000000000" } else { "" };
            let expected = format!("{}{wei}", written.trim_matches('"'));
            assert_eq!(opened["policy"][field].as_str().unwrap(), expected, "{field}");
        }
        let roles = |members: &Value| -> Vec<String> {
            members.as_array().unwrap().iter().map(|member| member["roles"].to_string()).collect()
        };
        assert_eq!(roles(&opened["members"]), roles(&pilot["members"]));
        // One because two differ, one because nobody came to it in time, one because of a conflict.
        let called: Vec<(String, String)> = of(&events, "alternate_called")
            .map(|(_, event)| (asked(event, "member").to_owned(), asked(event, "submission").to_owned()))
            .collect();
        assert_eq!(called.len(), 3);
        for (member, submission) in &called {
            let voted = of(&events, "vote_cast").any(|(_, vote)| {
                vote["actor"] == **member && asked(vote, "submission") == submission.as_str()
            });
            assert!(voted, "{submission}");
        }
        let looked: Vec<&str> =
            of(&events, "sample_checked").map(|(_, event)| asked(event, "submission")).collect();
        let sampled: Vec<&str> = of(&events, "vote_cast")
            .filter(|(_, vote)| outcome(vote, "sampled") == YesNo::Yes.as_str())
            .map(|(_, vote)| asked(vote, "submission"))
            .collect();
        assert_eq!((looked.len(), &looked), (2, &sampled));
    }

    // What the treasurer says of the Safe is what the chain would show: each executed batch used a nonce, and its
    // money is gone.
    fn the_demos_safe_is_what_its_executions_leave(db: TestDb) {
        let (_, events, program) = run(play(db));

        let totals: std::collections::BTreeMap<String, u128> = program
            .batches()
            .map(|batch| (batch.number.to_string(), batch.total.wei()))
            .collect();
        let (mut nonce, mut balance) = (0_u64, 0_u128);
        let mut observed = 0;
        for event in &events {
            match event["kind"].as_str().unwrap() {
                "funding_recorded" => balance += asked(event, "amount").parse::<u128>().unwrap(),
                "batch_executed" => {
                    nonce += 1;
                    balance -= totals[asked(event, "batch")];
                }
                "safe_observed" => {
                    observed += 1;
                    assert_eq!(asked(event, "nonce"), nonce.to_string(), "event {}", event["seq"]);
                    assert_eq!(asked(event, "balance"), balance.to_string(), "event {}", event["seq"]);
                }
                _ => {}
            }
        }
        assert_eq!((nonce, observed), (2, 6));
        assert_eq!(program.books().balance(Account::Safe), Amount::from_wei(balance));
        // Two are paid, one is open, and its rejection stands beside it.
        let nonces: Vec<(usize, bool)> =
            program.nonces().map(|nonce| (nonce.candidates.len(), nonce.end.is_some())).collect();
        assert_eq!(nonces, [(1, true), (1, true), (2, false)]);
    }

    // Somebody signs in and goes on with the month: the next start serves it as it is.
    fn a_demo_that_was_played_on_is_still_the_demo(db: TestDb) {
        run(async {
            let (app, _, program) = play(db).await;
            let slug = demo::slug().unwrap();
            let treasurer = program.members().nth(4).unwrap().number;
            let line = program.submissions().find(|claim| matches!(claim.stage, Stage::InBatch { .. })).unwrap();
            let new = NewBatch { submissions: vec![line.number.to_string()], nonce: Some(2), evidence_up: true, split: false };
            let ask = Ask { program: slug, member: treasurer, key: "by a visitor", sent: None };
            app.propose_batch(ask, &new).await.unwrap();
            drop(app);

            let (app, fresh) = demo::open_or_play(&db.target, now()).await.unwrap();

            assert!(!fresh);
            assert_eq!(app.program(slug).await.unwrap().batches().count(), 5);
        });
    }
}
