//! Safe multisig payouts of LPT.
