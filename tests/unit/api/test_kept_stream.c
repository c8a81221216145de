/* sparkify_stream_keep and sparkify_stream_again: what a stream has, any number of times, for as
 * long as anybody holds some of it. */
#include <errno.h>
#include <sparkify.h>
#include <unit.h>

/* A stream of batches of one column of int64 values, which counts what is not released. */
struct source {
    size_t batches, rows, next;
    int fails_at;   /* the batch whose get_next fails; -1: none */
    bool no_schema; /* get_schema fails */
    int held;       /* streams, schemas and arrays */
};

static void release_schema(struct ArrowSchema *schema)
{
    struct source *source = schema->private_data;
    for (int64_t i = 0; i < schema->n_children; i++) {
        schema->children[i]->release(schema->children[i]);
        mem_free(schema->children[i]);
    }
    mem_free(schema->children);
    source->held--;
    schema->release = NULL;
}

static struct ArrowSchema schema_of(struct source *source, const char *format)
{
    source->held++;
    return (struct ArrowSchema){
        .format = format, .name = "n", .release = release_schema, .private_data = source};
}

static int get_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
    struct source *source = stream->private_data;
    if (source->no_schema)
        return EINVAL;
    *out = schema_of(source, "+s");
    out->n_children = 1;
    out->children = mem_alloc(sizeof *out->children);
    out->children[0] = mem_alloc(sizeof *out->children[0]);
    *out->children[0] = schema_of(source, "l");
    return 0;
}

static void release_array(struct ArrowArray *array)
{
    struct source *source = array->private_data;
    for (int64_t i = 0; i < array->n_children; i++) {
        array->children[i]->release(array->children[i]);
        mem_free(array->children[i]);
    }
    mem_free(array->children);
    for (int64_t i = 0; i < array->n_buffers; i++)
        mem_free((void *)(uintptr_t)array->buffers[i]);
    mem_free((void *)(uintptr_t)array->buffers);
    source->held--;
    array->release = NULL;
}

static struct ArrowArray array_of(struct source *source, int64_t buffers)
{
    source->held++;
    return (struct ArrowArray){.length = (int64_t)source->rows,
                               .n_buffers = buffers,
                               .buffers = mem_zalloc((size_t)buffers * sizeof(void *)),
                               .release = release_array,
                               .private_data = source};
}

static int get_next(struct ArrowArrayStream *stream, struct ArrowArray *out)
{
    struct source *source = stream->private_data;
    *out = (struct ArrowArray){0};
    if (source->fails_at == (int)source->next)
        return ECANCELED;
    if (source->next == source->batches)
        return 0;
    *out = array_of(source, 1);
    out->n_children = 1;
    out->children = mem_alloc(sizeof *out->children);
    out->children[0] = mem_alloc(sizeof *out->children[0]);
    *out->children[0] = array_of(source, 2);
    int64_t *values = mem_alloc(source->rows * sizeof *values);
    for (size_t i = 0; i < source->rows; i++)
        values[i] = (int64_t)(source->next * source->rows + i);
    out->children[0]->buffers[1] = values;
    source->next++;
    return 0;
}

static const char *get_last_error(struct ArrowArrayStream *stream)
{
    (void)stream;
    return "as it is said";
}

static void release_stream(struct ArrowArrayStream *stream)
{
    struct source *source = stream->private_data;
    source->held--;
    stream->release = NULL;
}

static struct ArrowArrayStream open_source(struct source *source)
{
    source->held = 1;
    return (struct ArrowArrayStream){get_schema, get_next, get_last_error, release_stream, source};
}

/* Reads the stream, whose values are 0, 1, …, and releases it. */
static void assert_values(struct ArrowArrayStream *stream, size_t rows)
{
    struct ArrowSchema schema;
    struct ArrowArray batch;
    int64_t expected = 0;
    assert_int_equal(stream->get_schema(stream, &schema), 0);
    assert_string_equal(schema.children[0]->format, "l");
    schema.release(&schema);
    assert_null(schema.release);
    for (;;) {
        assert_int_equal(stream->get_next(stream, &batch), 0);
        if (!batch.release)
            break;
        const int64_t *values = batch.children[0]->buffers[1];
        for (int64_t i = 0; i < batch.length; i++)
            assert_int_equal(values[i], expected++);
        batch.release(&batch);
    }
    assert_int_equal(expected, rows);
    assert_int_equal(stream->get_next(stream, &batch), 0); /* and again at the end */
    assert_null(batch.release);
    stream->release(stream);
}

static void any_number_of_times(void **state)
{
    (void)state;
    for (size_t batches = 0; batches < 4; batches++) {
        struct source source = {.batches = batches, .rows = 5, .fails_at = -1};
        struct ArrowArrayStream stream = open_source(&source), again[3];
        assert_int_equal(sparkify_stream_keep(&stream), 0);
        assert_int_equal(source.held, 2 + 2 * batches); /* the schema and the batches */
        for (size_t i = 0; i < COUNT(again); i++)
            sparkify_stream_again(&stream, &again[i]);
        assert_values(&again[0], 5 * batches);
        assert_values(&stream, 5 * batches);
        for (size_t i = 1; i < COUNT(again); i++)
            assert_values(&again[i], 5 * batches);
        assert_int_equal(source.held, 0);
    }
}

/* A consumer may move a column out of its batch, and keep it after all else is gone. */
static void columns_move_out(void **state)
{
    (void)state;
    struct source source = {.batches = 2, .rows = 3, .fails_at = -1};
    struct ArrowArrayStream stream = open_source(&source);
    struct ArrowArray batch, column;
    assert_int_equal(sparkify_stream_keep(&stream), 0);
    assert_int_equal(stream.get_next(&stream, &batch), 0);
    column = *batch.children[0];
    batch.children[0]->release = NULL;
    batch.release(&batch);
    stream.release(&stream);
    assert_true(source.held > 0);
    assert_int_equal(((const int64_t *)column.buffers[1])[2], 2);
    column.release(&column);
    assert_int_equal(source.held, 0);
}

static void failures_leave_the_stream(void **state)
{
    (void)state;
    static const struct {
        int fails_at;
        bool no_schema;
        int error;
    } cases[] = {{0, false, ECANCELED}, {2, false, ECANCELED}, {-1, true, EINVAL}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct source source = {.batches = 3,
                                .rows = 4,
                                .fails_at = cases[i].fails_at,
                                .no_schema = cases[i].no_schema};
        struct ArrowArrayStream stream = open_source(&source);
        assert_int_equal(sparkify_stream_keep(&stream), cases[i].error);
        assert_int_equal(source.held, 1);
        assert_string_equal(stream.get_last_error(&stream), "as it is said");
        stream.release(&stream);
        assert_int_equal(source.held, 0);
    }
}

/* Without Python in the process there is no capsule, and the stream stays the caller's. */
static void no_capsule_without_python(void **state)
{
    (void)state;
    struct source source = {.fails_at = -1};
    struct ArrowArrayStream stream = open_source(&source);
    assert_null(sparkify_stream_capsule(&stream));
    assert_int_equal(source.held, 1);
    stream.release(&stream);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_number_of_times),
        cmocka_unit_test(columns_move_out),
        cmocka_unit_test(failures_leave_the_stream),
        cmocka_unit_test(no_capsule_without_python),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
