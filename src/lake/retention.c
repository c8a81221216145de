#include "retention.h"

#include <stdlib.h>

/* ---- By number ------------------------------------------------------------------------------- */

/* The versions that have changed a table, as far as the kept files tell. A version that changes the
 * state alone shows readers nothing new, so it is not counted. */
struct versions {
    int64_t *versions;
    size_t count, cap;
};

static void add_version(struct versions *list, int64_t version)
{
    for (size_t i = list->count; i-- > 0;)
        if (list->versions[i] == version)
            return;
    *MEM_ADD(list->versions, list->count, list->cap) = version;
}

static int newest_first(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left < right) - (left > right);
}

static void find_versions(const struct lake *lake, struct versions *out)
{
    for (int table = 0; table < lake_table_count(lake); table++) {
        const struct lake_entries *old = &lake->tables[table].entries;
        for (size_t i = 0; i < old->count; i++) {
            if (old->entries[i].since > lake->last.oldest)
                add_version(out, old->entries[i].since);
            if (old->entries[i].until > lake->last.oldest)
                add_version(out, old->entries[i].until);
        }
    }
}

/* Of the versions that have changed a table the newest `keep_versions` are kept, and those between
 * them. Where that is one, each commit replaces the version before. */
static int64_t oldest_by_count(const struct lake *lake, const struct lake_decision *next,
                               struct lake_extent extent)
{
    struct versions list = {0};
    int64_t oldest = lake->last.oldest;
    if (next->keep_versions == 1 && extent.has_changes)
        return next->number;
    find_versions(lake, &list);
    if (extent.changes_table)
        add_version(&list, next->number);
    if (list.count >= next->keep_versions) {
        qsort(list.versions, list.count, sizeof *list.versions, newest_first);
        oldest = list.versions[next->keep_versions - 1];
    }
    mem_free(list.versions);
    return oldest;
}

/* ---- By age ---------------------------------------------------------------------------------- */

/* With --retain no version is kept that holds a file which was removed long ago. */
static int64_t oldest_by_age(const struct lake *lake)
{
    int64_t oldest = 0;
    for (int table = 0; lake->retain_ms >= 0 && table < lake_all_count(lake); table++) {
        const struct lake_entries *old = &lake->tables[table].entries;
        for (size_t i = 0; i < old->count; i++) {
            const struct lake_entry *entry = &old->entries[i];
            if (entry->until > oldest && entry->removed_ms <= lake->now_ms - lake->retain_ms)
                oldest = entry->until;
        }
    }
    return oldest;
}

bool lake_retention_keeps(const struct lake *lake, const struct lake_decision *decision,
                          const struct lake_entry *entry)
{
    return lake->now_ms < entry->keep_until_ms || entry->until > decision->oldest;
}

/* A grace period that would overflow is endless. */
int64_t lake_retention_until_ms(const struct lake *lake)
{
    bool is_long = lake->options.grace_ms > LAKE_MAX_COUNT - lake->now_ms;
    return is_long ? LAKE_MAX_COUNT : lake->now_ms + lake->options.grace_ms;
}

/* ---- The next version ------------------------------------------------------------------------ */

/* Later than that of every version before, also where the clock has gone back: readers find
 * versions by their time. Earlier programs wrote what the clock said, so the files are asked, too.
 */
static int64_t commit_time(const struct lake *lake)
{
    int64_t before = lake->last.number < 0 ? -1 : lake->last.time_ms;
    for (int table = 0; table < lake_table_count(lake); table++)
        for (size_t i = 0; i < lake->tables[table].entries.count; i++) {
            const struct lake_entry *entry = &lake->tables[table].entries.entries[i];
            int64_t time =
                entry->added_ms > entry->removed_ms ? entry->added_ms : entry->removed_ms;
            before = time > before ? time : before;
        }
    int64_t time = lake->now_ms > before ? lake->now_ms : before + 1;
    return time < MODEL_MAX_TS ? time : MODEL_MAX_TS;
}

/* No version of the model before is kept. */
static void begin_anew(const struct lake *lake, struct lake_decision *out)
{
    int64_t until = lake_retention_until_ms(lake);
    out->began = out->oldest = out->number;
    if (until > out->others_until_ms)
        out->others_until_ms = until;
}

void lake_retention_decide(const struct lake *lake, struct lake_extent extent,
                           struct lake_decision *out)
{
    const struct lake_decision *last = &lake->last;
    unsigned asked = lake->options.keep_versions;
    *out = (struct lake_decision){
        .number = last->number + 1,
        .time_ms = commit_time(lake),
        .keep_versions = asked ? asked : last->keep_versions,
        .began = last->began,
        .others_until_ms = last->others_until_ms,
    };
    int64_t by_count = oldest_by_count(lake, out, extent), by_age = oldest_by_age(lake);
    out->oldest = by_count > by_age ? by_count : by_age;
    if (lake->replaced.model)
        begin_anew(lake, out);
}
