/* connect_call: messages packed and unpacked, and when waiting for the next try ends. */
#include "connect_private.h"

#include "unit.h"

static void messages_come_back(void **state)
{
    (void)state;
    CLEANUP(buffer_release) struct buffer packed = {0};
    CLEANUP(connect_message_release) struct connect_message message = {0};
    Connect__SQL sql = CONNECT__SQL__INIT;
    sql.query = connect_borrow("SELECT 1");
    connect_pack(&sql.base, &packed);
    for (int i = 0; i < 2; i++) { /* the second time, the first message is released */
        assert_true(connect_unpack(&connect__sql__descriptor, buffer_str(&packed), &message));
        assert_string_equal(((const Connect__SQL *)(const void *)message.any)->query, "SELECT 1");
    }
}

static void an_empty_message_is_one(void **state)
{
    (void)state;
    CLEANUP(connect_message_release) struct connect_message message = {0};
    assert_true(connect_unpack(&connect__sql__descriptor, STR_NULL, &message));
    assert_null(((const Connect__SQL *)(const void *)message.any)->query);
}

static void other_bytes_are_none(void **state)
{
    (void)state;
    CLEANUP(connect_message_release) struct connect_message message = {0};
    assert_false(connect_unpack(&connect__sql__descriptor, STR("\x0A\x05"), &message));
    assert_null(message.any);
}

/* Empty inner messages: 2 bytes each when packed, a struct each when unpacked. */
static void memory_is_limited(void **state)
{
    (void)state;
    CLEANUP(buffer_release) struct buffer bomb = {0};
    CLEANUP(connect_message_release) struct connect_message message = {0};
    for (size_t i = 0; i < (size_t)4 << 20; i++)
        buffer_append_str(&bomb, STR("\x1A\x00")); /* Status.details */
    assert_true(
        connect_unpack(&connect__status__descriptor, (struct str){bomb.data, 2000}, &message));
    assert_false(connect_unpack(&connect__status__descriptor, buffer_str(&bomb), &message));
}

static void waiting_ends(void **state)
{
    (void)state;
    atomic_bool cancel = false;
    struct connect_session session = {.cancel = &cancel};
    struct connect_backoff backoff = {0};
    assert_false(connect_backoff_wait(&session, &backoff)); /* retry_s is 0 */
    session.retry_s = 3600;
    backoff = (struct connect_backoff){0};
    assert_true(connect_backoff_wait(&session, &backoff));
    assert_int_equal(backoff.wait_ms, 100);
    cancel = true;
    assert_false(connect_backoff_wait(&session, &backoff));
    cancel = false;
    atomic_store(&session.is_stopped, true);
    assert_false(connect_backoff_wait(&session, &backoff));
    atomic_store(&session.is_stopped, false);
    session.end_ns = 1;
    assert_false(connect_backoff_wait(&session, &backoff));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_come_back),   cmocka_unit_test(an_empty_message_is_one),
        cmocka_unit_test(other_bytes_are_none), cmocka_unit_test(memory_is_limited),
        cmocka_unit_test(waiting_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
