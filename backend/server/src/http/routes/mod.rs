//! The calls of the API, a file for each resource; [`configure`] is the one list of them all.

mod auth;
mod batches;
mod bounties;
pub(super) mod budget;
mod chain;
mod findings;
mod journal;
mod ledger;
mod me;
mod members;
mod people;
mod programs;
mod receipt;
mod sessions;
mod sharing;
mod sheet;
mod signatures;
pub(super) mod submissions;
mod tokens;
mod treasury;
mod wallets;

use utoipa_actix_web::service_config::ServiceConfig;

/// Every call under `/api/v1`.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(auth::register)
        .service(auth::login)
        .service(auth::refresh)
        .service(auth::logout)
        .service(auth::prove)
        .service(auth::reset)
        .service(programs::list_programs)
        .service(programs::open_program)
        .service(programs::get_program)
        .service(programs::change_limits)
        .service(programs::list_policies)
        .service(programs::change_policy)
        .service(programs::get_permissions)
        .service(members::list_members)
        .service(members::add_member)
        .service(members::grant_role)
        .service(members::revoke_role)
        .service(members::make_sign_in_link)
        .service(people::list_invites)
        .service(people::invite_member)
        .service(people::withdraw_invite)
        .service(people::join)
        .service(people::leave)
        .service(people::link_members)
        .service(people::list_conflicts)
        .service(people::declare_conflict)
        .service(people::list_nodes)
        .service(people::declare_node)
        .service(budget::list_periods)
        .service(budget::open_period)
        .service(budget::change_cap)
        .service(budget::close_period)
        .service(budget::allot)
        .service(budget::move_allotment)
        .service(budget::get_budget)
        .service(bounties::list_bounties)
        .service(bounties::post_bounty)
        .service(bounties::get_bounty)
        .service(bounties::take_slot)
        .service(bounties::release_slot)
        .service(bounties::close_bounty)
        .service(submissions::list_submissions)
        .service(submissions::file_submission)
        .service(submissions::get_submission)
        .service(submissions::revise_submission)
        .service(submissions::cast_vote)
        .service(submissions::accept_offer)
        .service(submissions::add_comment)
        .service(submissions::withdraw_submission)
        .service(submissions::reopen_submission)
        .service(submissions::appeal_rejection)
        .service(submissions::hold_submission)
        .service(submissions::challenge_submission)
        .service(submissions::release_submission)
        .service(submissions::reverse_submission)
        .service(submissions::vote_typed_data)
        .service(submissions::call_alternate)
        .service(submissions::check_sample)
        .service(me::get_me)
        .service(me::list_addresses)
        .service(me::record_address)
        .service(me::address_typed_data)
        .service(sessions::list_sessions)
        .service(sessions::end_session)
        .service(sessions::end_sessions)
        .service(sessions::begin_second_factor)
        .service(sessions::confirm_second_factor)
        .service(sessions::remove_second_factor)
        .service(sessions::list_notices)
        .service(sessions::change_password)
        .service(tokens::list_tokens)
        .service(tokens::make_token)
        .service(tokens::end_token)
        .service(wallets::siwe_nonce)
        .service(wallets::siwe_verify)
        .service(wallets::siwe_prove)
        .service(wallets::list_wallets)
        .service(wallets::wallet_message)
        .service(wallets::link_wallet)
        .service(wallets::unlink_wallet);
    configure_money(config);
}

/// Those about the Safe, its batches, and what follows from the journal.
fn configure_money(config: &mut ServiceConfig<'_>) {
    config
        .service(treasury::get_safe)
        .service(treasury::observe_safe)
        .service(treasury::record_funding)
        .service(treasury::withdraw_funding)
        .service(batches::preview_batch)
        .service(batches::list_batches)
        .service(batches::propose_batch)
        .service(batches::get_batch)
        .service(batches::get_transaction_builder)
        .service(batches::get_typed_data)
        .service(batches::get_airdrop)
        .service(batches::get_annotated)
        .service(sheet::get_sheet)
        .service(sheet::get_sheet_json)
        .service(signatures::get_exec_transaction)
        .service(signatures::record_signature)
        .service(signatures::adopt_transaction)
        .service(sharing::share_batch)
        .service(sharing::pull_confirmations)
        .service(findings::list_findings)
        .service(findings::resolve_finding)
        .service(chain::propose_rejection)
        .service(chain::attest_execution)
        .service(chain::list_nonces)
        .service(chain::consume_nonce)
        .service(chain::withdraw_execution)
        .service(chain::list_transfers)
        .service(chain::record_inflow)
        .service(chain::record_outflow)
        .service(chain::record_refund)
        .service(chain::withdraw_transfer)
        .service(chain::classify_inflow)
        .service(chain::settle_outflow)
        .service(ledger::list_entries)
        .service(ledger::list_accounts)
        .service(ledger::get_ledger_csv)
        .service(ledger::get_ledger_jsonl)
        .service(journal::list_events)
        .service(journal::get_document)
        .service(journal::erase_document)
        .service(journal::upload_capture);
}
