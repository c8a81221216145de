/* session_queue: the session with the next event is first, whatever order they come in. */
#include "session_queue.h"
#include "unit.h"

#define SESSIONS 200

static void add(struct session_queue *queue, int64_t ts_ms, uint64_t number)
{
    struct user_session session = {.ts_ms = ts_ms, .plan = {.number = number}};
    session_queue_add(queue, &session);
}

/* Each session has three events, 50 ms apart; many begin at the same time. */
static void sessions_come_in_order(void **state)
{
    (void)state;
    struct session_queue CLEANUP(session_queue_release) queue = {0};
    uint64_t random = 1;
    size_t order[SESSIONS], events = 0;
    for (int round = 0; round < 2; round++) {
        queue.count = 0;
        random_order(&random, order, SESSIONS);
        for (size_t i = 0; i < SESSIONS; i++)
            add(&queue, (int64_t)(order[i] % 20 * 30), order[i]);
        int64_t last_ms = -1;
        uint64_t last = 0;
        for (events = 0; queue.count; events++) {
            struct user_session *first = session_queue_peek(&queue);
            assert_true(first->ts_ms > last_ms ||
                        (first->ts_ms == last_ms && first->plan.number > last));
            last_ms = first->ts_ms;
            last = first->plan.number;
            first->ts_ms += 50;
            session_queue_first_moved(&queue, ++first->done == 3);
        }
        assert_int_equal(events, 3 * SESSIONS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sessions_come_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
