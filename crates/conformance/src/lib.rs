//! What every implementation of a port must do, as plain async functions; and wrappers that make any implementation fail.
//! Imports `story` only.
//! **Invariant:** knows no implementation. Each function asserts sentences of the port's documentation and nothing beyond.
//!
//! All implementations pass all of it: in memory, on SQLite and a folder (`local`), on DynamoDB, S3 and SQS (`aws`, over the real SDK
//! against `MiniStack`, with and without throttling). Where they differ, within what the ports say:
//!
//! | | memory, SQLite, folder | DynamoDB, S3, SQS |
//! |---|---|---|
//! | an answer that is lost | not possible inside one process | tried again; told as done where the document carries the writer's version, else as `Unavailable`: a refusal of the later try may be the earlier one's doing |
//! | `delete` after a lost answer | as above | `Unavailable`, also where the document is gone |
//! | `put_new` after a lost answer | as above | settled by the writer's name, which each object carries in its metadata |
//! | `put_new` in more than one part, met by another's | waits its turn | may be `Unavailable` (S3's 409): the body is made once more |
//! | size of a document | as SQLite and memory have it | 400 KB; no record comes near |
//! | an empty key | taken | refused by DynamoDB; no record has one |
//! | what is full | the disk: `Full` | never |
//! | time of an object | milliseconds | whole seconds |
//! | what expired | stays until the sweep | DynamoDB removes it by itself, at the earliest a week after the sweep should have |
//! | a task that waits already | is not sent twice | is: receiving twice changes nothing |
//! | `after` | to the millisecond | whole seconds, rounded up, 900 at most |
//! | wake-ups | counted; groups mean nothing | one of a group is received only when the one before it is done |
//! | time in the suite | the test's own clock | the server's: an hour is shortened to what its queues' visibility needs |
//! | a link | the file itself | a URL that works for 15 minutes |

pub mod artifacts;
pub mod faults;
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
                a_body_is_not_asked_again_after_its_end,
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
