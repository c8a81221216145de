/* Counts the plays of each level, from the rows of the table songplays.
 *
 *     cc rows.c -o rows $(pkg-config --cflags --libs sparkify)
 *     ./rows LAKE */
#include <sparkify.h>
#include <stdio.h>
#include <string.h>

static long long plays[2]; /* free, paid */

/* Of a batch with the one column: Arrow's strings are bytes[offsets[i] … offsets[i + 1]). */
static void count(const struct ArrowArray *level)
{
    const int32_t *offsets = level->buffers[1];
    const char *bytes = level->buffers[2];
    for (int64_t i = 0; i < level->length; i++)
        plays[offsets[i + 1] - offsets[i] == 4 && memcmp(bytes + offsets[i], "paid", 4) == 0]++;
}

static int read_all(struct ArrowArrayStream *stream)
{
    struct ArrowArray batch;
    int failed;
    while ((failed = stream->get_next(stream, &batch)) == 0 && batch.release) {
        count(batch.children[0]);
        batch.release(&batch);
    }
    if (failed)
        fprintf(stderr, "rows: %s\n", stream->get_last_error(stream));
    stream->release(stream);
    return failed ? SPARKIFY_FAILED : SPARKIFY_OK;
}

int main(int argc, char **argv)
{
    static const char *const columns[] = {"level"};
    struct ArrowArrayStream stream;
    struct sparkify_lake *lake = sparkify_lake_new(argc > 1 ? argv[1] : NULL);
    int status = sparkify_lake_table(lake, "songplays", SPARKIFY_NEWEST, columns, 1, &stream);
    if (status == SPARKIFY_OK)
        status = read_all(&stream);
    else
        fprintf(stderr, "rows: %s\n%s\n", sparkify_lake_message(lake), sparkify_lake_hint(lake));
    if (status == SPARKIFY_OK)
        printf("free %lld\npaid %lld\n", plays[0], plays[1]);
    sparkify_lake_free(lake);
    return status;
}
