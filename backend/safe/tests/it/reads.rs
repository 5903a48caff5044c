//! Answers of the real contracts, and of everything else.

use domain::value::Address;
use proptest::prelude::*;
use safe::reads::{self, AnswerError, ModulesPage, Question};

use crate::common::{all_hold, bytes, list, text, vectors};

fn numbered(base: u64, number: u64) -> Address {
    let mut bytes = [0; 20];
    bytes[12..].copy_from_slice(&(base + number).to_be_bytes());
    Address::from_bytes(bytes)
}

fn module(number: u64) -> Address {
    numbered(0x11_00d0_0000, number)
}

fn word(number: u64) -> Vec<u8> {
    [&[0; 24][..], &number.to_be_bytes()].concat()
}

fn words(numbers: &[u64]) -> Vec<u8> {
    numbers.iter().flat_map(|number| word(*number)).collect()
}

#[test]
fn the_real_contracts_answers_are_read() {
    let vectors = vectors("safe_reads.json");
    let safes = list(&vectors, "safes");
    let mut held = 0;
    for safe in safes {
        let of = |name| bytes(&safe["answers"], name);
        assert_eq!(reads::version().read(&of("version")).as_deref(), Ok(text(safe, "version")));
        let owners: Vec<Address> = (1..=3).map(|number| numbered(0xa_11ce_0000, number)).collect();
        assert_eq!(reads::owners().read(&of("owners")), Ok(owners));
        assert_eq!(reads::threshold().read(&of("threshold")), Ok(2));
        assert_eq!(reads::nonce().read(&of("nonce")), Ok(7));
        let balance = reads::balance(&Address::ZERO).read(&of("balance")).unwrap();
        assert_eq!(balance.wei(), 750_000_000_000_000_000_001);
        let none = ModulesPage { modules: Vec::new(), after: None };
        assert_eq!(reads::modules(None).read(&of("no_modules")), Ok(none));
        held += 1;
    }
    all_hold("answers of a Safe", held, 3);
}

#[test]
fn no_module_is_left_out_whatever_the_version_says_of_the_next_page() {
    let vectors = vectors("safe_reads.json");
    let mut named_next = Vec::new();
    for safe in list(&vectors, "safes") {
        let page = |name| reads::modules(None).read(&bytes(&safe["answers"], name)).unwrap();
        let pages = [page("modules"), page("modules_after_70"), page("modules_after_20")];
        let listed: Vec<Address> = pages.iter().flat_map(|page| page.modules.clone()).collect();
        assert_eq!(listed, (0..120).rev().map(module).collect::<Vec<_>>());
        assert_eq!(pages.map(|page| page.after), [Some(module(70)), Some(module(20)), None]);
        named_next.push(u64::from(bytes(&safe["answers"], "modules")[63]));
    }
    assert_eq!(named_next, [69, 70, 70], "1.3.0 names a module that it did not list");
}

#[test]
fn calls_begin_with_their_selectors() {
    let hex = |data: &[u8]| ethers::utils::hex::encode(data);
    assert_eq!(hex(reads::version().data()), "ffa1ad74");
    assert_eq!(hex(reads::owners().data()), "a0e67e2b");
    assert_eq!(hex(reads::threshold().data()), "e75235b8");
    assert_eq!(hex(reads::nonce().data()), "affed0e0");
    let balance = hex(reads::balance(&module(7)).data());
    assert_eq!(balance, format!("70a08231{}{}", "0".repeat(24), &module(7).to_string()[2..]));
    let first = hex(reads::modules(None).data());
    assert_eq!(first, format!("cc2f8452{:064x}{:064x}", 1, 50));
    let further = hex(reads::modules(Some(&module(7))).data());
    assert_eq!(further, format!("cc2f8452{:0>64}{:064x}", &module(7).to_string()[2..], 50));
}

#[test]
fn an_account_without_code_is_named() {
    assert_eq!(reads::nonce().read(&[]), Err(AnswerError::Empty { call: "nonce()" }));
    assert_eq!(reads::version().read(&[]), Err(AnswerError::Empty { call: "VERSION()" }));
}

fn refused<T: std::fmt::Debug>(question: &Question<T>, answer: &[u8]) {
    let answered = question.read(answer);
    assert!(matches!(answered, Err(AnswerError::Form { .. })), "{answer:x?}: {answered:?}");
}

#[test]
fn numbers_out_of_bounds_are_none() {
    let mut huge = word(0);
    huge[15] = 1;
    refused(&reads::balance(&Address::ZERO), &huge);
    huge[15] = 0;
    huge[23] = 1;
    refused(&reads::nonce(), &huge);
    refused(&reads::threshold(), &word(1 << 32));
    refused(&reads::threshold(), &word(0));
    refused(&reads::nonce(), &[0; 31]);
    refused(&reads::nonce(), &[0; 33]);
    refused(&reads::nonce(), &words(&[7, 0]));
    assert_eq!(reads::nonce().read(&word(u64::MAX)), Ok(u64::MAX));
}

#[test]
fn lists_that_no_safe_answers_are_none() {
    let owners = reads::owners();
    assert!(owners.read(&words(&[32, 2, 8, 9])).is_ok());
    for (name, answer) in [
        ("nobody", words(&[32, 0])),
        ("twice the same", words(&[32, 2, 8, 8])),
        ("the zero address", words(&[32, 2, 8, 0])),
        ("the end of the list", words(&[32, 2, 8, 1])),
        ("fewer than it says", words(&[32, 3, 8, 9])),
        ("more than it says", words(&[32, 1, 8, 9])),
        ("far more than there are", words(&[32, u64::MAX, 8, 9])),
        ("another offset", words(&[64, 0, 2, 8, 9])),
        ("an offset far away", words(&[u64::MAX, 2, 8, 9])),
        ("half a word", [words(&[32, 1, 8]), vec![0; 16]].concat()),
        ("no list", words(&[32])),
        ("an address with bytes before it", [words(&[32, 1]), vec![1; 32]].concat()),
    ] {
        println!("{name}");
        refused(&owners, &answer);
    }
    let many =
        |count: u64| [words(&[32, count]), (0..count).flat_map(|number| word(number + 2)).collect()].concat();
    assert_eq!(owners.read(&many(1000)).unwrap().len(), reads::MAX_OWNERS);
    refused(&owners, &many(1001));

    let modules = reads::modules(None);
    for answer in [words(&[64, 8, 0]), words(&[32, 1, 1, 8]), words(&[64, 1]), words(&[64, 1, 2, 8])] {
        refused(&modules, &answer);
    }
    refused(&modules, &[words(&[64]), vec![1; 32], words(&[1, 8])].concat());
    let page = |count: u64| {
        [words(&[64, 1, count]), (0..count).flat_map(|number| word(number + 2)).collect()].concat()
    };
    assert_eq!(modules.read(&page(50)).unwrap().modules.len(), 50);
    refused(&modules, &page(51));
    // As a contract answers that was never set up.
    assert_eq!(modules.read(&words(&[64, 0, 0])), Ok(ModulesPage { modules: Vec::new(), after: None }));
}

#[test]
fn texts_that_no_safe_answers_are_none() {
    let version = |bytes: &[u8]| [words(&[32, u64::try_from(bytes.len()).unwrap()]), bytes.to_vec()].concat();
    let padded = |bytes: &[u8], fill: u8| {
        let mut answer = version(bytes);
        answer.resize(answer.len().next_multiple_of(32), fill);
        answer
    };
    let question = reads::version();
    assert_eq!(question.read(&padded(b"1.3.0+L2", 0)).as_deref(), Ok("1.3.0+L2"));
    assert!(question.read(&padded(&[b'1'; 64], 0)).is_ok());
    for answer in [
        padded(b"", 0),
        padded(b"1.4.1", 1),
        version(b"1.4.1"),
        padded(b"1.4 1", 0),
        padded(b"1.4.1\n", 0),
        padded("1.4.é".as_bytes(), 0),
        padded(&[0xff; 5], 0),
        padded(&[b'1'; 65], 0),
        [padded(b"1.4.1", 0), word(0)].concat(),
        words(&[64, 0, 5, 0]),
        words(&[32, u64::MAX]),
    ] {
        refused(&question, &answer);
    }
}

#[test]
fn a_slot_holds_an_address_or_nothing() {
    let mut slot = [0; 32];
    assert_eq!(reads::address_in(&slot), Ok(None));
    slot[31] = 9;
    assert_eq!(reads::address_in(&slot), Ok(Some(numbered(0, 9))));
    slot[11] = 1;
    assert_eq!(reads::address_in(&slot), Err(AnswerError::Slot));
}

#[test]
fn the_slot_of_the_guard_is_that_of_the_contracts() {
    assert_eq!(reads::GUARD_SLOT, ethers::utils::keccak256("guard_manager.guard.address"));
}

proptest! {
    /// Whatever is answered, at most one value has this encoding, and reading it again finds the same.
    #[test]
    fn any_answer_is_read_or_refused(
        numbers in prop::collection::vec(prop_oneof![0..70_u64, Just(u64::MAX)], 0..12),
        tail in prop::collection::vec(any::<u8>(), 0..33),
    ) {
        let answer = [words(&numbers), tail].concat();
        if let Ok(owners) = reads::owners().read(&answer) {
            prop_assert_eq!(answer.len(), 64 + 32 * owners.len());
            for (place, owner) in owners.iter().enumerate() {
                prop_assert_eq!(&answer[76 + 32 * place..96 + 32 * place], owner.bytes());
            }
        }
        if let Ok(page) = reads::modules(None).read(&answer) {
            prop_assert_eq!(answer.len(), 96 + 32 * page.modules.len());
        }
        if let Ok(version) = reads::version().read(&answer) {
            prop_assert_eq!(&answer[64..64 + version.len()], version.as_bytes());
        }
        if let Ok(nonce) = reads::nonce().read(&answer) {
            prop_assert_eq!(word(nonce), answer);
        }
    }
}
