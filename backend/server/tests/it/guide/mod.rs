//! docs/api.md does what it says: its commands are run as they stand, and their answers compared.

mod answer;
mod blocks;
mod owners;
mod table;

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use server::app::ProgramFile;
use tempfile::TempDir;

use self::blocks::{Step, blocks, steps};
use crate::common::on_both;

const GUIDE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/api.md");
const PILOT: &str = include_str!("../../../../../docs/examples/degen-pilot.toml");
/// How the guide starts a server, and where that listens.
const SERVE: &str = "target/release/bounty-ledger serve";
const LISTEN: &str = "127.0.0.1:8080";

fn guide() -> String {
    fs::read_to_string(GUIDE).unwrap()
}

/// A server that is started as the guide says, but for its port.
struct Server {
    child: Child,
    url: String,
    folder: TempDir,
}

impl Server {
    fn start(text: &str, database: &str) -> Self {
        let consoles = blocks(text).into_iter().filter(|block| block.language == "console");
        let line = consoles.flat_map(|block| block.text.lines()).find(|line| line.starts_with(SERVE));
        let line = line.expect("the guide starts a server").replace(LISTEN, "127.0.0.1:0");
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_bounty-ledger"))
            .args(line.split_whitespace().skip(1))
            .current_dir(&folder)
            .env_remove("BOUNTY_LEDGER_DATA")
            .env("DATABASE_URL", database)
            .stdout(Stdio::piped())
            .stderr(File::create(folder.path().join("log")).unwrap())
            .spawn()
            .unwrap();
        let mut printed = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut printed).unwrap();
        let address = printed.split_once("http://").and_then(|(_, rest)| rest.split_once('/'));
        let url = address.map(|(address, _)| format!("http://{address}/api/v1"));
        let mut server = Self { child, url: String::new(), folder };
        server.url = url.unwrap_or_else(|| panic!("no server: {printed}{}", server.log()));
        server
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the guide needs besides a server.
fn check_tools() {
    for tool in ["bash", "curl", "python3", "sha256sum"] {
        let found = Command::new(tool).arg("--version").stdout(Stdio::null()).status();
        assert!(
            found.is_ok_and(|status| status.success()),
            "docs/api.md needs {tool}: install it (scripts/test --install does), or leave its commands out with \
             `cargo test -- --skip commands_of_the_guide`"
        );
    }
}

/// Runs all commands in one shell, in an empty folder; gives what each step printed, and how many were run.
fn run(steps: &[Step<'_>], url: &str, folder: &Path) -> (Vec<String>, usize) {
    let notes = tempfile::tempdir().unwrap();
    let place = |name: String| notes.path().join(name);
    let counted = place("counted".to_owned());
    let mut script = format!("trap 'echo >>{}' DEBUG\n", counted.display());
    for (step, number) in steps.iter().zip(0..) {
        let place = place(format!("{number}"));
        writeln!(script, "exec >{0} 2>{0}.errors\n{1}", place.display(), step.commands.text).unwrap();
    }
    fs::write(place("script".to_owned()), script).unwrap();
    fs::write(folder.join(".curlrc"), "max-time = 60\n").unwrap();
    let status = Command::new("bash")
        .args(["-euo", "pipefail"])
        .arg(place("script".to_owned()))
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", folder)
        .env("API", url)
        .stdin(Stdio::null())
        .status()
        .unwrap();
    let read = |number: usize| fs::read_to_string(place(format!("{number}"))).ok();
    let printed: Vec<String> = (0..steps.len()).map_while(read).collect();
    if !status.success() {
        let last = printed.len() - 1;
        let errors = fs::read_to_string(place(format!("{last}.errors"))).unwrap_or_default();
        let line = steps[last].commands.line;
        panic!(
            "docs/api.md, line {line}: {status}\nit printed:\n{}\nand complained:\n{errors}",
            printed[last]
        );
    }
    let commands = fs::read_to_string(&counted).unwrap().lines().count();
    (printed, commands - steps.len())
}

/// The guide's program is the pilot, but for what the guide says.
fn check_program(file: &str) {
    let of = |file: &ProgramFile| serde_json::to_value(file).unwrap();
    let pilot = of(&ProgramFile::read(PILOT).unwrap());
    let mut own: Value = of(&serde_json::from_str(file).unwrap());
    for wait in ["/policy/address_unproven_hours", "/policy/lanes/normal/objection_hours"] {
        let own = own.pointer_mut(wait).unwrap();
        assert_eq!((&*own, pilot.pointer(wait).unwrap()), (&json!(0), &json!(48)), "{wait}");
        *own = json!(48);
    }
    for part in
        ["name", "slug", "cap", "chain_id", "token", "safe_version", "categories", "allotments", "policy"]
    {
        assert_eq!(own[part], pilot[part], "{part} of the guide's program is not the pilot's");
    }
    assert_eq!(own["period"]["cap"], pilot["period"]["cap"]);
}

on_both! {
    fn the_commands_of_the_guide_do_what_it_says(test: TestDb) {
        check_tools();
        let text = guide();
        let server = Server::start(&text, &test.url());
        let folder = tempfile::tempdir().unwrap();
        let steps = steps(&text);

        let (printed, commands) = run(&steps, &server.url, folder.path());

        let mut differences = String::new();
        for (step, printed) in steps.iter().zip(&printed) {
            if let Err(difference) = answer::compare(step.shown.as_ref(), printed) {
                let line = step.shown.as_ref().map_or(step.commands.line, |shown| shown.line);
                writeln!(differences, "docs/api.md, line {line}: {difference}\n{printed}").unwrap();
            }
        }
        assert!(differences.is_empty(), "{differences}");
        check_program(&fs::read_to_string(folder.path().join("program.json")).unwrap());
        let database = if test.url().starts_with("sqlite:") { "sqlite" } else { "postgres" };
        let shown = steps.iter().filter(|step| step.shown.is_some()).count();
        println!("count: commands of docs/api.md run ({database}) {commands}");
        println!("count: answers of docs/api.md compared ({database}) {shown}");
    }
}
