//! The replayer between two looks, step by step: what no test from outside can time.

use std::time::Duration;

use domain::Program;
use domain::value::{MemberNumber, Slug};

use super::follower::Follower;
use super::{Desk, Watch};
use crate::app::{App, Ask, Clock, Entropy, NewAddress, ProgramFile};
use crate::db::rows::Snapshot;
use crate::db::{AnyConn, Stored, Target, open_read};

/// The pilot on SQLite, and a desk that waits for nobody.
struct Scene {
    _folder: tempfile::TempDir,
    app: App,
    slug: Slug,
    conn: AnyConn,
    desk: Desk,
    _stop: std::sync::mpsc::Sender<()>,
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

impl Scene {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let target: Target =
            format!("sqlite:{}", folder.path().join("ledger.sqlite").display()).parse().unwrap();
        let app = App::start(&target, Clock::System, Entropy::System).unwrap();
        let file = ProgramFile::read(include_str!("../../../tests/it/app/pilot.toml")).unwrap();
        run(app.open_program(&file, true, "open")).unwrap();
        let (stop, stopped) = std::sync::mpsc::channel();
        let watch = Watch { every: 1, quiet: Duration::ZERO, rest: 0, ..Watch::default() };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let desk = Desk { writer: app.writer.downgrade(), runtime, stopped, clock: Clock::System, watch };
        let conn = open_read(&target).unwrap();
        Self { _folder: folder, app, slug: "pilot".parse().unwrap(), conn, desk, _stop: stop }
    }

    fn program(&self) -> Program {
        run(self.app.program(self.slug)).unwrap()
    }

    fn record(&self, address: &str) {
        let ask = Ask { program: self.slug, member: MemberNumber::FIRST, key: address, sent: None };
        run(self.app.record_address(ask, &NewAddress { address: address.to_owned(), proof: None })).unwrap();
    }

    fn snapshots(&mut self) -> usize {
        let program = self.program().id().store();
        Snapshot::list(&mut self.conn, &program).unwrap().len()
    }
}

/// Somebody always writes between the last page and the comparison: it is made all the same.
#[test]
fn tables_are_compared_although_an_event_came_meanwhile() {
    let mut scene = Scene::open();
    let mut follower = Follower::new(scene.program().id());
    assert!(follower.page(&mut scene.conn, &scene.desk).unwrap());
    let before = scene.program().size();

    scene.record("0x00000000000000000000000000000000000000a1");
    let Ok(done) = follower.audit(&mut scene.conn, &scene.desk) else { panic!("nobody told it to end") };

    done.unwrap();
    assert!(follower.audited_at.is_some());
    let state = follower.state.unwrap();
    assert_eq!((state.size(), Ok(())), (before.next().unwrap(), state.audit()));
    assert!(state == scene.program());
}

/// Another start would load it, and find nothing wrong with its hash.
#[test]
fn no_snapshot_is_kept_of_a_state_that_breaks_an_invariant() {
    let mut scene = Scene::open();
    let program = scene.program();
    let bytes = program.snapshot().unwrap();
    let fits = |wrong: &Program| {
        wrong.audit().is_err()
            && (wrong.id(), wrong.size(), wrong.last_leaf(), wrong.root(), wrong.last_at())
                == (program.id(), program.size(), program.last_leaf(), program.root(), program.last_at())
    };
    let wrong =
        (0..bytes.len()).flat_map(|place| (0..8).map(move |bit| (place, bit))).find_map(|(place, bit)| {
            let mut flipped = bytes.clone();
            flipped[place] ^= 1 << bit;
            Program::from_snapshot(&flipped).ok().filter(fits)
        });
    // A server that has just started holds nothing to compare with.
    let mut follower = Follower::new(program.id());
    follower.state = Some(wrong.unwrap());
    follower.compare = false;

    let Ok(done) = follower.follow(&mut scene.conn, &scene.desk) else { panic!("nobody told it to end") };

    done.unwrap();
    assert!(scene.desk.writer.health().damage_of(program.id()).is_some());
    assert_eq!(scene.snapshots(), 0);
    // With the right state there is one.
    let mut sound = Scene::open();
    let mut follower = Follower::new(sound.program().id());
    let Ok(done) = follower.follow(&mut sound.conn, &sound.desk) else { panic!("nobody told it to end") };
    done.unwrap();
    assert_eq!(sound.snapshots(), 1);
}
