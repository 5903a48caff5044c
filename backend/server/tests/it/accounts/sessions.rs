use domain::value::MemberNumber;
use domain::words::Role;
use server::app::{Ask, Attempt, AuthError, Error, Means, NewMember, NewRole, Proof};
use server::db::rows::RefreshToken;

use super::door::{CHEAP, Door, HOME, PASSWORD, told};
use crate::app::world::{at_once, pilot, run, slug};
use crate::common::{TestDb, on_both};

const HOUR: i64 = 3_600;

fn rows(test: &TestDb) -> Vec<RefreshToken> {
    RefreshToken::list(&mut test.open()).unwrap()
}

on_both! {
    fn a_refresh_token_is_good_for_one_use_and_a_second_ends_the_family(test: TestDb) {
        run(async {
            let door = Door::open(test);
            door.register("alice").await;
            let first = door.login("alice").await;
            let elsewhere = door.login("alice").await;
            let second = door.app.refresh(&first.refresh).await.unwrap();
            assert_ne!(first.refresh, second.refresh);

            assert_eq!(told(door.app.refresh(&first.refresh).await), "this session has ended: sign in again");

            assert!(matches!(door.app.refresh(&second.refresh).await, Err(AuthError::SessionEnded)));
            door.app.refresh(&elsewhere.refresh).await.unwrap();
        });
    }

    fn the_database_never_holds_a_refresh_token(test: TestDb) {
        run(async {
            let door = Door::open(test);
            door.register("alice").await;
            let tokens = door.login("alice").await;
            let written = format!("{:?}", rows(test));
            assert!(!written.contains(&tokens.refresh), "{written}");
            assert!(!format!("{tokens:?}").contains(&tokens.refresh));
            assert!(matches!(door.app.refresh("nonsense").await, Err(AuthError::SessionEnded)));
            let held = rows(test).remove(0).id;
            assert!(matches!(door.app.refresh(&held).await, Err(AuthError::SessionEnded)), "nor is a hash a token");
        });
    }

    fn of_many_who_refresh_with_one_token_exactly_one_wins(test: TestDb) {
        run(async {
            let door = Door::open(test);
            door.register("alice").await;
            let other = door.restart(test, CHEAP, None);
            let rounds = 5;
            for _ in 0..rounds {
                let token = door.login("alice").await.refresh;
                let callers = (0..16).map(|n| {
                    let (app, token) = (if n % 2 == 0 { &door.app } else { &other }.clone(), token.clone());
                    async move { app.refresh(&token).await }
                });
                let results = at_once(callers).await;
                assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
                let won = results.into_iter().find_map(Result::ok).unwrap();
                // Fifteen of them held a copy: the family is over, the winner's too.
                assert!(matches!(door.app.refresh(&won.refresh).await, Err(AuthError::SessionEnded)));
            }
            println!("count: concurrent refreshes of one token {}", rounds * 16);
        });
    }

    fn a_session_ends_after_a_day_without_use_and_after_a_week(test: TestDb) {
        run(async {
            let door = Door::open(test);
            door.register("alice").await;
            let (early, late) = (door.login("alice").await, door.login("alice").await);
            door.after_s(24 * HOUR - 1);
            door.app.refresh(&early.refresh).await.unwrap();
            door.after_s(1);
            assert!(matches!(door.app.refresh(&late.refresh).await, Err(AuthError::SessionEnded)));

            let mut tokens = door.login("alice").await;
            for _ in 0..8 {
                door.after_s(20 * HOUR);
                tokens = door.app.refresh(&tokens.refresh).await.unwrap();
            }
            assert_eq!(tokens.refresh_expires_at.to_string(), "2026-01-13T12:00:00.000000Z", "a week after its start");
            door.after_s(8 * HOUR);
            assert!(matches!(door.app.refresh(&tokens.refresh).await, Err(AuthError::SessionEnded)));
            door.after_s(1);
            door.login("alice").await;
            assert_eq!(rows(test).len(), 1, "families that ended are forgotten");
        });
    }

    fn who_leads_or_pays_signs_in_more_often(test: TestDb) {
        run(async {
            let door = Door::open(test);
            door.register("lead").await;
            door.app.open_program(&pilot(), true, "open").await.unwrap();
            let mut tokens = door.login("lead").await;
            assert_eq!(tokens.refresh_expires_at.to_string(), "2026-01-05T13:00:00.000000Z");
            for _ in 0..9 {
                door.after_s(50 * 60);
                tokens = door.app.refresh(&tokens.refresh).await.unwrap();
            }
            assert_eq!(tokens.refresh_expires_at.to_string(), "2026-01-05T20:00:00.000000Z", "eight hours in all");
            door.after_s(30 * 60);
            assert!(matches!(door.app.refresh(&tokens.refresh).await, Err(AuthError::SessionEnded)));

            // A session that began before the role was given is shortened at its next refresh.
            let late = door.register("latecomer").await;
            let ask = |key| Ask { program: slug("pilot"), member: MemberNumber::FIRST, key, sent: None };
            let new = NewMember { handle: "latecomer".to_owned(), roles: vec![Role::Contributor] };
            door.app.add_member(ask("add"), &new).await.unwrap();
            let before = door.login("latecomer").await;
            let member = door.app.member_of(late, slug("pilot")).await.unwrap().unwrap();
            door.app.grant_role(ask("grant"), member, NewRole { role: Role::Treasurer }).await.unwrap();
            let after = door.app.refresh(&before.refresh).await.unwrap();
            assert_eq!(after.refresh_expires_at.micros() - before.refresh_expires_at.micros(), -23 * HOUR * 1_000_000);
        });
    }

    fn signing_out_ends_one_session_or_all(test: TestDb) {
        run(async {
            let door = Door::open(test);
            let account = door.register("alice").await;
            let (one, two) = (door.login("alice").await, door.login("alice").await);

            door.app.logout(&one.refresh).await.unwrap();
            door.app.logout(&one.refresh).await.unwrap();
            door.app.logout("unknown").await.unwrap();
            assert!(matches!(door.app.refresh(&one.refresh).await, Err(AuthError::SessionEnded)));
            let two = door.app.refresh(&two.refresh).await.unwrap();
            assert!(door.app.authenticate(&two.access).await.is_ok());

            door.app.logout_everywhere(account).await.unwrap();
            assert_eq!(told(door.app.authenticate(&two.access).await), "this session was ended: sign in again");
            assert!(matches!(door.app.refresh(&two.refresh).await, Err(AuthError::SessionEnded)));
            let again = door.login("alice").await;
            assert_eq!(door.app.authenticate(&again.access).await.unwrap().account, account);
        });
    }

    fn a_session_says_how_it_was_proven_and_ends_alone(test: TestDb) {
        run(async {
            let door = Door::open(test);
            let account = door.register("alice").await;
            let stranger = door.register("bob").await;
            let long = format!("Browser\u{7}/1.0\u{202e} {}", "x".repeat(200));
            let attempt = Attempt { agent: &long, ..Attempt::new("alice", PASSWORD) };
            let one = door.app.login(attempt, HOME).await.unwrap();
            door.after_s(60);
            let two = door.login("alice").await;
            let two = door.app.refresh(&two.refresh).await.unwrap();

            let sessions = door.app.sessions(account).await.unwrap();

            let [latest, first] = &sessions[..] else { panic!("{sessions:?}") };
            assert_eq!((first.proof, latest.agent.as_str()), (Proof::Password, ""));
            assert_eq!(first.agent, format!("Browser/1.0 {}", "x".repeat(68)), "what anybody may say is cut and cleaned");
            assert_eq!(first.begun_at.to_string(), "2026-01-05T12:00:00.000000Z");
            assert_eq!(first.ends_at.to_string(), "2026-01-12T12:00:00.000000Z");
            assert!(door.app.sessions(stranger).await.unwrap().is_empty());
            let foreign = door.app.end_session(stranger, &first.id).await;
            assert!(matches!(foreign, Err(Error::NoSuchSession)), "{foreign:?}");
            door.app.end_session(account, &first.id).await.unwrap();
            assert!(matches!(door.app.end_session(account, &first.id).await, Err(Error::NoSuchSession)));
            assert!(matches!(door.app.end_session(account, "x").await, Err(Error::NoSuchSession)));
            assert_eq!(told(door.app.authenticate(&one.access).await), "this session was ended: sign in again");
            assert!(matches!(door.app.refresh(&one.refresh).await, Err(AuthError::SessionEnded)));
            let caller = door.app.authenticate(&two.access).await.unwrap();
            let Means::Session(proven) = caller.means else { panic!("a session") };
            assert_eq!((proven.session, proven.proof), (latest.id.clone(), Proof::Password));
            assert_eq!(proven.proven_at.to_string(), "2026-01-05T12:01:00.000000Z", "a renewal proves nothing");
            assert_eq!(door.app.sessions(account).await.unwrap().len(), 1);
        });
    }
}
