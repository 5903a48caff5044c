//! What a Safe Transaction Service takes, and how it refuses, as its OpenAPI document and its manual say.

use domain::value::{Address, Digest};
use safe::signature::{Form, SIGNATURE_BYTES, WalletSignature};
use safe::{Operation, SafeAccount, SafeTx, U256, eip55, hex};
use serde_json::{Map, Value, json};

use super::service_at::Asked;
use super::world;

/// A confirmation that the service keeps.
#[derive(Clone)]
pub struct Kept {
    pub owner: Address,
    pub signature: Option<Vec<u8>>,
    pub kind: &'static str,
}

/// A transaction that the service holds.
#[derive(Clone)]
pub struct Held {
    pub safe: Address,
    pub tx: SafeTx,
    pub hash: Digest,
    pub proposer: Address,
    pub delegate: Option<Address>,
    pub origin: String,
    pub trusted: bool,
    pub executed: bool,
    pub confirmations: Vec<Kept>,
}

/// The service of one Safe.
pub struct Service {
    pub safe: SafeAccount,
    pub owners: Vec<Address>,
    /// Delegates, and the owners in whose names they propose.
    pub delegates: Vec<(Address, Address)>,
    /// Who asks without it is not let in.
    pub key: Option<&'static str>,
    pub held: Vec<Held>,
    pub asked: Vec<Asked>,
}

pub type Reply = (u16, Value);

fn invalid(message: impl Into<String>) -> Reply {
    (422, json!({ "nonFieldErrors": [message.into()] }))
}

fn address(value: &Value) -> Option<Address> {
    let text = value.as_str()?;
    eip55::parse(text).ok().filter(|address| eip55::checksum(address) == text)
}

fn number(value: &Value) -> Option<U256> {
    match value {
        Value::String(text) => U256::from_dec_str(text).ok(),
        Value::Number(number) => number.as_u64().map(U256::from),
        _ => None,
    }
}

fn digest(value: &Value) -> Option<Digest> {
    hex::decode(value.as_str()?)?.try_into().ok().map(Digest::from_bytes)
}

/// The members that a proposal must have, may have and what they are, as they are read one after another.
struct Members<'a> {
    given: &'a Value,
    faults: Map<String, Value>,
}

impl Members<'_> {
    fn read<T>(&mut self, name: &str, read: impl Fn(&Value) -> Option<T>, fallback: Option<T>) -> Option<T> {
        let value = &self.given[name];
        let message = match (value.is_null(), fallback) {
            (true, Some(fallback)) => return Some(fallback),
            (true, None) => "This field is required.",
            (false, _) => match read(value) {
                Some(read) => return Some(read),
                None => "Not a valid value.",
            },
        };
        self.faults.insert(name.to_owned(), json!([message]));
        None
    }
}

/// A proposal whose members are of the right kinds.
struct Given {
    tx: SafeTx,
    hash: Digest,
    sender: Address,
    signature: Vec<u8>,
    origin: String,
}

fn given(body: &Value) -> Result<Given, Reply> {
    let mut members = Members { given: body, faults: Map::new() };
    let zero = Some(Address::ZERO);
    let operation = |value: &Value| match value.as_u64() {
        Some(0) => Some(Operation::Call),
        Some(1) => Some(Operation::DelegateCall),
        _ => None,
    };
    let bytes = |value: &Value| hex::decode(value.as_str()?);
    let signature = |value: &Value| bytes(value).filter(|bytes| bytes.len() >= SIGNATURE_BYTES);
    let origin =
        |value: &Value| value.as_str().map(str::to_owned).filter(|origin| origin.chars().count() <= 200);
    let to = members.read("to", address, None);
    let value = members.read("value", number, None);
    let data = members.read("data", bytes, Some(Vec::new()));
    let operation = members.read("operation", operation, None);
    let safe_tx_gas = members.read("safeTxGas", number, None);
    let base_gas = members.read("baseGas", number, None);
    let gas_price = members.read("gasPrice", number, None);
    let gas_token = members.read("gasToken", address, zero);
    let refund_receiver = members.read("refundReceiver", address, zero);
    let nonce = members.read("nonce", number, None);
    let hash = members.read("contractTransactionHash", digest, None);
    let sender = members.read("sender", address, None);
    let signature = members.read("signature", signature, Some(Vec::new()));
    let origin = members.read("origin", origin, Some(String::new()));
    if !members.faults.is_empty() {
        return Err((422, Value::Object(members.faults)));
    }
    let tx = SafeTx {
        to: to.unwrap(),
        value: value.unwrap(),
        data: data.unwrap(),
        operation: operation.unwrap(),
        safe_tx_gas: safe_tx_gas.unwrap(),
        base_gas: base_gas.unwrap(),
        gas_price: gas_price.unwrap(),
        gas_token: gas_token.unwrap(),
        refund_receiver: refund_receiver.unwrap(),
        nonce: nonce.unwrap(),
    };
    let (hash, sender) = (hash.unwrap(), sender.unwrap());
    Ok(Given { tx, hash, sender, signature: signature.unwrap(), origin: origin.unwrap() })
}

/// Whose signatures stand in these bytes; only those of keys are taken here.
fn signers(bytes: &[u8], hash: &Digest) -> Result<Vec<Kept>, String> {
    let (signatures, rest) = bytes.as_chunks::<SIGNATURE_BYTES>();
    if !rest.is_empty() {
        return Err("Signature has another length".to_owned());
    }
    let read = |bytes: &[u8; SIGNATURE_BYTES]| {
        // Like the Safe, by v alone: 31 and 32 are those of messages.
        let form = if bytes[64] > 30 { Form::EthSign } else { Form::TypedData };
        let signers = WalletSignature::try_from(*bytes).map_err(|error| error.to_string())?.signers(hash);
        let (signer, kind) = match form {
            Form::TypedData => (signers.typed_data, "EOA"),
            Form::EthSign => (signers.eth_sign, "ETH_SIGN"),
        };
        let owner = signer.ok_or("Signature of nobody")?;
        Ok(Kept { owner, signature: Some(bytes.to_vec()), kind })
    };
    signatures.iter().map(read).collect()
}

impl Service {
    pub fn new() -> Self {
        let owners = vec![world::alice().address(), world::bob().address()];
        Self {
            safe: world::safe(),
            owners,
            delegates: Vec::new(),
            key: None,
            held: Vec::new(),
            asked: Vec::new(),
        }
    }

    pub fn answer(&mut self, asked: &Asked, host: &str) -> Reply {
        self.asked.push(asked.clone());
        if let Some(key) = self.key
            && asked.authorization != Some(format!("Bearer {key}"))
        {
            return (401, json!({ "message": "No API key found in request" }));
        }
        let parts: Vec<&str> = asked.path.split('/').collect();
        match (asked.method.as_str(), parts.as_slice()) {
            ("POST", ["", "v2", "safes", safe, "multisig-transactions", ""]) => {
                self.propose(safe, &asked.body).unwrap_or_else(|refused| refused)
            }
            ("GET", ["", "v2", "safes", safe, "multisig-transactions", ""]) => {
                self.list(safe, &asked.query, host)
            }
            ("GET", ["", "v2", "multisig-transactions", hash, ""]) => self.show(hash),
            ("POST", ["", "v1", "multisig-transactions", hash, "confirmations", ""]) => {
                self.confirm(hash, &asked.body).unwrap_or_else(|refused| refused)
            }
            _ => (404, json!({ "message": "no route" })),
        }
    }

    /// The Safe that a path names.
    pub(super) fn named(&self, path: &str) -> Result<Address, Reply> {
        let named = address(&json!(path)).ok_or_else(|| {
            let message = "Checksum address validation failed";
            (422, json!({ "code": 1, "message": message, "arguments": [path] }))
        })?;
        if named == self.safe.address {
            Ok(named)
        } else {
            Err((404, json!({ "exception": "Safe info could not be read", "trace": "CannotGetSafeInfo" })))
        }
    }

    pub(super) fn place(&self, hash: &Digest) -> Option<usize> {
        self.held.iter().position(|held| held.hash == *hash)
    }

    fn propose(&mut self, path: &str, body: &Value) -> Result<Reply, Reply> {
        let safe = self.named(path)?;
        let Given { tx, hash, sender, signature, origin } = given(body)?;
        let computed = tx.hashes(&self.safe).safe_tx;
        if computed != hash {
            return Err(invalid(format!("The hash is 0x{computed}, and not 0x{hash} as provided")));
        }
        if self.held.iter().any(|held| held.executed && held.tx.nonce == tx.nonce) {
            return Err(invalid(format!("Tx with nonce={} was already executed", tx.nonce)));
        }
        let delegator =
            self.delegates.iter().find(|(delegate, _)| *delegate == sender).map(|(_, owner)| *owner);
        let is_owner = self.owners.contains(&sender);
        let Some(proposer) = is_owner.then_some(sender).or(delegator) else {
            return Err(invalid(format!("Sender={} is not an owner or delegate", eip55::checksum(&sender))));
        };
        let signed = signers(&signature, &hash).map_err(invalid)?;
        for kept in &signed {
            if !self.owners.contains(&kept.owner) && (signed.len() > 1 || kept.owner != sender) {
                let stranger = eip55::checksum(&kept.owner);
                return Err(invalid(format!("Signer={stranger} is not an owner or delegate")));
            }
        }
        if !signed.is_empty() && signed.iter().all(|kept| kept.owner != sender) {
            return Err(invalid(format!("Signature does not match sender={}", eip55::checksum(&sender))));
        }
        let place = self.place(&hash).unwrap_or_else(|| {
            let delegate = (!is_owner).then_some(sender);
            self.held.push(Held {
                safe,
                tx,
                hash,
                proposer,
                delegate,
                origin,
                trusted: false,
                executed: false,
                confirmations: Vec::new(),
            });
            self.held.len() - 1
        });
        self.held[place].trusted |= !signed.is_empty();
        self.keep(place, signed);
        Ok((201, Value::Null))
    }

    fn confirm(&mut self, path: &str, body: &Value) -> Result<Reply, Reply> {
        let refused = |message: String| (400, json!({ "signature": [message] }));
        let place = digest(&json!(path)).and_then(|hash| self.place(&hash)).ok_or_else(|| {
            (404, json!({ "detail": format!("Multisig transaction with safe-tx-hash={path} was not found") }))
        })?;
        let hash = self.held[place].hash;
        if self.held[place].executed {
            return Err(refused(format!("Transaction with safe-tx-hash=0x{hash} was already executed")));
        }
        let bytes = body["signature"].as_str().and_then(hex::decode);
        let bytes = bytes.ok_or_else(|| refused("This field is required.".to_owned()))?;
        let signed = signers(&bytes, &hash).map_err(refused)?;
        if let Some(kept) = signed.iter().find(|kept| !self.owners.contains(&kept.owner)) {
            return Err(refused(format!("Signer={} is not an owner", eip55::checksum(&kept.owner))));
        }
        self.held[place].trusted = true;
        self.keep(place, signed);
        Ok((201, json!({ "signature": hex::encode(&bytes) })))
    }

    /// Keeps the first signature of each owner; a delegate's is not kept.
    fn keep(&mut self, place: usize, signed: Vec<Kept>) {
        for kept in signed {
            let confirmations = &mut self.held[place].confirmations;
            let is_new = confirmations.iter().all(|before| before.owner != kept.owner);
            if is_new && self.owners.contains(&kept.owner) {
                confirmations.push(kept);
            }
        }
    }
}
