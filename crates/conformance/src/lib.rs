//! What every implementation of a port must do, as plain async functions; wrappers that make any implementation fail; and what every
//! host of the HTTP interface must answer.
//! Imports `story` only.
//! **Invariant:** knows no implementation. Each function asserts sentences of the port's documentation and nothing beyond.

pub mod artifacts;
pub mod faults;
pub mod http;
pub mod queue;
pub mod records;

/// One test for each function of the records' suite. The expression is awaited for each; it gives what must stay alive
/// and an `Arc` of new, empty records.
#[macro_export]
macro_rules! records_suite {
    ($open:expr) => {
        $crate::each!(
            records,
            $open,
            [
                a_document_is_read_as_it_was_written,
                nothing_is_read_where_nothing_was_written,
                a_new_document_loses_where_one_stands,
                a_swap_wins_only_on_the_version_that_stands_there,
                a_swap_of_what_is_not_there_loses_and_makes_nothing,
                a_document_made_again_never_fits_its_old_version,
                a_document_is_removed_only_at_its_version,
                an_expired_document_is_returned_all_the_same,
                a_list_goes_up_by_the_bytes_of_its_keys,
                a_list_goes_on_after_a_key_and_ends_at_its_limit,
                partitions_do_not_see_each_other,
                of_many_who_make_a_document_exactly_one_wins,
                of_many_who_swap_a_document_exactly_one_wins,
                no_step_of_many_who_count_is_lost,
            ]
        );
    };
}

/// One test for each function of the artifacts' suite; see [`records_suite`].
#[macro_export]
macro_rules! artifacts_suite {
    ($open:expr) => {
        $crate::each!(
            artifacts,
            $open,
            [
                an_object_is_read_as_it_was_written,
                an_object_of_no_bytes_is_there,
                an_object_of_many_pieces_is_read_whole,
                nothing_is_read_where_nothing_was_put,
                a_put_takes_the_place_of_what_stood_there,
                a_put_that_fails_midway_leaves_nothing,
                a_put_that_fails_midway_leaves_the_old_object,
                a_new_object_never_takes_the_place_of_one,
                of_eight_who_put_a_new_object_exactly_one_does,
                a_range_gives_exactly_its_bytes,
                an_object_that_is_replaced_while_read_is_read_whole,
                the_head_tells_path_and_length,
                a_list_goes_up_by_path_and_keeps_to_its_prefix,
                names_of_every_script_are_kept,
                deleting_twice_is_no_error,
                a_deleted_object_can_be_put_anew,
                puts_and_deletes_at_once_leave_whole_objects,
            ]
        );
    };
}

/// One test for each function of the queue's suite; see [`records_suite`].
#[macro_export]
macro_rules! queue_suite {
    ($open:expr) => {
        $crate::each!(
            queue,
            $open,
            [every_task_is_received_as_it_was_sent, a_task_is_received_not_before_it_is_due, waking_speech_is_no_task,]
        );
    };
}

/// The tests of one suite. Called by the macros above.
#[doc(hidden)]
#[macro_export]
macro_rules! each {
    ($port:ident, $open:expr, [$($sentence:ident),* $(,)?]) => {
        $(
            #[tokio::test]
            async fn $sentence() {
                let (_kept, port) = $open.await;
                $crate::$port::$sentence(&*port).await;
            }
        )*
    };
}
