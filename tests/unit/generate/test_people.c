/* people: active users are drawn more often; levels change as planned. */
#include "people.h"
#include "unit.h"

#include <calendar.h>
#include <model.h>

#define USERS 50

static struct vocabulary vocabulary;

static int make_vocabulary(void **state)
{
    (void)state;
    vocabulary_init(&vocabulary);
    return 0;
}

static int release_vocabulary(void **state)
{
    (void)state;
    vocabulary_release(&vocabulary);
    return 0;
}

static void draws_follow_the_activity(void **state)
{
    (void)state;
    enum { DRAWS = 100000 };
    struct people CLEANUP(people_release) people;
    struct rng rng = {1};
    uint64_t drawn[USERS] = {0};
    people_init(&people, &vocabulary, 1, USERS);
    for (int i = 0; i < DRAWS; i++)
        drawn[people_draw(&people, &rng)]++;
    for (uint32_t user = 0; user < USERS; user++) {
        uint64_t activity = people.cumulative[user] - (user ? people.cumulative[user - 1] : 0);
        uint64_t expected = DRAWS * activity / people.cumulative[USERS - 1];
        assert_in_range(drawn[user], expected * 8 / 10, expected * 12 / 10 + 20);
    }
}

static void a_single_user_is_drawn(void **state)
{
    (void)state;
    struct people CLEANUP(people_release) people;
    struct rng rng = {1};
    people_init(&people, &vocabulary, 1, 1);
    for (int i = 0; i < 100; i++)
        assert_int_equal(people_draw(&people, &rng), 0);
}

/* The level of a user at a time, from the list of all changes. */
static bool is_paid_by_list(const struct people *people, uint32_t user, int64_t ts_ms)
{
    bool paid = people->histories[user].paid_at_first;
    for (size_t i = 0; i < people->change_count; i++)
        paid ^= people->changes[i].user == user && people->changes[i].at_ms < ts_ms;
    return paid;
}

static void levels_change_as_planned(void **state)
{
    (void)state;
    struct people CLEANUP(people_release) people;
    struct rng rng = {1};
    people_init(&people, &vocabulary, 1, USERS);
    for (int64_t day = 0; day < 60; day++)
        people_change_level(&people, &rng, day * MS_PER_DAY);
    assert_true(people.change_count > 20);
    for (size_t i = 0; i < people.change_count; i++) {
        const struct level_change *change = &people.changes[i];
        assert_true(change->at_ms > change->start_ms);
        for (int64_t ts_ms = change->at_ms - 1; ts_ms <= change->at_ms + 1; ts_ms++)
            assert_int_equal(people_is_paid(&people, change->user, ts_ms),
                             is_paid_by_list(&people, change->user, ts_ms));
        bool before = people_is_paid(&people, change->user, change->at_ms);
        assert_int_equal(people_is_paid(&people, change->user, change->at_ms + 1), !before);
        if (change->next != NO_CHANGE)
            assert_true(people.changes[change->next].at_ms - change->at_ms >= 4 * MS_PER_DAY);
    }
}

static void users_follow_from_their_numbers(void **state)
{
    (void)state;
    struct people CLEANUP(people_release) few, many;
    people_init(&few, &vocabulary, 1, 2);
    people_init(&many, &vocabulary, 1, USERS);
    for (uint32_t number = 0; number < 2; number++) {
        struct user a = people_user(&few, number, 0), b = people_user(&many, number, 0);
        assert_ptr_equal(a.first_name, b.first_name);
        assert_ptr_equal(a.last_name, b.last_name);
        assert_true(a.gender == 'F' || a.gender == 'M');
        assert_true(a.registered_before_ms < 20 * MS_PER_DAY);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_follow_the_activity),
        cmocka_unit_test(a_single_user_is_drawn),
        cmocka_unit_test(levels_change_as_planned),
        cmocka_unit_test(users_follow_from_their_numbers),
    };
    return cmocka_run_group_tests(tests, make_vocabulary, release_vocabulary);
}
