//! The compiled contracts of the installed packages.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::DevchainError;

/// What Hardhat and Truffle call the code that makes a contract.
#[derive(Deserialize)]
struct Compiled {
    bytecode: String,
}

/// The code that makes a contract, from a file below `node_modules`.
pub(super) fn creation_code(contracts: &Path, file: &str) -> Result<Vec<u8>, DevchainError> {
    let (file, compiled): (PathBuf, Compiled) = read(contracts, file)?;
    let code = safe::hex::decode(&compiled.bytecode).filter(|code| !code.is_empty());
    code.ok_or(DevchainError::Artifact { file, what: "bytecode" })
}

/// A JSON file below `node_modules`, and where it is.
pub(super) fn read<T: DeserializeOwned>(contracts: &Path, file: &str) -> Result<(PathBuf, T), DevchainError> {
    let file = contracts.join("node_modules").join(file);
    match std::fs::read(&file) {
        Err(error) => Err(DevchainError::Unreadable { file, error }),
        Ok(text) => match serde_json::from_slice(&text) {
            Ok(value) => Ok((file, value)),
            Err(_) => Err(DevchainError::Artifact { file, what: "compiled contract" }),
        },
    }
}
