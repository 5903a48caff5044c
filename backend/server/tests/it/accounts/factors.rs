use std::collections::BTreeSet;

use server::app::{
    AccountId, Attempt, AuthError, Caller, Factor, Happened, Means, Proof, Proven, Tokens, TotpSecret,
};
use server::db::rows;

use super::door::{CHEAP, Door, HOME, PASSWORD, told};
use crate::app::world::{at_once, run};
use crate::common::on_both;

fn proven(caller: Caller) -> Proven {
    match caller.means {
        Means::Session(proven) => proven,
        Means::Token { .. } => panic!("a session"),
    }
}

impl Door {
    async fn login_with(&self, code: Option<&str>) -> Result<Tokens, AuthError> {
        self.app.login(Attempt { code, ..Attempt::new("alice", PASSWORD) }, HOME).await
    }

    /// What alice's app shows, so many seconds from now.
    fn code(&self, secret: &TotpSecret, later_s: i64) -> String {
        let now = self.app.now().unwrap().micros() + later_s * 1_000_000;
        secret.code_at(domain::value::Timestamp::from_micros(now).unwrap())
    }

    /// Alice with a second factor, and her recovery codes.
    async fn enrolled(&self) -> (AccountId, TotpSecret, Vec<String>) {
        let account = self.register("alice").await;
        let session = self.login("alice").await;
        let by = proven(self.app.authenticate(&session.access).await.unwrap());
        let secret = self.app.begin_second_factor(account).await.unwrap().secret;
        let code = self.code(&secret, 0);
        let codes = self.app.confirm_second_factor(account, &by, &code).await.unwrap();
        (account, secret, codes)
    }

    async fn happened(&self, account: AccountId) -> Vec<Happened> {
        let notices = self.app.notices(account).await.unwrap();
        notices.into_iter().rev().map(|notice| notice.what).collect()
    }
}

on_both! {
    fn a_factor_counts_once_it_is_confirmed_and_proves_the_session_that_confirmed_it(test: TestDb) {
        run(async {
            let door = Door::open(test);
            let account = door.register("alice").await;
            let session = door.login("alice").await;
            let by = proven(door.app.authenticate(&session.access).await.unwrap());
            let early = door.app.confirm_second_factor(account, &by, "000000").await;
            assert!(matches!(early, Err(AuthError::NoSecondFactor)), "{early:?}");
            let forgotten = door.app.begin_second_factor(account).await.unwrap().secret;
            let begun = door.app.begin_second_factor(account).await.unwrap();
            assert_eq!(begun.handle, "alice");
            assert!(!format!("{begun:?}").contains(begun.secret.base32().as_str()));
            door.login_with(None).await.unwrap();
            assert!(!door.app.me(account).await.unwrap().second_factor);

            let old = door.app.confirm_second_factor(account, &by, &door.code(&forgotten, 0)).await;
            assert!(matches!(old, Err(AuthError::WrongCode)), "{old:?}");
            let codes = door.app.confirm_second_factor(account, &by, &door.code(&begun.secret, 0)).await.unwrap();

            assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), 10);
            assert!(door.app.me(account).await.unwrap().second_factor);
            let now = proven(door.app.authenticate(&session.access).await.unwrap());
            assert_eq!((by.proof, now.proof), (Proof::Password, Proof::PasswordAndCode));
            let again = door.app.begin_second_factor(account).await;
            assert!(matches!(again, Err(AuthError::SecondFactorStands)), "{again:?}");
            assert!(matches!(door.login_with(None).await, Err(AuthError::SecondFactorNeeded)));
        });
    }

    fn the_database_holds_neither_secret_nor_recovery_code(test: TestDb) {
        run(async {
            let door = Door::open(test);
            let (account, secret, codes) = door.enrolled().await;
            let mut conn = test.open();
            let factor = rows::SecondFactor::list(&mut conn).unwrap().remove(0);
            let held = rows::RecoveryCode::list(&mut conn).unwrap();

            assert_eq!((factor.id.as_str(), held.len()), (account.to_string().as_str(), 10));
            let bytes: String = secret.base32().to_lowercase();
            let text = format!("{factor:?} {held:?}").to_lowercase();
            assert!(!text.contains(&bytes) && codes.iter().all(|code| !text.contains(code.as_str())), "{text}");
            // Sealed for this account: it opens for no other one.
            let bob = door.register("bob").await.to_string();
            rows::SecondFactor::upsert(&mut conn, &[rows::SecondFactor { id: bob, ..factor }]).unwrap();
            let code = door.code(&secret, 30);
            let attempt = Attempt { code: Some(&code), ..Attempt::new("bob", PASSWORD) };
            let error = told(door.app.login(attempt, HOME).await);
            assert!(error.contains("sealed with another key"), "{error}");
            // Nor with the key of another folder.
            let elsewhere = tempfile::tempdir().unwrap();
            std::fs::copy(door.folder.path().join("keys/second-factors.aes256"), elsewhere.path().join("kept")).unwrap();
            std::fs::remove_file(door.folder.path().join("keys/second-factors.aes256")).unwrap();
            let attempt = Attempt { code: Some(&code), ..Attempt::new("alice", PASSWORD) };
            let error = told(door.restart(test, CHEAP, None).login(attempt, HOME).await);
            assert!(error.contains("keys/second-factors.aes256"), "{error}");
            std::fs::copy(elsewhere.path().join("kept"), door.folder.path().join("keys/second-factors.aes256")).unwrap();
            door.restart(test, CHEAP, None).login(attempt, HOME).await.unwrap();
        });
    }

    fn each_code_is_good_once_and_none_before_it_any_more(test: TestDb) {
        run(async {
            let door = Door::open(test);
            let (_, secret, _) = door.enrolled().await;
            let wrong = |code: String| {
                let door = &door;
                async move { matches!(door.login_with(Some(&code)).await, Err(AuthError::WrongCode)) }
            };
            assert!(wrong(door.code(&secret, 0)).await, "it confirmed the factor");
            assert!(wrong(door.code(&secret, -30)).await);
            let next = door.login_with(Some(&door.code(&secret, 30))).await.unwrap();
            assert_eq!(proven(door.app.authenticate(&next.access).await.unwrap()).proof, Proof::PasswordAndCode);
            assert!(wrong(door.code(&secret, 30)).await, "a second time");
            assert!(wrong(door.code(&secret, 60)).await, "two steps ahead");
            door.after_s(900);
            assert!(wrong(door.code(&secret, -60)).await, "two steps ago");
            door.login_with(Some(&format!(" {} ", door.code(&secret, -30)))).await.unwrap();
            door.login_with(Some(&door.code(&secret, 0))).await.unwrap();
        });
    }

    fn of_many_who_bring_one_code_exactly_one_comes_in(test: TestDb) {
        run(async {
            let door = Door::open(test);
            let (_, secret, codes) = door.enrolled().await;
            let other = door.restart(test, CHEAP, None);
            let rounds = [door.code(&secret, 30), codes[0].clone()];
            for code in &rounds {
                let callers = (0..4).map(|n| {
                    let (app, code) = (if n % 2 == 0 { &door.app } else { &other }.clone(), code.clone());
                    async move { app.login(Attempt { code: Some(&code), ..Attempt::new("alice", PASSWORD) }, HOME).await }
                });
                let results = at_once(callers).await;
                assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
                door.after_s(901);
            }
            println!("count: concurrent sign-ins with one code {}", rounds.len() * 4);
        });
    }

    fn a_recovery_code_is_good_once(test: TestDb) {
        run(async {
            let door = Door::open(test);
            let (account, _, codes) = door.enrolled().await;
            for code in &codes {
                let session = door.login_with(Some(&code.to_uppercase().replace('-', " "))).await.unwrap();
                let proof = proven(door.app.authenticate(&session.access).await.unwrap()).proof;
                assert_eq!(proof, Proof::RecoveryCode);
                assert!(matches!(door.login_with(Some(code)).await, Err(AuthError::WrongCode)));
                door.after_s(60);
            }
            let last = door.app.notices(account).await.unwrap();
            let used: Vec<_> = last.iter().filter(|notice| notice.what == Happened::RecoveryCodeUsed).collect();
            assert_eq!(used.len(), 10);
            let mut left: Vec<_> = used.iter().map(|notice| notice.detail.clone()).collect();
            left.sort();
            assert_eq!(left[0], "0 left");
        });
    }

    fn who_guesses_codes_has_to_wait_and_learns_nothing_without_the_password(test: TestDb) {
        run(async {
            let door = Door::open(test);
            let (_, secret, _) = door.enrolled().await;
            let hashes = door.app.sign_in().hashes();
            let wrong = Attempt { code: Some("000000"), ..Attempt::new("alice", "not the password") };
            assert_eq!(told(door.app.login(wrong, HOME).await), "handle or password is wrong");
            let nobody = Attempt { code: Some("000000"), ..Attempt::new("nobody", PASSWORD) };
            assert_eq!(told(door.app.login(nobody, HOME).await), "handle or password is wrong");
            assert_eq!(door.app.sign_in().hashes() - hashes, 2, "the same work");
            // A right password without a code is no guess, and forgets none.
            for _ in 0..4 {
                assert!(matches!(door.login_with(None).await, Err(AuthError::SecondFactorNeeded)));
                assert!(matches!(door.login_with(Some("000000")).await, Err(AuthError::WrongCode)));
            }
            let waits = door.login_with(Some(&door.code(&secret, 30))).await;
            assert!(matches!(waits, Err(AuthError::TooManyAttempts { retry_after_s: 1 })), "{waits:?}");
            door.after_s(1);
            door.login_with(Some(&door.code(&secret, 30))).await.unwrap();
        });
    }

    fn without_its_factor_an_account_stands_on_its_password(test: TestDb) {
        run(async {
            let door = Door::open(test);
            let (account, secret, codes) = door.enrolled().await;
            let session = door.login_with(Some(&door.code(&secret, 30))).await.unwrap();

            door.app.remove_second_factor(account).await.unwrap();

            assert!(matches!(door.app.remove_second_factor(account).await, Err(AuthError::NoSecondFactor)));
            assert_eq!(proven(door.app.authenticate(&session.access).await.unwrap()).proof, Proof::Password);
            door.login_with(None).await.unwrap();
            let again = door.app.begin_second_factor(account).await.unwrap().secret;
            let by = proven(door.app.authenticate(&session.access).await.unwrap());
            door.app.confirm_second_factor(account, &by, &door.code(&again, 0)).await.unwrap();
            assert!(matches!(door.login_with(Some(&codes[0])).await, Err(AuthError::WrongCode)), "codes of the old one");
            let happened = door.happened(account).await;
            let factors = [Happened::SecondFactorSet, Happened::SecondFactorRemoved];
            let of_factors = happened.iter().filter(|what| factors.contains(what)).count();
            assert_eq!(of_factors, 3, "{happened:?}");
        });
    }

    fn a_proof_is_fresh_for_a_quarter_of_an_hour_in_the_token_that_it_gave(test: TestDb) {
        run(async {
            let door = Door::open(test);
            let (account, secret, _) = door.enrolled().await;
            let session = door.login_with(Some(&door.code(&secret, 30))).await.unwrap();
            let fresh = |token: &str| {
                let (door, token) = (&door, token.to_owned());
                async move { proven(door.app.authenticate(&token).await.unwrap()).is_fresh(door.app.now().unwrap()) }
            };
            door.after_s(600);
            let renewed = door.app.refresh(&session.refresh).await.unwrap();
            door.after_s(300);
            assert!(fresh(&renewed.access).await);
            door.after_s(1);
            assert!(!fresh(&renewed.access).await, "a renewal proves nothing");

            let by = proven(door.app.authenticate(&renewed.access).await.unwrap());
            let prove = |password, code| {
                door.app.prove(account, &by, Attempt { code, ..Attempt::new("", password) }, HOME)
            };
            assert!(matches!(prove("not the password", None).await, Err(AuthError::WrongCredentials)));
            assert!(matches!(prove(PASSWORD, None).await, Err(AuthError::SecondFactorNeeded)));
            assert!(matches!(prove(PASSWORD, Some("000000")).await, Err(AuthError::WrongCode)));
            let code = door.code(&secret, 0);
            let proof = prove(PASSWORD, Some(&code)).await.unwrap();
            assert!(!format!("{proof:?}").contains(&proof.token));
            assert!(fresh(&proof.token).await);
            assert!(!fresh(&renewed.access).await, "a token that somebody took before shows no more than it did");
            let next = door.app.refresh(&renewed.refresh).await.unwrap();
            assert!(fresh(&next.access).await, "the session remembers");
        });
    }

    fn a_changed_password_ends_the_other_sessions(test: TestDb) {
        run(async {
            let door = Door::open(test);
            let account = door.register("alice").await;
            let (one, two) = (door.login("alice").await, door.login("alice").await);
            let by = proven(door.app.authenticate(&one.access).await.unwrap());
            let new = "grumpy otters juggle plums";
            let change = |old, new| door.app.change_password(account, &by, Attempt::new("", old), new, HOME);
            assert!(matches!(change("not the password", new).await, Err(AuthError::WrongCredentials)));
            assert!(matches!(change(PASSWORD, "short").await, Err(AuthError::Ledger(_))));

            door.after_s(1);
            change(PASSWORD, new).await.unwrap();

            door.app.authenticate(&one.access).await.unwrap();
            assert_eq!(told(door.app.authenticate(&two.access).await), "this session was ended: sign in again");
            assert!(matches!(door.app.refresh(&two.refresh).await, Err(AuthError::SessionEnded)));
            assert!(matches!(door.login_with(None).await, Err(AuthError::WrongCredentials)));
            door.app.login(Attempt::new("alice", new), HOME).await.unwrap();
            assert_eq!(door.happened(account).await.last(), Some(&Happened::PasswordChanged));
        });
    }

    fn the_operator_lets_somebody_in_again(test: TestDb) {
        run(async {
            let door = Door::open(test);
            let (account, secret, _) = door.enrolled().await;
            let session = door.login_with(Some(&door.code(&secret, 30))).await.unwrap();
            let new = "grumpy otters juggle plums";

            door.after_s(1);
            door.app.reset_sign_in(account, new, Factor::Stays).await.unwrap();

            assert!(door.app.authenticate(&session.access).await.is_err());
            let bare = door.app.login(Attempt::new("alice", new), HOME).await;
            assert!(matches!(bare, Err(AuthError::SecondFactorNeeded)), "{bare:?}");
            door.app.reset_sign_in(account, new, Factor::Goes).await.unwrap();
            door.app.login(Attempt::new("alice", new), HOME).await.unwrap();
            let happened = door.happened(account).await;
            assert_eq!(happened.iter().filter(|what| **what == Happened::SignInReset).count(), 2, "{happened:?}");
        });
    }
}
