//! Signing in with a wallet (ERC-4361), and the wallets of an account.
//!
//! The server gives a nonce of 128 random bits and the text to sign; each nonce is good once, for five minutes. A
//! wallet that is a contract is asked itself (ERC-1271), on the chain the message names, at a block that is final.

use std::net::IpAddr;

use domain::value::{Address, Digest, Timestamp};
use safe::siwe::{NewSiweMessage, SiweMessage};

use super::notices::{Happened, tell};
use super::proof::{Proof, Proven};
use super::sessions::{Entry, shortened};
use super::{Access, AccountId, AuthError, Handle, SignIn, Tokens};
use crate::app::{App, Error};
use crate::db::accounts::{find_user, find_user_by_handle};
use crate::db::rows::{SiweNonce, User, Wallet};
use crate::db::wallets::{find_nonce, find_wallet, forget_nonces, list_wallets, unlink_wallet, use_nonce};
use crate::db::{AnyConn, Stored, read_text};

/// The chain that messages name: Arbitrum One.
const CHAIN: u64 = 42161;
const SECOND: i64 = 1_000_000;
/// How long a nonce is good.
const NONCE_MICROS: i64 = 5 * 60 * SECOND;
/// By how much a wallet's clock may be wrong.
const LEEWAY_MICROS: i64 = 60 * SECOND;
/// Wallets of one account.
const MAX_WALLETS: usize = 10;
/// What stands for the password of an account that has none: no password has this hash.
pub(super) const NO_PASSWORD: &str = "!";

const SIGN_IN: &str = "Sign in to Bounty Ledger. This is no transaction and costs nothing.";

/// A message for a wallet to sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToSign {
    pub nonce: String,
    pub message: String,
    pub expires_at: Timestamp,
}

/// What a wallet signed.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    pub message: &'a str,
    /// 65 bytes as hex digits after `0x`; of a contract, whatever it takes.
    pub signature: &'a str,
}

/// A wallet of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkedWallet {
    pub address: Address,
    pub linked_at: Timestamp,
}

impl LinkedWallet {
    fn read(row: &Wallet) -> Result<Self, Error> {
        let address =
            safe::eip55::parse(&row.id).map_err(|_| crate::db::Corrupt { table: "wallets", column: "id" })?;
        Ok(Self { address, linked_at: read_text("wallets", "linked_at", &row.linked_at)? })
    }
}

/// A nonce as the database knows it.
fn id_of(nonce: &str) -> String {
    Digest::sha256(&[b"siwe nonce", nonce.as_bytes()]).store()
}

/// An address as the database knows it.
fn row_of(address: &Address) -> String {
    address.store()
}

fn later(now: Timestamp, micros: i64) -> Result<Timestamp, Error> {
    now.micros()
        .checked_add(micros)
        .and_then(|micros| Timestamp::from_micros(micros).ok())
        .ok_or(Error::Clock)
}

/// What a message says that links a wallet: nobody who only wants to sign in signs it.
fn linking(handle: &str) -> String {
    format!("Link this wallet to the account {handle} of Bounty Ledger: it will be able to sign in there.")
}

impl SignIn {
    /// Host and port of this server, as browsers name it.
    fn domain(&self) -> &str {
        self.issuer.split_once("://").map_or(self.issuer.as_str(), |(_, domain)| domain)
    }

    /// Refuses a message that is for another place or another time.
    fn check_place(&self, message: &SiweMessage, statement: &str, now: Timestamp) -> Result<(), AuthError> {
        let scheme = self.issuer.split_once("://").map(|(scheme, _)| scheme);
        let refused =
            if message.domain != self.domain() || (message.scheme.is_some() && message.scheme != scheme) {
                "it is for another site: sign what this site shows"
            } else if message.uri != self.issuer {
                "its URI is not that of this site"
            } else if message.chain_id != CHAIN {
                "it names another chain than Arbitrum One (42161)"
            } else if message.statement.as_deref() != Some(statement) {
                "it says something else than what was to be signed"
            } else if !message.is_valid_at(now) {
                "it is not valid now: ask for a new one"
            } else {
                return Ok(());
            };
        Err(AuthError::OtherMessage { why: refused })
    }
}

impl App {
    /// A message with which the owner of a wallet signs in.
    ///
    /// # Errors
    /// An address that is none, or too many attempts.
    pub async fn sign_in_message(&self, address: &str, ip: IpAddr) -> Result<ToSign, AuthError> {
        self.sign_in.throttle.admit_newcomer(ip, self.clock.now()?)?;
        self.to_sign(address, SIGN_IN, None).await
    }

    /// A message with which somebody links a wallet to their account.
    ///
    /// # Errors
    /// An address that is none, or the database fails.
    pub async fn link_message(&self, account: AccountId, address: &str) -> Result<ToSign, AuthError> {
        let user = self.account(account).await?;
        self.to_sign(address, &linking(&user.handle), Some(user.id)).await
    }

    async fn to_sign(
        &self,
        address: &str,
        statement: &str,
        account: Option<String>,
    ) -> Result<ToSign, AuthError> {
        let address = safe::eip55::parse(address).map_err(Error::field("address"))?;
        let now = self.clock.now()?;
        let nonce = safe::hex::encode(&self.sign_in.entropy.bytes()?);
        let nonce = nonce.trim_start_matches("0x").to_owned();
        let expires_at = later(now, NONCE_MICROS)?;
        let new = NewSiweMessage {
            domain: self.sign_in.domain(),
            address,
            statement,
            uri: &self.sign_in.issuer,
            chain_id: CHAIN,
            nonce: &nonce,
            issued_at: now,
            expires_at,
        };
        let message = new.text();
        let row =
            SiweNonce { id: id_of(&nonce), account, made_at: now.store(), expires_at: expires_at.store() };
        self.writer
            .keep(move |conn| {
                forget_nonces(conn, &row.made_at)?;
                Ok(SiweNonce::insert(conn, std::slice::from_ref(&row))?)
            })
            .await?;
        Ok(ToSign { nonce, message, expires_at })
    }

    /// Signs in whose wallet this is. A wallet that nobody has linked makes a new account, if a handle is given.
    ///
    /// # Errors
    /// A message or signature that is not good, a wallet that is unknown, a handle that is taken, or too many
    /// attempts.
    pub async fn login_with_wallet(
        &self,
        signed: Signed<'_>,
        handle: Option<&str>,
        agent: &str,
        ip: IpAddr,
    ) -> Result<Tokens, AuthError> {
        self.sign_in.throttle.admit("", ip, self.clock.now()?)?;
        let (message, nonce) = self.check_signed(signed, None).await?;
        let now = self.clock.now()?;
        let address = row_of(&message.address);
        let newcomer = handle.map(|handle| self.newcomer(handle, now)).transpose()?;
        let found = self.writer.keep(move |conn| {
            if let Some(wallet) = find_wallet(conn, &address)? {
                if !use_nonce(conn, &nonce)? {
                    return Ok(Err(AuthError::NonceSpent));
                }
                return Ok(find_user(conn, &wallet.account)?.ok_or(AuthError::UnknownWallet));
            }
            let Some(user) = newcomer.clone() else { return Ok(Err(AuthError::UnknownWallet)) };
            if find_user_by_handle(conn, &user.handle)?.is_some() {
                return Ok(Err(AuthError::HandleTaken));
            }
            if !use_nonce(conn, &nonce)? {
                return Ok(Err(AuthError::NonceSpent));
            }
            User::insert(conn, std::slice::from_ref(&user))?;
            link(conn, &user.id, &address, now)?;
            Ok(Ok(user))
        });
        let user = found.await??;
        self.begin_session(&user, Entry { proof: Proof::Wallet, spent: None, agent: shortened(agent) }).await
    }

    fn newcomer(&self, handle: &str, now: Timestamp) -> Result<User, AuthError> {
        let handle: Handle = handle.parse().map_err(Error::field("handle"))?;
        Ok(User {
            id: self.sign_in.entropy.uuid()?.store(),
            handle: handle.to_string(),
            password_hash: NO_PASSWORD.to_owned(),
            created_at: now.store(),
            session_epoch: 0,
        })
    }

    /// Shows anew, in a session, that its owner asks, with a wallet of theirs.
    ///
    /// # Errors
    /// As [`App::login_with_wallet`], or a wallet of somebody else.
    pub async fn prove_with_wallet(
        &self,
        account: AccountId,
        by: &Proven,
        signed: Signed<'_>,
        ip: IpAddr,
    ) -> Result<Access, AuthError> {
        self.sign_in.throttle.admit("", ip, self.clock.now()?)?;
        let (message, nonce) = self.check_signed(signed, None).await?;
        let (address, own) = (row_of(&message.address), account.to_string());
        let found = self.writer.keep(move |conn| {
            let wallet = find_wallet(conn, &address)?.filter(|wallet| wallet.account == own);
            let Some(wallet) = wallet else { return Ok(Err(AuthError::UnknownWallet)) };
            if !use_nonce(conn, &nonce)? {
                return Ok(Err(AuthError::NonceSpent));
            }
            Ok(find_user(conn, &wallet.account)?.ok_or(AuthError::UnknownWallet))
        });
        let user = found.await??;
        self.prove_session(&user, by, Proof::Wallet, None, self.clock.now()?).await
    }

    /// Links a wallet to an account.
    ///
    /// # Errors
    /// A message or signature that is not good, a wallet that is linked already, or one too many.
    pub async fn link_wallet(
        &self,
        account: AccountId,
        signed: Signed<'_>,
    ) -> Result<LinkedWallet, AuthError> {
        let user = self.account(account).await?;
        let (message, nonce) = self.check_signed(signed, Some(&user)).await?;
        let (now, address) = (self.clock.now()?, message.address);
        let row = row_of(&address);
        let linked = self.writer.keep(move |conn| {
            if find_wallet(conn, &row)?.is_some() {
                return Ok(Err(AuthError::WalletTaken));
            }
            if list_wallets(conn, &user.id)?.len() >= MAX_WALLETS {
                return Ok(Err(AuthError::TooManyWallets { limit: MAX_WALLETS }));
            }
            if !use_nonce(conn, &nonce)? {
                return Ok(Err(AuthError::NonceSpent));
            }
            tell(conn, &user.id, now, Happened::WalletLinked, &row)?;
            link(conn, &user.id, &row, now)?;
            Ok(Ok(()))
        });
        linked.await??;
        Ok(LinkedWallet { address, linked_at: now })
    }

    /// Takes a wallet from an account, unless nothing else is left to sign in with.
    ///
    /// # Errors
    /// It has no such wallet, or no other way in.
    pub async fn unlink_wallet(&self, account: AccountId, address: &str) -> Result<(), AuthError> {
        let address = safe::eip55::parse(address).map_err(|_| Error::NoSuchWallet)?;
        let (user, now, row) = (self.account(account).await?, self.clock.now()?, row_of(&address));
        let unlinked = self.writer.keep(move |conn| {
            if user.password_hash == NO_PASSWORD && list_wallets(conn, &user.id)?.len() < 2 {
                return Ok(Err(AuthError::LastWallet));
            }
            if !unlink_wallet(conn, &user.id, &row)? {
                return Err(Error::NoSuchWallet);
            }
            tell(conn, &user.id, now, Happened::WalletUnlinked, &row)?;
            Ok(Ok(()))
        });
        unlinked.await?
    }

    /// The wallets of an account.
    ///
    /// # Errors
    /// The database fails.
    pub async fn wallets(&self, account: AccountId) -> Result<Vec<LinkedWallet>, Error> {
        let account = account.to_string();
        let rows = self.read(move |conn| Ok(list_wallets(conn, &account)?)).await?;
        rows.iter().map(LinkedWallet::read).collect()
    }

    /// Reads what a wallet signed for this server, now, over a nonce that is still good; gives the nonce's row.
    async fn check_signed(
        &self,
        signed: Signed<'_>,
        linking_to: Option<&User>,
    ) -> Result<(SiweMessage, String), AuthError> {
        let message: SiweMessage = signed.message.parse().map_err(Error::field("message"))?;
        let statement = linking_to.map_or_else(|| SIGN_IN.to_owned(), |user| linking(&user.handle));
        let now = self.clock.now()?;
        self.sign_in.check_place(&message, &statement, now)?;
        let nonce = id_of(&message.nonce);
        let (wanted, moment) = (nonce.clone(), now.store());
        let row = self.read(move |conn| Ok(find_nonce(conn, &wanted, &moment)?)).await?;
        let row = row.filter(|row| row.account.as_ref() == linking_to.map(|user| &user.id));
        let row = row.ok_or(AuthError::NonceSpent)?;
        let made: Timestamp = read_text("siwe_nonces", "made_at", &row.made_at).map_err(Error::from)?;
        let issued = message.issued_at.micros();
        let too_early = issued.saturating_add(LEEWAY_MICROS) < made.micros();
        let too_late = issued > now.micros().saturating_add(LEEWAY_MICROS);
        if too_early || too_late {
            return Err(AuthError::OtherMessage {
                why: "its time is not that of its nonce: is the clock right?",
            });
        }
        match message.check(signed.signature) {
            Ok(()) => {}
            Err(error) if self.nodes().is_none() => {
                return Err(Error::field("signature")(error).into());
            }
            Err(error) => {
                if !self.contract_signed(&message, signed.signature).await? {
                    return Err(Error::field("signature")(error).into());
                }
            }
        }
        Ok((message, nonce))
    }

    /// Whether a contract at the message's address says that this is its signature (ERC-1271).
    async fn contract_signed(&self, message: &SiweMessage, signature: &str) -> Result<bool, AuthError> {
        let Some(signature) = safe::hex::decode(signature) else { return Ok(false) };
        let question = safe::Eip1271::Hash;
        let asked = question.calldata(&message.preimage(), &signature);
        let answer = self.ask_contract_on(message.chain_id, &message.address, &asked).await?;
        Ok(answer.is_some_and(|answer| question.says_yes(&answer)))
    }
}

fn link(conn: &mut AnyConn, account: &str, address: &str, now: Timestamp) -> Result<(), Error> {
    let row = Wallet { id: address.to_owned(), account: account.to_owned(), linked_at: now.store() };
    Ok(Wallet::insert(conn, &[row])?)
}
