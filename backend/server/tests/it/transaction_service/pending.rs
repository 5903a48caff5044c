use domain::value::Seq;
use safe::SafeTx;
use server::transaction_service::{Fault, Proposal};

use super::rules::{Held, Service};
use super::service_at::ServiceAt;
use super::world::{alice, batch, bob, hash, odd, proposal, rejection, safe, sign};

/// Has the service hold a transaction that nobody signed yet, and that it shows all the same.
pub fn hold(service: &mut Service, tx: SafeTx) {
    let hash = hash(&tx);
    service.held.push(Held {
        safe: safe().address,
        tx,
        hash,
        proposer: alice().address(),
        delegate: None,
        origin: String::new(),
        trusted: true,
        executed: false,
        confirmations: Vec::new(),
    });
}

fn nonces(found: &[Proposal]) -> Vec<u64> {
    found.iter().map(|proposal| proposal.tx.nonce.as_u64()).collect()
}

#[tokio::test]
async fn what_waits_is_listed_from_a_nonce_on() {
    let at = ServiceAt::start();
    let all = [batch(9), batch(6), rejection(8), batch(7), batch(8), odd(8)];
    for tx in &all {
        at.client().propose(&safe(), &proposal(tx, &sign(tx, &alice()))).await.unwrap();
    }
    at.client().confirm(&safe(), &hash(&batch(9)), &sign(&batch(9), &bob())).await.unwrap();
    at.service().held[3].executed = true;
    at.service().held[5].trusted = false;
    at.asked();

    let found = at.client().pending(&safe(), Seq::new(7)).await.unwrap();

    assert_eq!(nonces(&found), [8, 8, 9]);
    let txs: Vec<&SafeTx> = found.iter().map(|proposal| &proposal.tx).collect();
    assert!(txs.contains(&&all[2]) && txs.contains(&&all[4]) && *txs[2] == all[0]);
    assert_eq!(found.iter().map(|proposal| proposal.confirmations.len()).sum::<usize>(), 4);
    assert_eq!(at.asked().len(), 1);
    assert_eq!(nonces(&at.client().pending(&safe(), Seq::new(0)).await.unwrap()), [6, 8, 8, 9]);
    assert_eq!(nonces(&at.client().pending(&safe(), Seq::new(10)).await.unwrap()), [0; 0]);
}

#[tokio::test]
async fn a_long_list_is_read_page_by_page_to_its_end() {
    for count in [49, 50, 51, 100, 500] {
        let at = ServiceAt::start();
        // Two of each nonce, those of high nonces first.
        (0..count).rev().for_each(|number| {
            let tx = if number % 2 == 0 { batch(number / 2) } else { rejection(number / 2) };
            hold(&mut at.service(), tx);
        });
        let found = at.client().pending(&safe(), Seq::new(0)).await.unwrap();
        assert_eq!(nonces(&found), (0..count).map(|number| number / 2).collect::<Vec<_>>());
        let pages = at.service().asked.iter().map(|asked| asked.query.clone()).collect::<Vec<_>>();
        assert_eq!(u64::try_from(pages.len()).unwrap(), count.div_ceil(50));
        assert!(
            pages[0].starts_with("executed=false&nonce__gte=0&ordering=nonce,created&limit=50"),
            "{pages:?}"
        );
    }
}

#[tokio::test]
async fn a_list_beyond_all_bounds_is_refused_at_once() {
    let at = ServiceAt::start();
    (0..501).for_each(|nonce| hold(&mut at.service(), rejection(nonce)));
    let error = at.client().pending(&safe(), Seq::new(0)).await.unwrap_err();
    assert_eq!(error.fault, Fault::TooMany { limit: 500 });
    assert_eq!(at.asked().len(), 1);
    assert_eq!(at.client().pending(&safe(), Seq::new(1)).await.unwrap().len(), 500);
}
