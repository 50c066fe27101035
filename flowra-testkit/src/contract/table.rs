//! The one table of all clauses, and the macros that turn it into functions and tests.
//!
//! Everything is made from the table: the public functions, [`CLAUSES`](super::CLAUSES), each adapter's tests. A clause that is not
//! listed here is dead code, which does not compile where warnings are errors; one that is listed and not written does not compile at all.

/// Hands the clauses of every storage port to a macro: `storage_clauses! { [macro] arguments }`.
#[doc(hidden)]
#[macro_export]
macro_rules! storage_clauses {
    ([$($macro:tt)*] $($arguments:tt)*) => {
        $($macro)* ! {
            { $($arguments)* } Stores
            event_log EventLog {
                positions_are_dense_and_ordered,
                concurrent_commits_leave_no_hole,
                a_refused_commit_leaves_no_trace,
                stale_append_conflicts,
                one_of_racing_appends_wins,
                a_guard_on_a_changed_stream_conflicts,
                a_guard_on_a_missing_claim_conflicts,
                guards_that_hold_let_the_commit_through,
                a_claim_has_one_holder,
                one_of_racing_claims_wins,
                a_released_claim_can_be_taken_again,
                a_repeated_key_answers_the_first_outcome,
                racing_repetitions_act_once,
                a_key_with_another_fingerprint_is_refused,
                a_refused_commit_leaves_its_key_free,
                keys_are_each_callers_own,
                the_author_reads_their_own_write,
                a_dropped_append_is_whole_or_absent,
                an_event_reads_as_it_was_written,
                an_event_reads_the_same_when_it_is_old,
                a_document_at_hand_is_that_of_its_append,
                reads_go_on_where_the_last_one_ended,
                a_stream_is_read_from_any_version,
                waiting_ends_with_the_next_event,
                waiting_for_the_past_ends_at_once,
            }
            user_store UserStore {
                the_author_reads_their_own_write,
                users_are_found_by_name_in_any_case,
                users_are_loaded_together,
                users_page_by_folded_name,
                the_bot_alone_is_nobody,
            }
            credential_store CredentialStore {
                a_password_hash_is_kept_and_replaced,
                a_removed_password_hash_is_gone,
            }
            session_store SessionStore {
                a_session_is_found_by_either_token,
                a_refresh_token_rotates_once,
                a_used_refresh_token_is_remembered,
                a_rotated_access_token_is_over,
                a_persons_sessions_are_listed_newest_first,
                an_ended_session_is_over,
                ending_all_sessions_ends_one_persons_only,
            }
            token_store TokenStore {
                a_token_is_found_by_its_digest_until_it_is_revoked,
                a_token_is_revoked_by_its_owner_only,
                a_token_id_is_taken_once,
                tokens_page_by_id,
                using_a_token_changes_nothing_else,
            }
            workspace_store WorkspaceStore {
                the_author_reads_their_own_write,
                a_deleted_workspace_is_not_listed,
                workspaces_page_by_id,
                members_page_by_id,
                a_revoked_invite_is_still_found,
            }
            chat_store ChatStore {
                the_author_reads_their_own_write,
                chats_are_listed_by_scope,
                chats_page_by_id,
                a_direct_chat_is_found_by_its_pair,
                chats_are_found_by_participant,
            }
            read_marks ReadMarks {
                unread_counts_are_roots_after_the_mark,
                mention_counts_are_those_after_the_mark,
                edits_and_deletions_change_mention_counts,
                a_read_mark_never_goes_back,
                posting_moves_ones_own_mark,
                a_mark_needs_a_message_of_its_chat,
                muting_is_personal,
                standings_come_in_the_order_asked,
            }
            message_store MessageStore {
                the_author_reads_their_own_write,
                messages_are_numbered_in_log_order,
                a_page_of_messages_is_a_range,
                a_page_with_replies_is_a_range,
                a_deleted_message_keeps_its_place,
                a_thread_pages_by_number,
                the_newest_root_of_each_chat_is_found,
                messages_are_loaded_together,
            }
            task_store TaskStore {
                the_author_reads_their_own_write,
                a_deleted_task_is_found_by_id_and_number_only,
                tasks_are_found_by_number,
                the_newest_task_has_the_highest_number,
                tasks_are_loaded_together,
            }
            task_board TaskBoard {
                a_column_shows_its_scope_in_rank_order,
                column_counts_equal_their_cards,
                tasks_change_columns_with_their_status,
                losing_a_chat_hides_its_tasks,
                a_neighbour_is_next_in_its_column,
                every_filter_finds_its_tasks,
                no_filter_reaches_into_another_workspace,
                labels_are_found_whole_and_in_any_case,
                due_dates_are_filtered_to_the_millisecond,
                text_is_found_by_how_words_begin,
                filters_hold_together,
                every_sort_pages_through_all,
            }
            checkpoint_store CheckpointStore {
                a_checkpoint_is_kept,
                checkpoints_are_each_consumers_own,
                an_old_fence_saves_nothing,
                a_claim_shuts_the_former_holder_out,
                a_checkpoint_never_goes_back,
            }
            dead_letter_store DeadLetterStore {
                a_letter_is_kept_as_put,
                a_letter_put_again_takes_the_place_of_the_first,
                an_old_fence_puts_no_letter,
                letters_page_by_consumer_and_position,
                replays_come_in_order_to_their_consumer,
                a_letter_put_again_waits_for_no_replay,
                a_removed_letter_is_gone,
            }
            lease_store LeaseStore {
                one_of_racing_holders_gets_the_lease,
                a_lease_that_ran_out_is_free,
                a_released_lease_is_free,
                a_fence_grows_whenever_the_lease_is_given,
                a_fence_exceeds_the_one_named,
                a_holder_may_ask_again,
                a_renewed_lease_lasts_longer,
                a_lease_that_ran_out_is_not_renewed,
                a_late_release_takes_nothing_away,
                leases_of_different_names_are_independent,
            }
        }
    };
}

/// Hands the clauses of the ports that store nothing to a macro: `source_clauses! { [macro] arguments }`.
#[doc(hidden)]
#[macro_export]
macro_rules! source_clauses {
    ([$($macro:tt)*] $($arguments:tt)*) => {
        $($macro)* ! {
            { $($arguments)* } Sources
            clock Clock {
                the_time_is_told_at_once,
            }
            timer Timer {
                a_sleep_lasts_its_time,
            }
            id_generator IdGenerator {
                ids_never_repeat,
            }
            secrets Secrets {
                secrets_never_repeat,
                a_digest_follows_from_its_secret,
            }
            password_hasher PasswordHasher {
                every_hash_has_its_own_salt,
                a_hash_verifies_its_own_password_only,
                no_hash_verifies_nothing,
                hashing_leaves_the_thread_free,
            }
            presence Presence {
                who_is_unknown_is_not_online,
            }
        }
    };
}

/// Hands the clauses of the ports between servers to a macro: `cluster_clauses! { [macro] arguments }`.
#[doc(hidden)]
#[macro_export]
macro_rules! cluster_clauses {
    ([$($macro:tt)*] $($arguments:tt)*) => {
        $($macro)* ! {
            { $($arguments)* } Nodes
            event_bus EventBus {
                a_signal_reaches_every_other_node,
                every_kind_of_signal_arrives_as_it_was_sent,
                a_signal_does_not_come_back_to_its_node,
                a_signal_is_delivered_once,
                publishing_needs_no_listener,
            }
            signals Signals {
                who_falls_behind_is_told,
            }
            rate_limiter RateLimiter {
                a_burst_passes_and_the_next_event_is_refused,
                a_refused_event_is_not_counted,
                keys_are_counted_apart,
                nodes_count_together,
                racing_events_are_each_counted,
            }
            presence_ledger PresenceLedger {
                who_is_held_is_seen_by_every_node,
                who_is_unknown_is_not_held,
                somebody_is_there_while_one_node_holds_them,
                holding_again_replaces_what_was_held,
                who_comes_and_goes_is_seen_at_once,
                a_silent_nodes_people_go_with_its_lease,
            }
        }
    };
}

/// Runs every clause of the storage ports as a test of an adapter, `MODULE::PORT::CLAUSE`.
///
/// The fixture makes fresh, empty [`Stores`](crate::contract::Stores), once a clause. It sees what is in scope around the macro.
///
/// ```
/// use flowra_testkit::contract::Stores;
/// use flowra_testkit::{Memory, contract_tests};
///
/// contract_tests!(memory, || async { Stores::of(&Memory::seeded(1)) });
/// # fn main() {}
/// ```
///
/// An adapter of a server that may be absent puts an attribute before the module's name, and each test gets it: with
/// `#[cfg_attr(not(has_mongo), ignore = "needs MongoDB: set FLOWRA_MONGO")]` the tests show as ignored without the server. Where the build
/// script of the adapter also sets `has_mongo` under `FLOWRA_REQUIRE_SERVERS=1`, they run and fail instead, as they must in CI.
#[macro_export]
macro_rules! contract_tests {
    ($(#[$attribute:meta])* $module:ident, $fixture:expr $(,)?) => {
        $crate::storage_clauses! { [$crate::clauses_as_tests] { $(#[$attribute])* } $module, $fixture }
    };
}

/// Runs every clause of the ports that store nothing as a test, `MODULE::PORT::CLAUSE`; as [`contract_tests!`](crate::contract_tests), with
/// a fixture that makes [`Sources`](crate::contract::Sources).
#[macro_export]
macro_rules! source_contract_tests {
    ($(#[$attribute:meta])* $module:ident, $fixture:expr $(,)?) => {
        $crate::source_clauses! { [$crate::clauses_as_tests] { $(#[$attribute])* } $module, $fixture }
    };
}

/// Runs every clause of the ports between servers as a test, `MODULE::PORT::CLAUSE`; as [`contract_tests!`](crate::contract_tests), with a
/// fixture that makes [`Nodes`](crate::contract::Nodes).
#[macro_export]
macro_rules! cluster_contract_tests {
    ($(#[$attribute:meta])* $module:ident, $fixture:expr $(,)?) => {
        $crate::cluster_clauses! { [$crate::clauses_as_tests] { $(#[$attribute])* } $module, $fixture }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! clauses_as_tests {
    (
        { $attributes:tt $module:ident, $fixture:expr } $set:ident
        $($port:ident $trait:ident { $($clause:ident,)* })*
    ) => {
        mod $module {
            use super::*;

            async fn fixture() -> $crate::contract::$set {
                $crate::contract::make($fixture).await
            }

            $(mod $port {
                $($crate::clause_as_test! { $attributes $port $clause })*
            })*
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! clause_as_test {
    ({ $(#[$attribute:meta])* } $port:ident $clause:ident) => {
        #[test]
        $(#[$attribute])*
        fn $clause() {
            $crate::contract::run(async {
                $crate::contract::$port::$clause(super::fixture().await).await;
            });
        }
    };
}
