use domain::value::Address;
use safe::signature::{Form, WalletSignatureError};
use safe::{Approval, approval};
use server::transaction_service::{Confirmation, Doubt};

use super::rules::Kept;
use super::service_at::ServiceAt;
use super::world::{alice, batch, bob, hash, mallory, proposal, safe, sign};

const CONTRACT: Address = Address::from_bytes([0xcc; 20]);

/// What becomes of confirmations that the service has got hold of.
async fn read(kept: Vec<Kept>) -> Vec<Confirmation> {
    let (at, tx) = (ServiceAt::start(), batch(7));
    at.client().propose(&safe(), &proposal(&tx, &sign(&tx, &alice()))).await.unwrap();
    at.service().held[0].confirmations = kept;
    at.client().confirmations(&safe(), &hash(&tx)).await.unwrap().unwrap()
}

fn kept(owner: Address, signature: impl Into<Option<Vec<u8>>>, kind: &'static str) -> Kept {
    Kept { owner, signature: signature.into(), kind }
}

fn refuted(owner: Address, doubt: Doubt) -> Confirmation {
    Confirmation::Refuted { owner, doubt }
}

#[tokio::test]
async fn signatures_of_keys_are_recovered_in_either_form() {
    let tx = batch(7);
    let typed = sign(&tx, &alice());
    let message = bob().sign(&hash(&tx), Form::EthSign).unwrap();
    let found = read(vec![
        kept(alice().address(), typed.bytes().to_vec(), "EOA"),
        kept(bob().address(), message.bytes().to_vec(), "ETH_SIGN"),
        // The name of the type proves nothing.
        kept(bob().address(), message.bytes().to_vec(), "EOA"),
    ]);
    let signed = Confirmation::Signed;
    assert_eq!(found.await, [signed(typed), signed(message), signed(message)]);
}

#[tokio::test]
async fn what_only_the_chain_can_tell_is_a_claim() {
    let approved = Approval::Hash { owner: bob().address() };
    let shown = sign(&batch(7), &mallory()).bytes().to_vec();
    let contract = Approval::Contract { owner: CONTRACT, signature: shown };
    let bytes = |approval: &Approval| approval::assemble(std::slice::from_ref(approval)).unwrap();
    let found = read(vec![
        kept(bob().address(), None, "APPROVED_HASH"),
        kept(bob().address(), bytes(&approved), "APPROVED_HASH"),
        kept(CONTRACT, bytes(&contract), "CONTRACT_SIGNATURE"),
    ]);
    let claimed = Confirmation::Claimed;
    assert_eq!(found.await, [claimed(approved.clone()), claimed(approved), claimed(contract)]);
}

#[tokio::test]
async fn what_is_not_what_it_is_said_to_be_is_refuted_and_does_not_count() {
    let tx = batch(7);
    let by_mallory = sign(&tx, &mallory()).bytes().to_vec();
    let of_another = sign(&batch(8), &alice()).bytes().to_vec();
    let mut changed = sign(&tx, &alice()).bytes().to_vec();
    changed[40] ^= 1;
    let found = read(vec![
        kept(alice().address(), by_mallory.clone(), "EOA"),
        kept(alice().address(), of_another, "EOA"),
        kept(alice().address(), changed, "EOA"),
        kept(alice().address(), by_mallory, "ETH_SIGN"),
    ]);
    for confirmation in found.await {
        assert!(
            matches!(&confirmation, Confirmation::Refuted { owner, doubt: Doubt::OtherSigner(_) } if *owner == alice().address()),
            "{confirmation:?}"
        );
    }
}

#[tokio::test]
async fn bytes_of_another_shape_are_refuted_each_for_its_reason() {
    let owner = alice().address();
    let good = sign(&batch(7), &alice()).bytes().to_vec();
    let by = |approval: Approval| approval::assemble(&[approval]).unwrap();
    let approved_by_bob = by(Approval::Hash { owner: bob().address() });
    let approved = by(Approval::Hash { owner });
    let contract = by(Approval::Contract { owner: CONTRACT, signature: vec![1, 2, 3] });
    let altered = |place: usize| {
        let mut bytes = contract.clone();
        bytes[place] ^= 1;
        bytes
    };
    let longer = |bytes: &[u8]| [bytes, &[0]].concat();
    let malformed = |error| Doubt::Malformed(error);
    let cases: Vec<(Kept, Doubt)> = vec![
        (kept(owner, None, "EOA"), Doubt::Missing),
        (kept(owner, vec![], "EOA"), malformed(WalletSignatureError::Length { found: 0 })),
        (kept(owner, good[..64].to_vec(), "EOA"), malformed(WalletSignatureError::Compact)),
        (kept(owner, longer(&good), "EOA"), malformed(WalletSignatureError::Length { found: 66 })),
        (kept(owner, good.repeat(2), "EOA"), malformed(WalletSignatureError::Several { count: 2 })),
        (kept(owner, approved.clone(), "EOA"), malformed(WalletSignatureError::NoKey)),
        (kept(owner, approved_by_bob, "APPROVED_HASH"), Doubt::NotApprovedHash),
        (kept(owner, good.clone(), "APPROVED_HASH"), Doubt::NotApprovedHash),
        (kept(owner, longer(&approved), "APPROVED_HASH"), Doubt::NotApprovedHash),
        (kept(CONTRACT, contract[..65].to_vec(), "APPROVED_HASH"), Doubt::NotApprovedHash),
        (kept(CONTRACT, None, "CONTRACT_SIGNATURE"), Doubt::Missing),
        (kept(CONTRACT, good.clone(), "CONTRACT_SIGNATURE"), Doubt::NotContract),
        (kept(owner, contract.clone(), "CONTRACT_SIGNATURE"), Doubt::NotContract),
        (kept(CONTRACT, contract[..65].to_vec(), "CONTRACT_SIGNATURE"), Doubt::NotContract),
        (kept(CONTRACT, longer(&contract), "CONTRACT_SIGNATURE"), Doubt::NotContract),
        (kept(CONTRACT, contract[..99].to_vec(), "CONTRACT_SIGNATURE"), Doubt::NotContract),
        // Owner, offset, v and length.
        (kept(CONTRACT, altered(0), "CONTRACT_SIGNATURE"), Doubt::NotContract),
        (kept(CONTRACT, altered(63), "CONTRACT_SIGNATURE"), Doubt::NotContract),
        (kept(CONTRACT, altered(64), "CONTRACT_SIGNATURE"), Doubt::NotContract),
        (kept(CONTRACT, altered(65), "CONTRACT_SIGNATURE"), Doubt::NotContract),
        (kept(owner, good.clone(), "SECP256R1"), Doubt::UnknownType),
        (kept(owner, good, "eoa"), Doubt::UnknownType),
    ];
    let expected: Vec<Confirmation> =
        cases.iter().map(|(kept, doubt)| refuted(kept.owner, doubt.clone())).collect();
    let count = cases.len();
    let found = read(cases.into_iter().map(|(kept, _)| kept).collect()).await;
    assert_eq!(found, expected);
    println!("count: confirmations that are refuted {count}");
}
