//! Runs docs/verify.py. Tests that do have `second_verifier` in their names, so that they can be left out.

use std::path::{Path, PathBuf};
use std::process::Command;

/// What a run said.
#[derive(Debug)]
pub struct Said {
    pub status: i32,
    pub out: String,
    pub err: String,
}

/// Runs docs/verify.py on a bundle, and holds it to some checkpoints: with nothing but the standard library,
/// and in 512 MiB of addresses. It always ends by itself, and with words.
pub fn second(bundle: &Path, since: &[&Path]) -> Said {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/verify.py");
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -v 524288; exec python3 -I -S -B \"$@\"", "sh"]).arg(script).arg(bundle);
    for kept in since {
        command.arg("--since").arg(kept);
    }
    let output = command.output().unwrap();
    let said = Said {
        status: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    };
    let help = "these tests need python3: `cargo test -- --skip second_verifier` leaves them out";
    assert!((0..=2).contains(&said.status), "{help}; {said:?}");
    let printable = |text: &str| text.bytes().all(|byte| byte == b'\n' || (b' '..=b'~').contains(&byte));
    assert!(printable(&said.out) && printable(&said.err) && !said.err.contains("Traceback"), "{said:?}");
    assert_eq!(said.status == 2, said.err.starts_with("this cannot be used: "), "{said:?}");
    said
}
