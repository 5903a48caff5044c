//! Accounts and settings as an operator meets them.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use server::app::{Clock, TotpSecret};

use super::{PILOT, ok, program, run, stderr, stdout};

const PASSWORD: &str = "grumpy otters juggle plums";

fn user_add(data: &Path, handle: &str, password: &str) -> Output {
    user(data, &["add", handle, "--password-stdin"], password)
}

/// `user …` with a line on the standard input.
fn user(data: &Path, arguments: &[&str], line: &str) -> Output {
    let mut child = program(data)
        .arg("user")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that refuses its arguments does not read.
    let _ = child.stdin.take().unwrap().write_all(format!("{line}\nsecond line").as_bytes());
    child.wait_with_output().unwrap()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn an_operator_adds_who_may_sign_in() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    ok(&data, &["program", "open", PILOT]);

    let added = user_add(&data, "treasurer", PASSWORD);
    let again = user_add(&data, "treasurer", PASSWORD);
    let other = user_add(&data, "treasurer", "another password of theirs");
    let stranger = user_add(&data, "nobody", PASSWORD);

    assert_eq!(added.status.code(), Some(0), "{}", stderr(&added));
    assert_eq!(stdout(&added), "treasurer may sign in\ntreasurer in degen-pilot: member 5\n");
    assert!(stdout(&again).contains("already") && stdout(&again).contains("member 5"), "{}", stdout(&again));
    assert_eq!(other.status.code(), Some(2));
    assert!(stderr(&other).contains("exists already, with another password"), "{}", stderr(&other));
    assert_eq!(stdout(&stranger), "nobody may sign in\n");
    assert_eq!((mode(&data), mode(&data.join("keys/access.ed25519"))), (0o700, 0o600));
    for output in [&added, &again, &other] {
        assert!(!format!("{}{}", stdout(output), stderr(output)).contains("otters"));
    }
}

#[test]
fn an_operator_lets_somebody_in_again() {
    let folder = tempfile::tempdir().unwrap();
    user_add(folder.path(), "ada", PASSWORD);
    let new = "the violet tram hums";

    let reset = user(folder.path(), &["reset", "ada", "--password-stdin", "--drop-second-factor"], new);

    assert_eq!(reset.status.code(), Some(0), "{}", stderr(&reset));
    assert!(stdout(&reset).starts_with("ada has a new password") && !stdout(&reset).contains("violet"));
    assert_eq!(user_add(folder.path(), "ada", PASSWORD).status.code(), Some(2), "the old one");
    assert!(stdout(&user_add(folder.path(), "ada", new)).contains("already"));
    for (arguments, line, text) in [
        (&["reset", "nobody", "--password-stdin"][..], new, "there is no such account"),
        (&["reset", "ada", "--password-stdin"], "too short", "at least 15 characters"),
        (&["reset", "ada"], new, "add --password-stdin"),
    ] {
        let refused = user(folder.path(), arguments, line);
        assert_eq!(refused.status.code(), Some(2));
        assert!(stderr(&refused).contains(text), "{}", stderr(&refused));
    }
}

#[test]
fn the_program_says_the_code_of_now() {
    let folder = tempfile::tempdir().unwrap();
    let secret = TotpSecret::draw().unwrap();
    for written in [secret.base32(), secret.uri("lead")] {
        let before = secret.code_at(Clock::System.now().unwrap());
        let printed = user(folder.path(), &["code"], &written);
        let after = secret.code_at(Clock::System.now().unwrap());
        assert_eq!(printed.status.code(), Some(0), "{}", stderr(&printed));
        assert!([before, after].contains(&stdout(&printed).trim().to_owned()), "{}", stdout(&printed));
    }
    let wrong = user(folder.path(), &["code"], "no secret");
    assert_eq!(wrong.status.code(), Some(2));
    assert!(stderr(&wrong).contains("32 letters and digits"), "{}", stderr(&wrong));
}

#[test]
fn a_user_is_not_added_without_a_handle_or_a_password() {
    let folder = tempfile::tempdir().unwrap();
    for (handle, password, text) in [
        ("Treasurer", PASSWORD, "small letters, digits and hyphens"),
        ("treasurer", "too short", "at least 15 characters"),
        ("treasurer", "", "at least 15 characters"),
        ("treasurer", "livepeer-treasurer-1", "what guessers try first"),
    ] {
        let output = user_add(folder.path(), handle, password);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains(text), "{}", stderr(&output));
    }
    let output = run(folder.path(), &["user", "add", "treasurer"]);
    assert!(stderr(&output).contains("add --password-stdin"), "{}", stderr(&output));
}

#[test]
fn who_opens_a_program_is_told_who_is_linked() {
    let folder = tempfile::tempdir().unwrap();
    assert!(user_add(folder.path(), "lead", PASSWORD).status.success());

    let opened = ok(folder.path(), &["program", "open", PILOT]);

    assert!(opened.contains("accounts  lead is member 1\n"), "{opened}");
}

#[test]
fn the_demos_cast_may_sign_in() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["demo", "--now", "2026-11-22T12:00:00Z", "--no-serve"];

    let printed = ok(folder.path(), &arguments);

    let path = folder.path().join("sign-ins.txt");
    assert!(printed.contains(&path.display().to_string()), "{printed}");
    assert_eq!(mode(&path), 0o600);
    let text = fs::read_to_string(&path).unwrap();
    let lines = text.lines().map(|line| line.split(' ').collect::<Vec<_>>());
    let lines: Vec<_> = lines.map(|parts| (parts[0], parts[1])).collect();
    assert_eq!(lines.len(), 14);
    for (number, (handle, password)) in [(1, lines[0]), (14, lines[13])] {
        let known = user_add(folder.path(), handle, password);
        let expected = format!("{handle} in degen-pilot: member {number}\n");
        assert!(stdout(&known).contains("may sign in already"), "{}", stderr(&known));
        assert!(stdout(&known).ends_with(&expected), "{}", stdout(&known));
    }

    ok(folder.path(), &arguments);
    assert_eq!(fs::read_to_string(&path).unwrap(), text, "the second run keeps them");
    fs::remove_file(&path).unwrap();
    assert!(ok(folder.path(), &arguments).contains("the sign-ins is gone"));
    println!("count: sign-ins of the demo {}", lines.len());
}

/// Runs `check-config` with a settings file and variables of the environment.
fn check(file: &str, variables: &[(&str, &str)], arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("settings.toml");
    fs::write(&path, file).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_bounty-ledger"));
    command.args(["check-config", "--config", path.to_str().unwrap()]).args(arguments);
    for name in ["DATABASE_URL", "BOUNTY_LEDGER_DATA", "BOUNTY_LEDGER_CONFIG"] {
        command.env_remove(name);
    }
    command.envs(variables.iter().copied()).output().unwrap()
}

#[test]
fn settings_come_from_defaults_then_file_then_environment_then_command_line() {
    let file = "data = \"from-file\"\nlisten = \"0.0.0.0:1\"\nlog = \"json\"\ntrusted_proxies = [\"10.0.0.0/8\"]\nclaims_per_hour = 60\nvotes_per_hour = 360\n\
                public_url = \"https://file.example\"\nconfirmations = 20\n\
                rpc_url = \"https://node.example:8443/v2/s3cretKEY?key=s3cret\"\n\
                safe_service_url = \"https://service.example/arb1/api\"\n";
    let shown = |output: &Output| {
        assert_eq!(output.status.code(), Some(0), "{}", stderr(output));
        stdout(output)
    };

    let defaults = shown(&check("", &[], &[]));
    let from_file = shown(&check(file, &[], &[]));
    let environment = shown(&check(
        file,
        &[
            ("BOUNTY_LEDGER_LISTEN", "[::1]:2"),
            ("BOUNTY_LEDGER_DATA", "from-environment"),
            ("BOUNTY_LEDGER_PUBLIC_URL", ""),
            ("BOUNTY_LEDGER_PASSWORD_PEPPER", "a long secret of the operator"),
            ("DATABASE_URL", "postgres://me:s3cret@db.example/ledger"),
            ("BOUNTY_LEDGER_TRUSTED_PROXIES", "127.0.0.1, ::1"),
            ("BOUNTY_LEDGER_SECOND_RPC_URL", "http://[::1]:8545/s3cretKEY"),
            ("BOUNTY_LEDGER_CONFIRMATIONS", "finalized"),
            ("BOUNTY_LEDGER_CLAIMS_PER_HOUR", "5"),
            ("BOUNTY_LEDGER_SAFE_SERVICE_URL", "http://[::1]:8000/api"),
            ("BOUNTY_LEDGER_SAFE_SERVICE_KEY", "s3cretKEY"),
        ],
        &["--data", "from-command-line"],
    ));

    assert_eq!(
        defaults,
        "data = \"data\"\ndatabase_url = \"sqlite:data/bounty-ledger.sqlite\"\nlisten = \"127.0.0.1:8080\"\n\
         log = \"text\"\n# public_url: not set, so the address that is listened at\ntrusted_proxies = []\n\
         claims_per_hour = 60\nvotes_per_hour = 360\n\
         # rpc_url: not set, so the chain is not read\n\
         # second_rpc_url: not set, so one node is believed\nconfirmations = \"finalized\"\n\
         # safe_service_url: not set, so nothing is proposed to a Safe Transaction Service\n\
         # safe_service_key: not set\n\
         # password_pepper: not set\n"
    );
    assert_eq!(
        from_file,
        "data = \"from-file\"\ndatabase_url = \"sqlite:from-file/bounty-ledger.sqlite\"\nlisten = \"0.0.0.0:1\"\n\
         log = \"json\"\npublic_url = \"https://file.example\"\ntrusted_proxies = [\"10.0.0.0/8\"]\nclaims_per_hour = 60\nvotes_per_hour = 360\n\
         rpc_url = \"https://node.example\"\n# second_rpc_url: not set, so one node is believed\n\
         confirmations = 20\nsafe_service_url = \"https://service.example\"\n# safe_service_key: not set\n\
         # password_pepper: not set\n"
    );
    assert_eq!(
        environment,
        "data = \"from-command-line\"\ndatabase_url = \"postgres://me:***@db.example/ledger\"\nlisten = \"[::1]:2\"\n\
         log = \"json\"\npublic_url = \"https://file.example\"\ntrusted_proxies = [\"127.0.0.1/32\", \"::1/128\"]\n\
         claims_per_hour = 5\nvotes_per_hour = 360\n\
         rpc_url = \"https://node.example\"\nsecond_rpc_url = \"http://[::1]\"\nconfirmations = \"finalized\"\n\
         safe_service_url = \"http://[::1]\"\n\
         # safe_service_key: set by BOUNTY_LEDGER_SAFE_SERVICE_KEY, and never shown\n\
         # password_pepper: set by BOUNTY_LEDGER_PASSWORD_PEPPER, and never shown\n"
    );
}

/// A settings file, variables of the environment, and what must be said.
type BadSetting = (&'static str, &'static [(&'static str, &'static str)], &'static str);

#[test]
fn settings_that_are_none_are_named_and_secrets_are_not_repeated() {
    let cases: [BadSetting; 44] = [
        (
            "data = \"x\"\nlisten_on = \"y\"\n",
            &[],
            "settings.toml, line 2, column 1: unknown field `listen_on`",
        ),
        ("data = \"x\"\n\n  listen = 8080\n", &[], "line 3, column 12: invalid type: integer"),
        ("database_url = postgres://me:s3cret@host/db", &[], "line 1, column 16"),
        ("database_url = \"mysql://me:s3cret@host/db\"", &[], "must begin with sqlite:"),
        ("password_pepper = \"s3cret s3cret s3cret\"", &[], "BOUNTY_LEDGER_PASSWORD_PEPPER"),
        ("log = \"xml\"", &[], "text or json"),
        ("claims_per_hour = 0", &[], "claims_per_hour must be a whole number, 1 or more"),
        ("", &[("BOUNTY_LEDGER_VOTES_PER_HOUR", "many")], "votes_per_hour must be a whole number, 1 or more"),
        ("listen = \"8080\"", &[], "an address with a port"),
        ("trusted_proxies = [\"proxy\"]", &[], "10.0.0.0/8"),
        ("", &[("BOUNTY_LEDGER_LISTEM", "127.0.0.1:1")], "there is no setting BOUNTY_LEDGER_LISTEM"),
        ("", &[("BOUNTY_LEDGER_DATABASE_URL", "s3cret")], "there is no setting BOUNTY_LEDGER_DATABASE_URL"),
        ("", &[("BOUNTY_LEDGER_PASSWORD_PEPPER", "s3cret")], "at least 16 characters"),
        ("", &[("BOUNTY_LEDGER_PUBLIC_URL", "bounties.example.org")], "http:// or https://"),
        ("", &[("BOUNTY_LEDGER_PUBLIC_URL", "https://bounties.example.org/")], "nothing after it"),
        ("", &[("BOUNTY_LEDGER_PUBLIC_URL", "https://::::")], "with a host"),
        ("", &[("BOUNTY_LEDGER_PUBLIC_URL", "https://:443")], "with a host"),
        ("", &[("BOUNTY_LEDGER_PUBLIC_URL", "http://bounties.example.org:99999")], "with a host"),
        ("", &[("BOUNTY_LEDGER_PUBLIC_URL", "http://[::1")], "with a host"),
        ("", &[("BOUNTY_LEDGER_PUBLIC_URL", "https://me:s3cret@bounties.example.org")], "nothing after it"),
        ("", &[("DATABASE_URL", "postgres://me:s3@cret@host/db")], "ambiguous"),
        ("rpc_url = \"wss://node.example/s3cret\"", &[], "rpc_url: the URL of a node is http:// or https://"),
        ("rpc_url = [\"https://node.example/s3cret\"]", &[], "line 1, column 11: invalid type: sequence"),
        ("confirmations = 10001", &[], "a number of blocks from 0 to 10000"),
        (
            "confirmations = -1",
            &[],
            "line 1, column 17: confirmations is \"finalized\" or a number of blocks",
        ),
        ("confirmations = 1.5", &[], "confirmations is \"finalized\" or a number of blocks"),
        ("confirmations = \"s3cret\"", &[], "confirmations is \"finalized\" or a number of blocks"),
        ("", &[("BOUNTY_LEDGER_CONFIRMATIONS", "latest")], "confirmations is \"finalized\""),
        ("", &[("BOUNTY_LEDGER_CONFIRMATION", "1")], "CONFIG, CONFIRMATIONS, DATA"),
        (
            "",
            &[("BOUNTY_LEDGER_RPC", "https://node.example/s3cret")],
            "RPC_URL, SAFE_SERVICE_KEY, SAFE_SERVICE_URL, SECOND_RPC_URL, TRUSTED",
        ),
        ("", &[("BOUNTY_LEDGER_RPC_URL", "node.example/s3cret")], "rpc_url: the URL of a node is http://"),
        (
            "",
            &[("BOUNTY_LEDGER_RPC_URL", "https://me:s3cret@node.example")],
            "rpc_url: the URL of a node holds no",
        ),
        ("", &[("BOUNTY_LEDGER_RPC_URL", "https://s3cret@node.example")], "no user name and no password"),
        ("", &[("BOUNTY_LEDGER_SECOND_RPC_URL", "s3cret")], "second_rpc_url: the URL of a node is"),
        ("", &[("BOUNTY_LEDGER_SECOND_RPC_URL", "https://node.example/s3cret")], "set rpc_url as well"),
        (
            "rpc_url = \"https://node.example/s3cret\"",
            &[("BOUNTY_LEDGER_SECOND_RPC_URL", "https://NODE.example:443/s3cret")],
            "a node agrees with itself",
        ),
        (
            "safe_service_url = \"service.example/s3cret\"",
            &[],
            "safe_service_url: the URL of a Safe Transaction",
        ),
        ("safe_service_url = \"http://service.example/s3cret\"", &[], "is reached by https://"),
        (
            "",
            &[("BOUNTY_LEDGER_SAFE_SERVICE_URL", "https://me:s3cret@service.example")],
            "no user name and no",
        ),
        ("", &[("BOUNTY_LEDGER_SAFE_SERVICE_URL", "https://service.example/?key=s3cret")], "has no query"),
        (
            "safe_service_key = \"s3cretKEY\"",
            &[],
            "set BOUNTY_LEDGER_SAFE_SERVICE_KEY in the environment instead",
        ),
        ("", &[("BOUNTY_LEDGER_SAFE_SERVICE_KEY", "s3cretKEY")], "set safe_service_url as well, or neither"),
        (
            "",
            &[("BOUNTY_LEDGER_SAFE_SERVICE_KEY", "s3cret")],
            "safe_service_key: the key of a Safe Transaction",
        ),
        ("", &[("BOUNTY_LEDGER_SAFE_SERVICE_KEY", "Bearer s3cretKEY")], "without the word Bearer"),
    ];
    for (file, variables, text) in cases {
        let output = check(file, variables, &[]);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{file} {variables:?}");
        assert!(said.contains(text), "{file} {variables:?}: {said}");
        assert!(!said.contains("s3cret"), "{said}");
    }
    println!("count: bad settings {}", cases.len());
    let missing = run(Path::new("data"), &["check-config", "--config", "nowhere.toml"]);
    assert!(stderr(&missing).contains("cannot read nowhere.toml"), "{}", stderr(&missing));
}
