//! Every operation of the OpenAPI document, asked for by everybody.
//!
//! What must come of it follows from `docs/permissions.csv` alone: that is the table that people read.

use std::collections::{BTreeMap, BTreeSet};

use domain::permission::Scope;
use reqwest::Method;
use serde_json::json;
use server::app::{Attempt, Tokens};

use super::cast::{but, program};
use super::operations::{Asker, Operation, Permission, Scene, join, make_token, operations, permissions};
use super::{Answer, Api, ISSUER, PASSWORD, Stock};
use crate::accounts::forger::{Forger, base64url};
use crate::app::world::{address, run};
use crate::common::on_both;

/// What somebody is to the pilot.
enum Standing {
    /// No token is sent.
    Nobody,
    /// What is sent is no valid access token.
    Impostor,
    /// An account, and no member.
    Stranger,
    /// A member with these roles.
    Member(&'static [&'static str]),
}

/// Somebody who asks for everything.
struct Identity {
    name: &'static str,
    standing: Standing,
    token: Option<String>,
    asker: Asker,
    shown: Shown,
}

/// How somebody shows who they are.
#[derive(Clone, Copy)]
enum Shown {
    /// As well as anybody can, a moment ago.
    Well,
    /// By a password alone.
    Weakly,
    /// An hour ago.
    LongAgo,
    /// With an API token of these scopes.
    Token(&'static [Scope]),
}

/// What changes nothing, whatever its method.
const LOOKS: [&str; 3] = ["address_typed_data", "preview_batch", "vote_typed_data"];

impl Shown {
    /// What comes of a request that would be granted to, or refused, whoever shows themselves well.
    fn turns(self, operation: &Operation, row: &Permission, expected: Expected) -> Expected {
        let in_program = matches!(row.access.as_str(), "member" | "roles");
        let writes = operation.method != Method::GET && !LOOKS.contains(&operation.id.as_str());
        match self {
            _ if row.access == "public" => expected,
            Self::Token(scopes) => {
                let fits = |word: &str| scopes.iter().any(|scope| scope.as_str() == word);
                let listed = row.tokens.split_whitespace().any(fits);
                if listed { expected } else { Expected::Refused(403, "scope_needed") }
            }
            // Who opens a program has no role in it yet; who shares a batch tells others what is public.
            Self::Weakly
                if in_program && writes && !["open_program", "share_batch"].contains(&&*operation.id) =>
            {
                Expected::Refused(403, "second_factor_missing")
            }
            Self::Weakly if operation.id == "make_token" => Expected::Refused(403, "second_factor_missing"),
            Self::LongAgo if row.fresh == "fresh" && expected == Expected::Granted => {
                Expected::Refused(403, "fresh_proof_needed")
            }
            Self::Well | Self::Weakly | Self::LongAgo => expected,
        }
    }
}

/// What must come of a request.
#[derive(Debug, PartialEq)]
enum Expected {
    Granted,
    Refused(u16, &'static str),
}

/// What somebody whom the table lets ask is told all the same, because of what they are.
fn stands_against(operation: &str, who: &Identity) -> Option<Expected> {
    match (operation, &who.standing) {
        ("join", Standing::Member(_)) => Some(Expected::Refused(409, "already_member")),
        ("leave", Standing::Member(["lead"])) => Some(Expected::Refused(409, "last_lead")),
        ("leave", Standing::Member([])) => Some(Expected::Refused(409, "no_roles_left")),
        // It is the lead's.
        ("erase_document", Standing::Member(["lead"])) => None,
        ("erase_document", Standing::Member(_)) => Some(Expected::Refused(403, "author_first")),
        _ => None,
    }
}

/// What the table says comes of it.
fn expected(row: &Permission, standing: &Standing) -> Expected {
    if row.access == "public" {
        return Expected::Granted;
    }
    // The one separation that grants: there is no program yet in which anybody could have the role.
    let opening = row.separations.starts_with("whoever has an account may open a program");
    let signed_in = row.access == "signed_in" || opening;
    let roles: Vec<&str> = row.roles.split_whitespace().collect();
    match standing {
        Standing::Nobody => Expected::Refused(401, "unauthenticated"),
        Standing::Impostor => Expected::Refused(401, "invalid_token"),
        _ if signed_in => Expected::Granted,
        Standing::Stranger => Expected::Refused(403, "forbidden"),
        Standing::Member(_) if row.access == "member" => Expected::Granted,
        Standing::Member(held) if row.access == "roles" => {
            let listed = held.iter().any(|role| roles.contains(role));
            if listed { Expected::Granted } else { Expected::Refused(403, "role_needed") }
        }
        Standing::Member(_) => panic!("{row:?} says what nobody knows"),
    }
}

/// The account that a token says, with everything else about it wrong in one way each: all are the lead's.
fn impostors(api: &Api, lead: &str, real: &Tokens, other: &str) -> Vec<(&'static str, String)> {
    let forger = Forger::new(api.folder.path(), ISSUER, lead, &real.access);
    let elsewhere = tempfile::tempdir().unwrap();
    server::app::Keys::in_folder(elsewhere.path(), &server::app::Entropy::System).unwrap();
    let past = forger.claims["iat"].as_u64().unwrap() - 3_600;
    let [header, payload, signature] = other.split('.').collect::<Vec<_>>()[..] else { panic!("{other}") };
    let claimed = base64url(serde_json::to_string(&forger.claims).unwrap().as_bytes());
    assert_ne!(payload, claimed);
    vec![
        ("an expired token", forger.with("exp", Some(json!(past)))),
        ("a token for another audience", forger.with("aud", Some(json!(ISSUER)))),
        ("a token of another issuer", forger.with("iss", Some(json!("https://elsewhere.example")))),
        ("a token of another server", Forger::new(elsewhere.path(), ISSUER, lead, &real.access).sign()),
        ("a stranger's token with the lead's name in it", format!("{header}.{claimed}.{signature}")),
        ("a token without its signature", format!("{header}.{claimed}.")),
        ("a refresh token", real.refresh.clone()),
    ]
}

/// Everybody there is: nobody, impostors, strangers, and a member with each role alone.
async fn everybody(api: &Api, scene: &Scene<'_>) -> Vec<Identity> {
    let mut all = Vec::new();
    let mut add = |name, standing, token, handle, member| {
        let nth = u64::try_from(all.len()).unwrap();
        all.push(Identity {
            name,
            standing,
            token,
            asker: Asker { handle, member, nth },
            shown: Shown::Well,
        });
    };
    let stranger = api.person("stranger").await;
    let account = api.app.find_account("lead").await.unwrap().unwrap().to_string();
    let code = api.code_of("lead").await;
    let attempt = Attempt { code: Some(&code), ..Attempt::new("lead", PASSWORD) };
    let session = api.app.login(attempt, api.caller().parse().unwrap()).await.unwrap();
    let forger = Forger::new(api.folder.path(), ISSUER, &account, &session.access);
    let known = api.app.authenticate(&forger.sign()).await.unwrap().account.to_string();
    assert_eq!(known, account, "what the impostors send would pass but for one thing");
    add("nobody", Standing::Nobody, None, "lead", None);
    for (name, token) in impostors(api, &account, &session, &stranger.token) {
        add(name, Standing::Impostor, Some(token), "lead", None);
    }
    add("an account that is no member", Standing::Stranger, Some(stranger.token), "stranger", None);
    let foreign = api.person("foreign").await;
    let every = json!(["alternate", "auditor", "contributor", "lead", "reviewer", "treasurer"]);
    let members = json!([{ "handle": "foreign", "roles": every }]);
    let file = but(program(), json!({ "slug": "elsewhere", "safe": address(4_000), "members": members }));
    foreign.post("/programs", &file).await.json(201);
    add("another program's member", Standing::Stranger, Some(foreign.token), "foreign", None);

    let cast = &scene.cast;
    let (auditor, number) = join(api, &cast.lead, "auditor", "auditor").await;
    let (roleless, left) = join(api, &cast.lead, "roleless", "contributor").await;
    let path = format!("/programs/pilot/members/{left}/roles/contributor");
    assert_eq!(cast.lead.delete(&path).await.json(200)["member"]["roles"], json!([]));
    let mut member = |name, roles, token: &str, handle, number| {
        add(name, Standing::Member(roles), Some(token.to_owned()), handle, Some(number));
    };
    member("a contributor", &["contributor"], &cast.alice.token, "alice", 5);
    member("a reviewer", &["reviewer"], &cast.reviewers[0].token, "first-reviewer", 2);
    member("a treasurer", &["treasurer"], &cast.treasurer.token, "treasurer", 4);
    member("an auditor", &["auditor"], &auditor.token, "auditor", number);
    member("a lead", &["lead"], &cast.lead.token, "lead", 1);
    member("a member of no role", &[], &roleless.token, "roleless", left);
    all.extend(otherwise_shown(api, scene).await);
    all
}

/// Members who do not show themselves well.
async fn otherwise_shown(api: &Api, scene: &Scene<'_>) -> Vec<Identity> {
    let cast = &scene.cast;
    let weak = api.by_password("weak").await;
    let new = json!({ "handle": "weak", "roles": ["treasurer"] });
    let number = cast.lead.post("/programs/pilot/members", &new).await.json(201)["member"]["number"].as_u64();
    let number = u32::try_from(number.unwrap()).unwrap();
    let account = api.app.find_account("treasurer").await.unwrap().unwrap().to_string();
    let forger = Forger::new(api.folder.path(), ISSUER, &account, &cast.treasurer.token);
    let hour_ago = forger.claims["iat"].as_u64().unwrap() - 3_600;
    let stale = forger.with("auth_time", Some(json!(hour_ago)));
    let mut all = Vec::new();
    let mut add = |name, role, token, handle, member, shown| {
        let (nth, standing) = (u64::try_from(60 + all.len()).unwrap(), Standing::Member(role));
        let asker = Asker { handle, member: Some(member), nth };
        all.push(Identity { name, standing, token: Some(token), asker, shown });
    };
    add("a treasurer by their password", &["treasurer"][..], weak.token, "weak", number, Shown::Weakly);
    add("a treasurer of an hour ago", &["treasurer"], stale, "treasurer", 4, Shown::LongAgo);
    for (name, role, handle, member, scopes) in [
        ("a lead's token to read", &["lead"][..], "lead", 1, &[Scope::Read][..]),
        ("a contributor's token to submit", &["contributor"], "alice", 5, &[Scope::Submit]),
        ("a treasurer's token to export", &["treasurer"], "treasurer", 4, &[Scope::TreasurerExport]),
        ("a lead's token for everything", &["lead"], "lead", 1, Scope::ALL),
    ] {
        let token = make_token(api, handle, scopes).await.1;
        add(name, role, token, handle, member, Shown::Token(scopes));
    }
    all
}

/// Asks; the answer must be what the table says.
async fn ask(
    api: &Api,
    stock: &mut Stock,
    scene: &Scene<'_>,
    operation: &Operation,
    who: &Identity,
    expected: &Expected,
) {
    let sample = scene.sample(operation, who.asker);
    let request = sample.request(api, &operation.method).await;
    let request = match &who.token {
        Some(token) => request.bearer_auth(token),
        None => request,
    };
    let before = stock.count();
    let answer = Answer::of(request.send().await.unwrap()).await;
    let what = format!("{} asks for {}: {answer:?}", who.name, operation.id);
    match expected {
        Expected::Granted => assert_eq!(answer.status, operation.success, "{what}"),
        Expected::Refused(status, code) => {
            assert_eq!((answer.status, answer.body["code"].as_str()), (*status, Some(*code)), "{what}");
            let challenge = match *code {
                "unauthenticated" => Some("Bearer"),
                "invalid_token" => Some("Bearer error=\"invalid_token\""),
                _ => None,
            };
            assert_eq!(answer.header("www-authenticate"), challenge, "{what}");
            assert_eq!(stock.count(), before, "{what}: a refused request wrote something");
            answer.refused(*status, code);
        }
    }
}

on_both! {
    fn everybody_gets_what_the_permission_table_says(test: TestDb) {
        run(async {
            let api = Api::start_sharing(test);
            let scene = Scene::set(&api).await;
            let everybody = everybody(&api, &scene).await;
            let (mut stock, table, mut operations) = (Stock::of(test), permissions(), operations());
            // Last what makes somebody another one than they are.
            let late = [
                "link_members", "leave", "join", "prove", "siwe_prove", "link_wallet", "unlink_wallet", "begin_second_factor", "confirm_second_factor",
                "remove_second_factor", "change_password", "reset", "end_token", "end_session", "end_sessions",
            ];
            operations.sort_by_key(|operation| late.iter().position(|id| *id == operation.id));
            let (mut asked, mut granted) = (0, BTreeMap::<&str, BTreeSet<&str>>::new());
            for operation in &operations {
                let row = &table.get(&operation.id).unwrap_or_else(|| panic!("{} is in no row", operation.id));
                let expectations = everybody.iter().map(|who| {
                    let told = expected(row, &who.standing);
                    let against = stands_against(&operation.id, who).filter(|_| told == Expected::Granted);
                    (who, who.shown.turns(operation, row, against.unwrap_or(told)))
                });
                // They may do what others of their role do here, and would do it twice.
                let reads = operation.method == Method::GET || LOOKS.contains(&operation.id.as_str());
                let expectations = expectations.filter(|(who, expected)| {
                    matches!(who.shown, Shown::Well) || reads || *expected != Expected::Granted
                });
                // First those who are refused: they must leave everything as it is for the others.
                let (granted_to, refused): (Vec<_>, Vec<_>) =
                    expectations.partition(|(_, expected)| *expected == Expected::Granted);
                for (who, expected) in refused.iter().chain(&granted_to) {
                    ask(&api, &mut stock, &scene, operation, who, expected).await;
                    asked += 1;
                }
                granted.insert(&operation.id, granted_to.iter().map(|(who, _)| who.name).collect());
            }

            assert!(asked > operations.len() * everybody.iter().filter(|who| matches!(who.shown, Shown::Well)).count());
            assert_eq!(granted["cast_vote"], BTreeSet::from(["a reviewer"]), "the table is read as people read it");
            assert_eq!(granted["get_me"].len(), 8 + 4, "two tokens are not to read");
            assert_eq!(granted["preview_batch"].len(), 6 + 5, "one token is not to read");
            assert_eq!(granted["get_budget"].len(), everybody.len());
            let rows: BTreeSet<&String> = table.iter().filter(|(_, row)| row.access != "system").map(|(id, _)| id).collect();
            assert_eq!(rows, operations.iter().map(|operation| &operation.id).collect(), "a row without an operation");
            println!("count: permission matrix, requests asked ({}) {asked}", test.name());
            api.stop().await;
        });
    }
}
