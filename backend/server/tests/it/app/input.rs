//! What people type wrong is named by its field, with a text that helps, and changes nothing.

use domain::policy::{PersonShare, Policy};
use domain::refusal::Refusal;
use domain::value::{Count, PeriodNumber, SubmissionNumber};
use domain::words::{Choice, ClaimKind, PeriodKind};
use server::app::{
    Error, NewBatch, NewBounty, NewFunding, NewMember, NewObservation, NewPeriod, NewRevision, NewSubmission,
    NewVote, ProgramFile, Receipt,
};

use super::history::{SAFE_1_4_1, bounty, funding, hash, observation};
use super::world::{
    ALICE, BOB, LEAD, NOON, REVIEWER, TREASURER, World, address, expense, filed, link, pilot, run, slug,
};
use crate::common::on_both;

/// Field, and what is typed instead.
type Spoilt<T> = (&'static str, fn(&mut T));

/// Field, what the text must say, and what is typed instead.
type Wrong<T> = (&'static str, &'static str, fn(&mut T));

const TOO_LARGE: &str = "340282366920938463463.374607431768211456";

const CLAIMS: &[Wrong<NewSubmission>] = &[
    ("amount", "digits with at most one dot", |claim| claim.amount = String::new()),
    ("amount", "digits with at most one dot", |claim| claim.amount = "-1".to_owned()),
    ("amount", "digits with at most one dot", |claim| claim.amount = "1e3".to_owned()),
    ("amount", "digits with at most one dot", |claim| claim.amount = "1,5".to_owned()),
    ("amount", "digits with at most one dot", |claim| claim.amount = "10 LPT".to_owned()),
    ("amount", "18 decimals", |claim| claim.amount = "0.0000000000000000001".to_owned()),
    ("amount", "at most 3402823669209", |claim| claim.amount = TOO_LARGE.to_owned()),
    ("payee", "begins with 0x", |claim| claim.payee = "arb1:0x00".to_owned()),
    ("payee", "begins with 0x", |claim| claim.payee = "alice.eth".to_owned()),
    ("payee", "40 hex digits", |claim| claim.payee = address(1).trim_end_matches('0')[..41].to_owned()),
    ("payee", "hex digits only", |claim| claim.payee = address(1).replace("0x", "0xg")[..42].to_owned()),
    ("payee", "EIP-55", |claim| claim.payee = SAFE_1_4_1.replace("41675C", "41675c")),
    ("evidence[0].url", "public link", |claim| claim.evidence[0].url = "ftp://example.org/a".to_owned()),
    ("evidence[0].url", "public link", |claim| claim.evidence[0].url = String::new()),
    ("evidence[0].url", "public link", |claim| claim.evidence[0].url = "javascript://alert(1)".to_owned()),
    ("evidence[0].url", "user name or a port", |claim| claim.evidence[0].url = "https://a@b.org/".to_owned()),
    ("evidence[0].url", "printable ASCII", |claim| claim.evidence[0].url = "https://ex.org/é".to_owned()),
    ("evidence[0].url", "2048", |claim| {
        claim.evidence[0].url = format!("https://ex.org/{}", "a".repeat(2_048));
    }),
    ("evidence[0].captured_at", "2026-", |claim| claim.evidence[0].captured_at = "yesterday".to_owned()),
    ("evidence[0].captured_at", "2026-", |claim| {
        claim.evidence[0].captured_at = "2026-02-30T00:00:00Z".to_owned();
    }),
    // Claims are filed at noon in these tests.
    ("evidence[0].captured_at", "future", |claim| {
        claim.evidence[0].captured_at = "2026-01-05T12:05:00.000001Z".to_owned();
    }),
    ("title", "must not be empty", |claim| claim.title = " \n".to_owned()),
    ("title", "at most 120", |claim| claim.title = "é".repeat(121)),
    ("summary", "must not be empty", |claim| claim.summary = String::new()),
    ("summary", "at most 8000", |claim| claim.summary = "a".repeat(8_001)),
    ("period", "start at 1", |claim| claim.period = "0".to_owned()),
    ("period", "decimal digits", |claim| claim.period = "+1".to_owned()),
    ("period", "too large", |claim| claim.period = "4294967296".to_owned()),
    ("bounty", "leading zero", |claim| claim.bounty = Some("01".to_owned())),
    ("category", "", |claim| claim.category = "Operations!".to_owned()),
    ("function", "", |claim| claim.function = String::new()),
    ("channel", "", |claim| claim.channel = "x".repeat(32)),
];

const PERIODS: &[Wrong<NewPeriod>] = &[
    ("cap", "digits", |period| period.cap = "a lot".to_owned()),
    ("starts_at", "", |period| period.starts_at = "2026-02-01".to_owned()),
    ("ends_at", "", |period| period.ends_at = String::new()),
];

const VOTES: &[Wrong<NewVote>] = &[
    ("reason", "must not be empty", |vote| vote.reason = "\t".to_owned()),
    ("reason", "at most 8000", |vote| vote.reason = "a".repeat(8_001)),
    ("revision", "64 hex digits", |vote| vote.revision = "abc".to_owned()),
    ("revision", "64 hex digits", |vote| vote.revision = vote.revision.to_uppercase() + "0"),
];

const BOUNTIES: &[Spoilt<NewBounty>] = &[
    ("reward", |new| new.reward = "20 ".to_owned()),
    ("brief", |new| new.brief = String::new()),
    ("title", |new| new.title = "a".repeat(121)),
    ("opens_at", |new| new.opens_at = "noon".to_owned()),
    ("closes_at", |new| new.closes_at = "9999-99-99T00:00:00Z".to_owned()),
    ("category", |new| new.category = "a/b".to_owned()),
    ("function", |new| new.function = "1st".to_owned()),
    ("period", |new| new.period = "one".to_owned()),
];

const OBSERVATIONS: &[Spoilt<NewObservation>] = &[
    ("block_hash", |new| new.block_hash = "0x12".to_owned()),
    ("owners[1]", |new| new.owners[1] = "0x1".to_owned()),
    ("modules[0]", |new| new.modules[0] = "none".to_owned()),
    ("guard", |new| new.guard = Some(String::new())),
    ("balance", |new| new.balance = ".5".to_owned()),
    ("singleton", |new| new.singleton = address(5)),
    ("singleton", |new| new.singleton = "0x".to_owned()),
    // Both databases count to 2⁶³ − 1.
    ("block", |new| new.block = u64::MAX),
    ("nonce", |new| new.nonce = 1 << 63),
];

const FUNDINGS: &[Spoilt<NewFunding>] = &[
    ("amount", |new| new.amount = "1.".to_owned()),
    ("tx_hash", |new| new.tx_hash = hash(1) + "0"),
    ("sender", |new| new.sender = Some("binance".to_owned())),
];

const PROGRAMS: &[Wrong<ProgramFile>] = &[
    ("chain_id", "42161", |file| file.chain_id = 10),
    ("token", "0x289ba1701C2F088cf0faf8B3705246331cB8A839", |file| file.token = address(1).parse().unwrap()),
    ("safe_version", "1.4.1", |file| file.safe_version = "1.2.0".parse().unwrap()),
    ("name", "must not be empty", |file| file.name = String::new()),
    ("description", "at most 8000", |file| file.description = "a".repeat(8_001)),
    ("scope_excludes", "must not be empty", |file| file.scope_excludes = String::new()),
    ("members[0].handle", "at most 40", |file| file.members[0].handle = "a".repeat(41)),
];

/// An answer that must name a field; gives its text.
fn names(answer: Result<Receipt, Error>, field: &str, text: &str) {
    match answer {
        Err(Error::Malformed { field: found, error }) => {
            assert_eq!(found, field, "{error}");
            assert!(error.to_string().contains(text), "{field}: {error}");
            assert!(error.to_string().len() > 15, "{field}: {error} helps nobody");
        }
        other => panic!("{field}, {text}: {other:?}"),
    }
}

fn february() -> NewPeriod {
    NewPeriod {
        kind: PeriodKind::Month,
        starts_at: "2026-02-01T00:00:00Z".to_owned(),
        ends_at: "2026-03-01T00:00:00Z".to_owned(),
        cap: "750".to_owned(),
    }
}

fn revision_of(claim: NewSubmission) -> NewRevision {
    let NewSubmission {
        function,
        channel,
        title,
        summary,
        evidence,
        captures,
        promoted,
        amount,
        payee,
        share,
        ..
    } = claim;
    NewRevision {
        function,
        channel,
        title,
        summary,
        evidence,
        captures,
        promoted,
        amount,
        payee,
        share,
        period: None,
    }
}

async fn try_claims(world: &World, submission: SubmissionNumber) -> usize {
    let mut tried = 0;
    for (field, text, spoil) in CLAIMS {
        let mut claim = expense(ALICE, 2);
        spoil(&mut claim);
        names(world.file(ALICE, &claim).await, field, text);
        tried += 1;
        if !["period", "bounty", "category"].contains(field) {
            let revised = revision_of(claim);
            let ask = world.key();
            names(
                world.app.revise_submission(world.ask(ALICE, &ask), submission, &revised).await,
                field,
                text,
            );
            tried += 1;
        }
    }
    tried
}

async fn try_money(world: &World) -> usize {
    let app = &world.app;
    let mut tried = 0;
    for (field, text, spoil) in PERIODS {
        let mut period = february();
        spoil(&mut period);
        names(app.open_period(world.ask(LEAD, &world.key()), &period).await, field, text);
        tried += 1;
    }
    for (field, change) in BOUNTIES {
        let mut new = bounty();
        change(&mut new);
        names(app.post_bounty(world.ask(LEAD, &world.key()), &new).await, field, "");
        tried += 1;
    }
    for (field, change) in OBSERVATIONS {
        let mut new = observation(100);
        change(&mut new);
        names(app.observe_safe(world.ask(TREASURER, &world.key()), &new).await, field, "");
        tried += 1;
    }
    for (field, change) in FUNDINGS {
        let mut new = funding("1", 0);
        change(&mut new);
        names(app.record_funding(world.ask(TREASURER, &world.key()), &new).await, field, "");
        tried += 1;
    }
    for (period, category, amount) in [("1", "bounties", "x"), ("1", "Bounties", "1"), ("0", "bounties", "1")]
    {
        let field = if period == "0" { "period".to_owned() } else { format!("allotments.{category}") };
        names(world.allot(period, &[(category, amount)]).await, &field, "");
        tried += 1;
    }
    for line in ["", "0", "one"] {
        let new =
            NewBatch { submissions: vec![line.to_owned()], nonce: None, evidence_up: true, split: false };
        names(app.propose_batch(world.ask(TREASURER, &world.key()), &new).await, "submissions[0]", "");
        tried += 1;
    }
    for handle in [String::new(), "a".repeat(41)] {
        let new = NewMember { handle, roles: vec![domain::words::Role::Auditor] };
        names(app.add_member(world.ask(LEAD, &world.key()), &new).await, "handle", "");
        tried += 1;
    }
    tried
}

on_both! {
    fn bad_values_are_named_by_field_and_change_nothing(test: TestDb) {
        run(async {
            let world = World::open(test).await;
            let claim = filed(&world.file(ALICE, &expense(ALICE, 1)).await.unwrap());
            let before = world.dump().await;

            let mut tried = try_claims(&world, claim).await + try_money(&world).await;
            for (field, text, spoil) in VOTES {
                let mut vote = world.ballot(claim, Choice::Approve).await;
                spoil(&mut vote);
                names(world.app.cast_vote(world.ask(REVIEWER, &world.key()), claim, &vote).await, field, text);
                tried += 1;
            }
            for (text, part) in [("", "0x"), ("0X".to_owned().as_str(), "0x"), ("0x12", "40 hex digits")] {
                names(world.record(ALICE, text).await, "address", part);
                tried += 1;
            }

            assert_eq!(world.dump().await, before);
            println!("count: bad values named by field {tried}");
        });
    }

    fn addresses_from_which_nothing_comes_back_are_refused(test: TestDb) {
        run(async {
            let world = World::open(test).await;
            let before = world.dump().await;
            let file = pilot();
            let traps = [
                ("the zero address", format!("0x{}", "0".repeat(40))),
                ("the token contract itself", safe::eip55::checksum(&file.token)),
                ("the program's own Safe", safe::eip55::checksum(&file.safe)),
                ("a contract of the Safe software", "0x9641d764fc13c8B624c04430C7356C1C7C8102e2".to_owned()),
                ("a contract of the Safe software", SAFE_1_4_1.to_owned()),
            ];
            for (expected, trap) in &traps {
                let refused = world.record(ALICE, trap).await;
                let told = matches!(&refused, Err(Error::Refused(Refusal::PayeeRefused { what, .. })) if what == expected);
                assert!(told, "{trap}: {refused:?}");
                let mut claim = expense(ALICE, 1);
                claim.payee.clone_from(trap);
                let refused = world.file(ALICE, &claim).await;
                assert!(matches!(refused, Err(Error::Refused(Refusal::PayeeNotYours { .. }))), "{refused:?}");
            }
            assert_eq!(world.dump().await, before);
            println!("count: addresses never paid {}", traps.len());
        });
    }

    fn evidence_used_before_names_the_first_claim(test: TestDb) {
        run(async {
            let world = World::open(test).await;
            let first = filed(&world.file(ALICE, &expense(ALICE, 1)).await.unwrap());
            let before = world.dump().await;
            for url in [
                "https://x.com/livepeer/status/1",
                "https://twitter.com/somebody/status/1?s=20",
                "http://fxtwitter.com/i/status/1/photo/1#m",
            ] {
                let mut claim = expense(BOB, 1);
                claim.evidence = vec![link(2), link(1)];
                url.clone_into(&mut claim.evidence[1].url);
                let refused = world.file(BOB, &claim).await;
                let told = matches!(refused, Err(Error::Refused(Refusal::EvidenceUsed { first: found, .. })) if found == first);
                assert!(told, "{url}: {refused:?}");
            }
            assert_eq!(world.dump().await, before);
            // Another function in the same thing is another claim.
            let mut claim = expense(BOB, 1);
            claim.function = "guest".to_owned();
            assert!(world.file(BOB, &claim).await.is_ok());
        });
    }

    fn a_program_file_is_checked_against_the_chain(test: TestDb) {
        run(async {
            let world = World::unopened(test);
            for (field, text, spoil) in PROGRAMS {
                let mut file = pilot();
                spoil(&mut file);
                let answer = world.app.open_program(&file, false, "open").await;
                names(answer.map(|mut receipts| receipts.remove(0)), field, text);
            }
            assert!(world.app.programs().await.unwrap().is_empty());
        });
    }

    fn things_that_are_not_there_are_named(test: TestDb) {
        run(async {
            let world = World::open(test).await;
            let before = world.dump().await;
            let missing = world.app.budget(world.slug, PeriodNumber::new(9).unwrap()).await;
            assert!(matches!(missing, Err(Error::Refused(Refusal::NoSuchPeriod { .. }))), "{missing:?}");
            let mut elsewhere = world.clone();
            elsewhere.slug = slug("nowhere");
            let missing = elsewhere.record(ALICE, &address(9)).await;
            assert!(matches!(&missing, Err(Error::NoSuchProgram { slug }) if slug == "nowhere"), "{missing:?}");
            assert!(missing.unwrap_err().to_string().contains("program open FILE.toml"), "it says what to do");
            assert_eq!(world.dump().await, before);
        });
    }
}

#[test]
fn words_outside_their_set_are_answered_with_the_set() {
    let claim = serde_json::to_string(&expense(ALICE, 1)).unwrap();
    let kind = serde_json::from_str::<NewSubmission>(&claim.replace("\"expense\"", "\"gift\"")).unwrap_err();
    assert!(kind.to_string().contains("bounty expense lead retro"), "{kind}");
    let extra = claim.replace("\"title\"", "\"titel\"");
    assert!(serde_json::from_str::<NewSubmission>(&extra).unwrap_err().to_string().contains("titel"));
    assert_eq!(serde_json::from_str::<NewSubmission>(&claim).unwrap().kind, ClaimKind::Expense);
    let choice = format!(r#"{{"choice":"yes","revision":"","ordinal":1,"reason":"{NOON}"}}"#);
    let choice = serde_json::from_str::<NewVote>(&choice).unwrap_err().to_string();
    assert!(choice.contains("approve needs_changes recuse reject"), "{choice}");
}

#[test]
fn a_program_file_says_where_it_cannot_be_read() {
    let text = include_str!("pilot.toml");
    for (from, to, expected) in [
        ("cap = \"1500\"", "cap = 1500", "line 5"),
        ("cap = \"1500\"", "cap = \"1.500,00\"", "digits with at most one dot"),
        ("floor = \"500\"", "flor = \"500\"", "flor"),
        ("roles = [\"treasurer\"]", "roles = [\"banker\"]", "treasurer"),
        (
            "0x289ba1701C2F088cf0faf8b3705246331cB8A839",
            "0x289ba1701C2F088cf0faf8B3705246331cB8A838",
            "EIP-55",
        ),
        ("starts_at = \"2026-01-01T00:00:00Z\"", "starts_at = \"January\"", "starts_at"),
        ("batch_lines = 20", "batch_lines = -1", "batch_lines"),
    ] {
        let from = if from.starts_with("0x") { "0x289ba1701C2F088cf0faf8B3705246331cB8A839" } else { from };
        let spoiled = text.replace(from, to);
        assert_ne!(spoiled, text, "{from}");
        let error = ProgramFile::read(&spoiled).unwrap_err().to_string();
        assert!(error.contains(expected) && error.contains("line "), "{to}: {error}");
    }
}

/// The file that people start from says the default of every value it names, and the pilot's own two.
#[test]
fn the_example_of_a_program_is_the_pilot() {
    let text = include_str!("../../../../../docs/examples/degen-pilot.toml");

    let file = ProgramFile::read(text).unwrap();

    let bounties = "bounties".parse().unwrap();
    let share = PersonShare { category: bounties, percent: Count::new(40) };
    let single_handed_hours = Some(Count::new(168));
    let pilot = Policy { person_shares: vec![share], single_handed_hours, ..Policy::default() };
    assert_eq!(Policy::from(&file.policy), pilot);
    // Without its two values a program has neither, and everything else as the pilot.
    let (before, _) = text.split_once("[policy]").unwrap();
    let bare = ProgramFile::read(&format!("{before}[policy]\n")).unwrap();
    assert_eq!(Policy::from(&bare.policy), Policy::default());
    let given = ["lead", "bounties", "marketing", "operations"].map(|category| {
        let given = file.allotments[&category.parse().unwrap()];
        let range = file.categories.iter().find(|known| known.slug.as_str() == category).unwrap();
        [range.floor, range.ceiling, given].map(|amount| amount.to_string())
    });
    let planned = [["500", "500", "500"], ["100", "150", "125"], ["50", "100", "50"], ["25", "50", "25"]];
    assert_eq!(given, planned);
    assert_eq!([file.cap, file.period.cap].map(|cap| cap.to_string()), ["750", "750"]);
}
