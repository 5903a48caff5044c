//! Audit bundles on the command line: written from the demo, verified, kept, and refused.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;

use super::{ok, run, stderr, stdout};

const NOW: &str = "2026-11-22T12:00:00Z";

/// The demo in a folder, and its bundle in both forms.
struct Demo {
    folder: tempfile::TempDir,
}

impl Demo {
    fn play() -> Self {
        let folder = tempfile::tempdir().unwrap();
        ok(folder.path(), &["demo", "--now", NOW, "--no-serve"]);
        let demo = Self { folder };
        demo.export("bundle");
        demo.export("bundle.tar.gz");
        demo
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn export(&self, name: &str) -> String {
        ok(self.folder.path(), &["export", "bundle", "-o", self.path(name).to_str().unwrap()])
    }

    /// Runs `verify` from a folder that holds no ledger: it needs none.
    fn verify(&self, name: &str, arguments: &[&str]) -> Output {
        let nowhere = tempfile::tempdir().unwrap();
        let path = self.path(name);
        run(nowhere.path(), &[&["verify", path.to_str().unwrap()], arguments].concat())
    }
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

/// Compares what is printed with what stands beside this file. `UPDATE_DOCS=1` writes it anew.
fn hold(name: &str, printed: &str) {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/cli").join(name);
    let expected = fs::read_to_string(&place).unwrap_or_default();
    if expected != printed && std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&place, printed).unwrap();
        return;
    }
    assert!(expected == printed, "{name} says something else; UPDATE_DOCS=1 rewrites it:\n{printed}");
}

#[test]
fn the_demos_bundle_is_sound_in_both_forms_and_says_what_was_checked() {
    let demo = Demo::play();
    let text = demo.verify("bundle", &[]);
    let json = demo.verify("bundle.tar.gz", &["--format", "json"]);

    assert_eq!((code(&text), stderr(&text).as_str()), (0, ""));
    assert_eq!((code(&json), stderr(&json).as_str()), (0, ""));
    hold("verify.txt", &stdout(&text));
    hold("verify.json", &stdout(&json));
    assert_eq!(stdout(&demo.verify("bundle.tar.gz", &[])), stdout(&text));
    assert_eq!(stdout(&demo.verify("bundle", &["--format", "json"])), stdout(&json));
    let checked: Value = serde_json::from_str(&stdout(&json)).unwrap();
    println!("count: demo events verified from a bundle {}", checked["checked"]["events"]);
}

#[test]
fn what_was_changed_is_named_and_exits_1() {
    let demo = Demo::play();
    let report = demo.path("bundle/report.csv");
    let text = fs::read_to_string(&report).unwrap();
    fs::write(&report, text.replacen("\"500\"", "\"501\"", 1)).unwrap();
    fs::remove_file(demo.path("bundle/batches/2/airdrop.csv")).unwrap();

    let found = demo.verify("bundle", &["--keep", demo.path("kept").to_str().unwrap()]);
    let json = demo.verify("bundle", &["--format", "json"]);

    assert_eq!((code(&found), code(&json)), (1, 1));
    let said = stdout(&found);
    assert!(
        said.contains("file_differs report.csv: it is not what the journal makes in row 2, column "),
        "{said}"
    );
    assert!(said.contains("file_missing batches/2/airdrop.csv: it is missing"), "{said}");
    assert!(!demo.path("kept").exists(), "what has findings is not kept");
    let json: Value = serde_json::from_str(&stdout(&json)).unwrap();
    assert_eq!(json["sound"], false);
    let codes: Vec<&str> = json["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["file_differs", "file_missing"]);
    assert_eq!(json["findings"][1]["file"], "batches/2/airdrop.csv");
}

#[test]
fn a_checkpoint_is_kept_and_held_against_the_next_bundle() {
    let demo = Demo::play();
    let kept = demo.path("kept/pilot.checkpoint");
    let kept_path = kept.to_str().unwrap();
    let first = demo.verify("bundle", &["--keep", kept_path]);
    assert_eq!(code(&first), 0);
    assert_eq!(fs::read(&kept).unwrap(), fs::read(demo.path("bundle/checkpoint")).unwrap());

    // Another month is another program.
    let other = tempfile::tempdir().unwrap();
    ok(other.path(), &["demo", "--now", "2027-03-01T00:00:00Z", "--no-serve"]);
    let other_bundle = demo.path("other.tar.gz");
    ok(other.path(), &["export", "bundle", "-o", other_bundle.to_str().unwrap()]);

    let again = demo.verify("bundle.tar.gz", &["--keep", kept_path]);
    let since = demo.verify("bundle", &["--since", kept_path]);
    let wrong = demo.verify("other.tar.gz", &["--since", kept_path]);
    let wrong_keep = demo.verify("other.tar.gz", &["--keep", kept_path]);

    assert_eq!((code(&again), code(&since), code(&wrong), code(&wrong_keep)), (0, 0, 1, 1));
    let text = fs::read_to_string(&kept).unwrap();
    let size: u64 = text.lines().nth(1).unwrap().parse().unwrap();
    let continues = format!("continues the checkpoint you kept, of {size} events");
    assert!(stdout(&since).contains(&continues), "{}", stdout(&since));
    assert!(stdout(&wrong).contains("kept_of_another"), "{}", stdout(&wrong));
    assert_eq!(fs::read(&kept).unwrap(), fs::read(demo.path("bundle/checkpoint")).unwrap());

    let sized = |other: u64| text.replacen(&format!("\n{size}\n"), &format!("\n{other}\n"), 1);
    fs::write(demo.path("longer"), sized(size + 1)).unwrap();
    let cut = demo.verify("bundle", &["--since", demo.path("longer").to_str().unwrap()]);
    assert_eq!(code(&cut), 1);
    assert!(stdout(&cut).contains("kept_is_longer"), "{}", stdout(&cut));
    // A root of fewer events than it says.
    fs::write(demo.path("shorter"), sized(size - 1)).unwrap();
    let rewritten = demo.verify("bundle", &["--since", demo.path("shorter").to_str().unwrap()]);
    assert_eq!(code(&rewritten), 1);
    assert!(stdout(&rewritten).contains("history was rewritten"), "{}", stdout(&rewritten));

    // Copies lose a line feed, or get other line ends.
    for copy in [text.trim_end().to_owned(), text.replace('\n', "\r\n")] {
        fs::write(demo.path("copied"), copy).unwrap();
        let copied = demo.verify("bundle", &["--since", demo.path("copied").to_str().unwrap()]);
        assert_eq!(code(&copied), 0, "{}", stderr(&copied));
    }
    fs::write(demo.path("none"), "no checkpoint").unwrap();
    fs::write(demo.path("picture"), b"\x89PNG\r\n\x1a\n\xff").unwrap();
    for unreadable in ["none", "picture", "missing"] {
        let refused = demo.verify("bundle", &["--since", demo.path(unreadable).to_str().unwrap()]);
        assert_eq!(code(&refused), 2, "{}", stderr(&refused));
        let words = ["holds no checkpoint", "there is no such file"][usize::from(unreadable == "missing")];
        assert!(stderr(&refused).contains(words), "{}", stderr(&refused));
    }
}

#[test]
fn what_is_no_bundle_exits_2_with_words() {
    let demo = Demo::play();
    fs::write(demo.path("bundle/stray"), "stray").unwrap();
    let stray = demo.verify("bundle", &[]);
    assert_eq!(code(&stray), 2);
    assert!(stderr(&stray).contains("stray: a bundle has no such member"), "{}", stderr(&stray));
    let bytes = fs::read(demo.path("bundle.tar.gz")).unwrap();
    fs::write(demo.path("cut.tar.gz"), &bytes[..bytes.len() / 2]).unwrap();
    let cut = demo.verify("cut.tar.gz", &[]);
    assert_eq!(code(&cut), 2);
    assert!(stderr(&cut).contains("fetch it again"), "{}", stderr(&cut));
    fs::remove_file(demo.path("bundle/stray")).unwrap();
    let tar = std::process::Command::new("tar")
        .arg("-C")
        .arg(demo.path("bundle"))
        .arg("-czf")
        .arg(demo.path("own.tar.gz"))
        .arg(".")
        .status();
    assert!(tar.unwrap().success());
    let own = demo.verify("own.tar.gz", &[]);
    assert_eq!(code(&own), 2);
    assert!(stderr(&own).contains("npack it and verify the folder"), "{}", stderr(&own));
    fs::remove_file(demo.path("bundle/events.jsonl")).unwrap();
    let no_events = demo.verify("bundle", &[]);
    assert_eq!(code(&no_events), 2);
    assert!(stderr(&no_events).contains("it has no events.jsonl"), "{}", stderr(&no_events));
    let nothing = demo.verify("nothing", &[]);
    assert_eq!(code(&nothing), 2);
    assert!(stderr(&nothing).contains("cannot read"), "{}", stderr(&nothing));
}

#[test]
fn rules_that_this_program_lacks_exit_2() {
    let demo = Demo::play();
    let journal = demo.path("bundle/events.jsonl");
    let text = fs::read_to_string(&journal).unwrap();
    let last = text.lines().count() - 1;
    let place = text.rfind("\"v\":\"1\"").unwrap();
    let (before, rest) = text.split_at(place);
    fs::write(&journal, format!("{before}{}", rest.replacen("\"v\":\"1\"", "\"v\":\"2\"", 1))).unwrap();
    let lacking = demo.verify("bundle", &[]);
    assert_eq!(code(&lacking), 2);
    let said = stderr(&lacking);
    let named = format!("event {last} was decided by rules version \"2\"");
    assert!(said.contains(&named) && said.contains("newer"), "{said}");
}

#[test]
fn an_export_never_replaces_what_is_there() {
    let demo = Demo::play();
    let before = fs::read(demo.path("bundle.tar.gz")).unwrap();
    for name in ["bundle", "bundle.tar.gz", "exports"] {
        let refused = run(demo.folder.path(), &["export", "bundle", "-o", demo.path(name).to_str().unwrap()]);
        assert_eq!(code(&refused), 2);
        assert!(stderr(&refused).contains("is there already"), "{}", stderr(&refused));
    }
    assert_eq!(fs::read(demo.path("bundle.tar.gz")).unwrap(), before);
    for name in ["bundle.zip", "bundle.tgz", "bundle.GZ"] {
        let refused = run(demo.folder.path(), &["export", "bundle", "-o", demo.path(name).to_str().unwrap()]);
        assert_eq!(code(&refused), 2);
        assert!(stderr(&refused).contains("an archive of another kind"), "{}", stderr(&refused));
        assert!(!demo.path(name).exists());
    }
    // The same journal, the same bytes.
    let said = demo.export("again.tar.gz");
    assert!(said.contains("147 events, 121 documents, 4 batches"), "{said}");
    assert_eq!(fs::read(demo.path("again.tar.gz")).unwrap(), before);
}

/// The bundle's files are those that `export batch` writes.
#[test]
fn the_files_of_batches_are_the_ones_that_are_exported_alone() {
    let demo = Demo::play();
    for number in ["1", "2"] {
        let alone = demo.path("alone").join(number);
        ok(demo.folder.path(), &["export", "batch", number, "-o", alone.to_str().unwrap()]);
        for file in verify::BatchFile::ALL.map(verify::BatchFile::name) {
            let bundled = demo.path("bundle/batches").join(number).join(file);
            assert_eq!(fs::read(alone.join(file)).unwrap(), fs::read(bundled).unwrap(), "{number}/{file}");
        }
    }
}
