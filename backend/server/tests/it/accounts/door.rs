//! A server with a clock of its own, cheap passwords, and a data folder with its key.

use std::net::IpAddr;

use domain::value::Timestamp;
use server::app::{
    AccountId, App, Attempt, AuthError, Clock, Entropy, HashCost, Keys, Passwords, Pepper, Seed, SetClock,
    SignIn, Tokens,
};
use tempfile::TempDir;

use crate::app::world::{NOON, time};
use crate::common::TestDb;

pub const URL: &str = "https://bounties.example.org";
pub const PASSWORD: &str = "the violet tram hums";
/// As little as argon2 can: these tests are not about its strength.
pub const CHEAP: HashCost = HashCost { memory_kib: 8, passes: 1, lanes: 1 };
pub const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 7));

pub struct Door {
    pub app: App,
    pub clock: SetClock,
    pub folder: TempDir,
}

impl Door {
    pub fn open(test: &TestDb) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = SetClock::at(time(NOON));
        let app = start(test, &clock, &folder, CHEAP, None);
        Self { app, clock, folder }
    }

    /// The same server after a restart, perhaps with other settings.
    pub fn restart(&self, test: &TestDb, cost: HashCost, pepper: Option<&str>) -> App {
        start(test, &self.clock, &self.folder, cost, pepper)
    }

    /// So much later.
    pub fn after_s(&self, seconds: i64) {
        let now = Clock::Set(self.clock.clone()).now().unwrap();
        self.clock.set(Timestamp::from_micros(now.micros() + seconds * 1_000_000).unwrap());
    }

    pub async fn register(&self, handle: &str) -> AccountId {
        self.app.register(handle, PASSWORD).await.unwrap()
    }

    pub async fn login(&self, handle: &str) -> Tokens {
        self.app.login(Attempt::new(handle, PASSWORD), HOME).await.unwrap()
    }
}

fn start(test: &TestDb, clock: &SetClock, folder: &TempDir, cost: HashCost, pepper: Option<&str>) -> App {
    let keys = Keys::in_folder(folder.path(), &Entropy::System).unwrap();
    let passwords = Passwords::new(cost, pepper.and_then(Pepper::new)).unwrap();
    let entropy = Entropy::Seeded(Seed::new(7));
    let app = App::start(&test.target, Clock::Set(clock.clone()), entropy).unwrap();
    app.with_sign_in(SignIn::new(URL, keys, passwords))
}

/// What somebody is told who is not let in.
pub fn told<T: std::fmt::Debug>(result: Result<T, AuthError>) -> String {
    result.unwrap_err().to_string()
}
