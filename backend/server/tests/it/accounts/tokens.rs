use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use server::app::{AuthError, TokenError};

use super::door::{CHEAP, Door, URL};
use super::forger::{Forger, base64url, claims_of};
use crate::app::world::run;
use crate::common::on_both;

on_both! {
    fn only_this_servers_tokens_say_who_somebody_is(test: TestDb) {
        run(async {
            let door = Door::open(test);
            let account = door.register("alice").await;
            let tokens = door.login("alice").await;
            let forger = Forger::new(door.folder.path(), URL, &account.to_string(), &tokens.access);
            door.register("bob").await;
            let bobs = door.login("bob").await;
            let number = |claim: &str| forger.claims[claim].as_i64().unwrap();

            assert_eq!(door.app.authenticate(&tokens.access).await.unwrap().account, account);
            assert_eq!(door.app.authenticate(&forger.sign()).await.unwrap().account, account, "the forger knows how");

            let valid = forger.sign();
            let (signed, signature) = valid.rsplit_once('.').unwrap();
            let (header, payload) = signed.split_once('.').unwrap();
            let none = |alg: &str| base64url(json!({"typ": "at+jwt", "alg": alg, "kid": forger.header.kid}).to_string().as_bytes());
            let stranger = Forger::new(Door::open(test).folder.path(), URL, &account.to_string(), &tokens.access);
            let mut hmac = Header::new(Algorithm::HS256);
            hmac.typ.clone_from(&forger.header.typ);
            hmac.kid.clone_from(&forger.header.kid);
            let other = base64url(serde_json::to_string(&json!({"sub": "somebody else"})).unwrap().as_bytes());
            let bent = if signature.starts_with('A') { "B" } else { "A" };
            let cases = [
                ("nothing", String::new(), TokenError::Malformed),
                ("no token", "a.b.c".to_owned(), TokenError::Malformed),
                ("too long", format!("{valid}{}", "x".repeat(4_096)), TokenError::Malformed),
                ("other claims", format!("{header}.{other}.{signature}"), TokenError::Signature),
                ("other signature", format!("{signed}.{bent}{}", &signature[1..]), TokenError::Signature),
                ("no signature", format!("{signed}."), TokenError::Signature),
                ("alg none", format!("{}.{payload}.", none("none")), TokenError::Malformed),
                ("alg None", format!("{}.{payload}.", none("None")), TokenError::Malformed),
                ("alg HS256, our signature", format!("{}.{payload}.{signature}", none("HS256")), TokenError::Signature),
                ("HS256 with the public key", encode(&hmac, &forger.claims, &EncodingKey::from_secret(&forger.public())).unwrap(), TokenError::Signature),
                ("another server's key", stranger.sign(), TokenError::Signature),
                ("another key's name", forger.with_header(|header| header.kid = Some("0".repeat(16))), TokenError::Signature),
                ("no key's name", forger.with_header(|header| header.kid = None), TokenError::Signature),
                ("another kind", forger.with_header(|header| header.typ = Some("JWT".to_owned())), TokenError::Malformed),
                ("no kind", forger.with_header(|header| header.typ = None), TokenError::Malformed),
                ("another issuer", forger.with("iss", Some(json!("https://evil.example"))), TokenError::Audience),
                ("another audience", forger.with("aud", Some(json!(URL))), TokenError::Audience),
                ("several audiences", forger.with("aud", Some(json!([format!("{URL}/api/v1")]))), TokenError::Malformed),
                ("exp as text", forger.with("exp", Some(json!(number("exp").to_string()))), TokenError::Malformed),
                ("exp as fraction", forger.with("exp", Some(json!(1e12))), TokenError::Malformed),
                ("exp negative", forger.with("exp", Some(json!(-1))), TokenError::Malformed),
                ("nbf as text", forger.with("nbf", Some(json!(number("nbf").to_string()))), TokenError::Malformed),
                ("sub as number", forger.with("sub", Some(json!(1))), TokenError::Malformed),
                ("epoch as text", forger.with("epoch", Some(json!("0"))), TokenError::Malformed),
                ("exp null", forger.with("exp", Some(Value::Null)), TokenError::Malformed),
                ("a claim more", forger.with("admin", Some(json!(true))), TokenError::Malformed),
                ("expired", forger.with("exp", Some(json!(number("iat") - 30))), TokenError::Expired),
                ("made for a year", forger.with("exp", Some(json!(number("iat") + 31_536_000))), TokenError::Expired),
                ("not yet", forger.with("nbf", Some(json!(number("nbf") + 31))), TokenError::NotYet),
                ("from the future", forger.with("iat", Some(json!(number("iat") + 31))), TokenError::NotYet),
                ("another epoch", forger.with("epoch", Some(json!(1))), TokenError::Ended),
                ("auth_time as text", forger.with("auth_time", Some(json!("0"))), TokenError::Malformed),
                ("sid as number", forger.with("sid", Some(json!(1))), TokenError::Malformed),
                ("no session", forger.with("sid", Some(json!("6f1c7c3e-0f0a-4a55-9c63-1f5a5f0d8c11"))), TokenError::Ended),
                ("somebody else's session", forger.with("sid", Some(claims_of(&bobs.access)["sid"].clone())), TokenError::Ended),
                ("nobody", forger.with("sub", Some(json!("6f1c7c3e-0f0a-4a55-9c63-1f5a5f0d8c11"))), TokenError::Ended),
            ];
            let missing = ["iss", "aud", "sub", "iat", "nbf", "exp", "jti", "epoch", "sid", "auth_time"]
                .map(|claim| (claim, forger.with(claim, None), TokenError::Malformed));
            let cases: Vec<_> = cases.into_iter().chain(missing).collect();
            println!("count: forged access tokens {}", cases.len());
            for (what, token, expected) in cases {
                match door.app.authenticate(&token).await {
                    Err(AuthError::Token(error)) => assert_eq!(error, expected, "{what}"),
                    other => panic!("{what}: {other:?}"),
                }
            }
        });
    }

    fn an_access_token_lasts_ten_minutes_and_half_a_minute_of_leeway(test: TestDb) {
        run(async {
            let door = Door::open(test);
            door.register("alice").await;
            let tokens = door.login("alice").await;
            assert_eq!(tokens.access_expires_at.to_string(), "2026-01-05T12:10:00.000000Z");
            door.after_s(629);
            assert!(door.app.authenticate(&tokens.access).await.is_ok());
            door.after_s(1);
            let error = door.app.authenticate(&tokens.access).await.unwrap_err();
            assert!(matches!(error, AuthError::Token(TokenError::Expired)), "{error:?}");
        });
    }

    fn a_restart_keeps_the_key(test: TestDb) {
        run(async {
            let door = Door::open(test);
            let account = door.register("alice").await;
            let tokens = door.login("alice").await;

            let restarted = door.restart(test, CHEAP, None);

            assert_eq!(restarted.authenticate(&tokens.access).await.unwrap().account, account);
            assert_eq!(restarted.refresh(&tokens.refresh).await.unwrap().account, account);
        });
    }
}

#[test]
fn a_key_file_is_for_its_owner_only() {
    use server::app::{Entropy, Keys};
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys/access.ed25519");
    let open = || Keys::in_folder(folder.path(), &Entropy::System);
    open().unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(
        fs::read_dir(folder.path().join("keys")).unwrap().count(),
        2,
        "and beside it the key of second factors"
    );

    fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
    assert!(open().unwrap_err().to_string().contains("chmod 600"));
    fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
    fs::write(&path, "not a key").unwrap();
    assert!(open().unwrap_err().to_string().contains("holds no Ed25519 key"));
}

/// In a container every process has the same number.
#[test]
fn a_key_half_written_by_a_process_that_was_killed_is_in_nobodys_way() {
    use server::app::{Entropy, Keys};
    use std::fs;

    let folder = tempfile::tempdir().unwrap();
    let keys = folder.path().join("keys");
    fs::create_dir(&keys).unwrap();
    fs::write(keys.join(format!("access.{}.new", std::process::id())), "half a key").unwrap();
    Keys::in_folder(folder.path(), &Entropy::System).unwrap();
}
