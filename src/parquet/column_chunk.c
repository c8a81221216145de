/* column_chunk: encodes one column of a row group as a column chunk.
 *
 * The slots of the column (one a row, or one for each element of a row) are cut into pages, each
 * with its statistics. Then the pages are written, compressed if that makes the chunk smaller. All
 * pages of a chunk have one codec (ColumnMetaData.codec; data pages V1 have no flag of their own),
 * so if compression does not pay, the pages are discarded and written again without it. For an
 * incompressible column this shows after its first data page. */
#include "encoder.h"

#include "bits.h"
#include "metadata.h"

#include <assert.h>
#include <zlib.h>

/* A single page smaller than this is not compressed: a zstd frame takes as much as it could save.
 */
#define SMALLEST_COMPRESSED 128
/* Compression must save one byte in so many in the first pages, or it is given up, because every
 * read would pay for the decompression. */
#define LEAST_GAIN 32

/* One call of column_chunk_encode. */
struct chunk_job {
    struct parquet_encoder *encoder;
    const struct parquet_options *options;
    const struct schema_field *field;
    const uint8_t *validity;             /* NULL if no value is null, and of nested columns */
    const struct parquet_levels *levels; /* of a nested column, or NULL */
    size_t slots;
    struct values values;
    struct chunk_plan plan;
    struct parquet_row_group *group;
    struct column_chunk *chunk;
};

/* ---- Cutting the slots into pages -------------------------------------------------------- */

static size_t nulls_count(const uint8_t *validity, size_t start, size_t rows)
{
    return validity == NULL ? 0 : rows - bits_count(validity, start, rows);
}

/* In a nested column a slot has a value if all fields on the column's path are defined: `present`
 * is the column's greatest definition level. */
static size_t absent_count(const struct parquet_levels *levels, uint8_t present, size_t start,
                           size_t slots)
{
    size_t count = 0;
    for (size_t i = start; i < start + slots; i++)
        count += levels->definition[i] != present;
    return count;
}

static size_t slot_nulls(const struct chunk_job *job, size_t start, size_t slots)
{
    if (job->levels != NULL)
        return absent_count(job->levels, job->field->definition, start, slots);
    return nulls_count(job->validity, start, slots);
}

static bool slot_is_null(const struct chunk_job *job, size_t slot)
{
    if (job->levels != NULL)
        return job->levels->definition[slot] != job->field->definition;
    return job->validity != NULL && !bit_get(job->validity, slot);
}

/* The number of slots from `slot`, whose first value is `value`, until their strings in PLAIN
 * exceed page_bytes. */
static size_t string_page_slots(const struct chunk_job *job, size_t slot, size_t value,
                                size_t limit)
{
    size_t bytes = 0, slots = 0;
    while (slots < limit && bytes <= job->options->page_bytes) {
        if (!slot_is_null(job, slot + slots))
            bytes += sizeof(uint32_t) + values_string(&job->values, value++).len;
        slots++;
    }
    return slots;
}

static size_t fitting_slots(const struct chunk_job *job, size_t slot, size_t value)
{
    size_t left = job->slots - slot, width = values_width(job->values.type);
    size_t limit = left < job->options->page_rows ? left : job->options->page_rows;
    if (job->plan.encoding == ENCODING_RLE_DICTIONARY)
        return limit;
    if (job->values.type == PARQUET_STRING)
        return string_page_slots(job, slot, value, limit);
    size_t fitting = width == 0 ? limit : job->options->page_bytes / width;
    fitting += fitting == 0;
    return fitting < limit ? fitting : limit;
}

/* A page must begin with a row (parquet.thrift, DataPageHeader and OffsetIndex). */
static size_t page_slots(const struct chunk_job *job, size_t slot, size_t value)
{
    size_t slots = fitting_slots(job, slot, value);
    if (job->field->repetition > 0)
        while (slot + slots < job->slots && job->levels->repetition[slot + slots] > 0)
            slots++;
    return slots;
}

static size_t page_rows(const struct chunk_job *job, size_t slot, size_t slots)
{
    if (job->field->repetition == 0)
        return slots;
    size_t rows = 0;
    for (size_t i = slot; i < slot + slots; i++)
        rows += job->levels->repetition[i] == 0;
    return rows;
}

/* Zeroed marks for extremes_find, one for each string; NULL if the strings do not repeat. */
static uint32_t *seen_make(struct chunk_job *job)
{
    const struct values *values = &job->values;
    if (values->type != PARQUET_STRING || values->codes == NULL || values->count == 0 ||
        values->strings > values->count)
        return NULL;
    struct buffer *seen = &job->encoder->seen;
    buffer_reset(seen);
    char *marks = buffer_reserve(seen, values->strings * sizeof(uint32_t));
    memset(marks, 0, values->strings * sizeof(uint32_t));
    return (void *)marks;
}

static void pages_cut(struct chunk_job *job)
{
    enum parquet_type type = job->field->type;
    struct parquet_row_group *group = job->group;
    struct extremes all = {0};
    uint32_t *seen = seen_make(job);
    size_t value = 0;
    for (size_t slot = 0, slots; slot < job->slots; slot += slots) {
        slots = page_slots(job, slot, value);
        size_t nulls = slot_nulls(job, slot, slots), values = slots - nulls;
        uint32_t mark = (uint32_t)++job->chunk->page_count;
        struct extremes extremes = extremes_find(&job->values, value, values, seen, mark);
        *MEM_ADD(group->pages, group->page_count, group->page_cap) = (struct data_page){
            .rows = page_rows(job, slot, slots),
            .statistics = statistics_make(type, &extremes, values, nulls),
        };
        extremes_merge(type, &all, &extremes);
        value += values;
    }
    job->chunk->statistics = job->chunk->page_count == 1
                                 ? group->pages[job->chunk->first_page].statistics
                                 : statistics_make(type, &all, value, job->slots - value);
}

/* ---- Writing pages ----------------------------------------------------------------------- */

static void nested_levels_encode(const struct chunk_job *job, struct buffer *out, size_t slot,
                                 size_t slots)
{
    const struct schema_field *field = job->field;
    const struct parquet_levels *levels = job->levels;
    struct buffer *scratch = &job->encoder->levels;
    if (field->repetition > 0)
        rle_encode_levels(out, levels->repetition + slot, slots, bit_width(field->repetition),
                          scratch);
    rle_encode_levels(out, levels->definition + slot, slots, bit_width(field->definition), scratch);
}

/* README.md, "Data Pages": repetition levels, then definition levels. A column that is not nested
 * has one bit a row, 1 for a value; a REQUIRED one has no levels. */
static void levels_encode(const struct chunk_job *job, struct buffer *out, size_t slot,
                          size_t slots, size_t nulls)
{
    if (job->field->definition == 0)
        return;
    if (job->levels != NULL)
        nested_levels_encode(job, out, slot, slots);
    else if (nulls == 0 || nulls == slots)
        rle_encode_repeated(out, nulls == 0, slots);
    else
        rle_encode_bits(out, job->validity, slot, slots);
}

static void values_encode(const struct chunk_job *job, struct buffer *out, size_t start,
                          size_t count)
{
    const struct values *values = &job->values;
    switch (job->plan.encoding) {
    case ENCODING_PLAIN:
        plain_encode(out, values, start, count);
        return;
    case ENCODING_RLE:
        rle_encode_bits(out, values->bits, start, count);
        return;
    case ENCODING_DELTA_BINARY_PACKED:
        if (values->type == PARQUET_INT32)
            delta_packed_encode32(out, values->int32s + start, count);
        else
            delta_packed_encode64(out, values->int64s + start, count);
        return;
    case ENCODING_RLE_DICTIONARY:
        buffer_append_char(out, (char)job->plan.width);
        rle_encode(out, job->plan.codes + start, count, job->plan.width);
        return;
    }
}

/* Compresses a page and appends it with its header to the row group; returns the bytes of both. */
static size_t page_append(struct chunk_job *job, struct page_header header, struct str plain)
{
    struct parquet_encoder *encoder = job->encoder;
    struct buffer *out = &job->group->bytes;
    size_t begin = out->len;
    struct str stored = plain;
    if (job->chunk->codec != PARQUET_NONE) {
        buffer_reset(&encoder->packed);
        codec_compress(&encoder->codec, job->chunk->codec, job->options->zstd_level, plain,
                       &encoder->packed);
        stored = buffer_str(&encoder->packed);
    }
    header.plain_bytes = plain.len;
    header.bytes = stored.len;
    header.crc = (uint32_t)crc32_z(0, (const Bytef *)stored.data, stored.len);
    page_header_write(out, &header);
    job->chunk->plain_bytes += out->len - begin + plain.len;
    buffer_append_str(out, stored);
    job->chunk->bytes += out->len - begin;
    return out->len - begin;
}

static void dictionary_page_append(struct chunk_job *job)
{
    struct page_header header = {
        .dictionary = true, .values = job->plan.entries, .encoding = ENCODING_PLAIN};
    job->chunk->dictionary_bytes = page_append(job, header, buffer_str(job->plan.dictionary));
}

/* Whether the codec saves enough in the whole chunk, judging by the dictionary page and the first
 * data page. */
static bool first_pages_gain(const struct column_chunk *chunk, size_t dictionary_plain_bytes)
{
    size_t plain = chunk->plain_bytes - dictionary_plain_bytes;
    size_t packed = chunk->bytes - chunk->dictionary_bytes;
    size_t all_plain = dictionary_plain_bytes + plain * chunk->page_count;
    size_t all_packed = chunk->dictionary_bytes + packed * chunk->page_count;
    return all_packed < all_plain - all_plain / LEAST_GAIN;
}

/* Writes all pages in `codec`. Returns false as soon as the codec does not save enough; the caller
 * then discards the pages. */
static bool pages_write(struct chunk_job *job, enum parquet_codec codec)
{
    struct column_chunk *chunk = job->chunk;
    struct buffer *plain = &job->encoder->page;
    size_t slot = 0, value = 0;
    chunk->codec = codec;
    chunk->bytes = chunk->plain_bytes = 0;
    if (job->plan.encoding == ENCODING_RLE_DICTIONARY)
        dictionary_page_append(job);
    size_t dictionary_plain_bytes = chunk->plain_bytes;

    for (size_t i = 0; i < chunk->page_count; i++) {
        struct data_page *page = &job->group->pages[chunk->first_page + i];
        size_t values = page->statistics.values, nulls = page->statistics.nulls;
        buffer_reset(plain);
        levels_encode(job, plain, slot, values + nulls, nulls);
        values_encode(job, plain, value, values);
        if (codec != PARQUET_NONE && chunk->bytes == 0 && chunk->page_count == 1 &&
            plain->len < SMALLEST_COMPRESSED)
            return false;
        struct page_header header = {.values = values + nulls, .encoding = job->plan.encoding};
        page->bytes = page_append(job, header, buffer_str(plain));
        if (codec != PARQUET_NONE && i == 0 && !first_pages_gain(chunk, dictionary_plain_bytes))
            return false;
        slot += values + nulls;
        value += values;
    }
    return codec == PARQUET_NONE || chunk->bytes < chunk->plain_bytes;
}

static void pages_write_smallest(struct chunk_job *job)
{
    size_t begin = job->group->bytes.len;
    enum parquet_codec codec = job->options->codec;
    if (codec != PARQUET_NONE && pages_write(job, codec))
        return;
    job->group->bytes.len = begin;
    pages_write(job, PARQUET_NONE);
}

static struct column_chunk *chunk_add(struct parquet_row_group *group)
{
    struct column_chunk *chunk = MEM_ADD(group->chunks, group->chunk_count, group->chunk_cap);
    *chunk = (struct column_chunk){.first_page = group->page_count};
    return chunk;
}

void column_chunk_encode(struct parquet_encoder *encoder, const struct parquet_options *options,
                         const struct schema_field *field, const struct parquet_column *column,
                         size_t rows, struct parquet_row_group *group)
{
    const struct parquet_levels *levels = column->levels.slots > 0 ? &column->levels : NULL;
    struct chunk_job job = {
        .encoder = encoder,
        .options = options,
        .field = field,
        .levels = levels,
        .validity = column->validity,
        .slots = levels == NULL ? rows : levels->slots,
        .group = group,
        .chunk = chunk_add(group),
    };
    size_t nulls = slot_nulls(&job, 0, job.slots);
    assert(nulls == 0 || field->definition > 0);
    assert(levels != NULL || field->group_count == 0);
    if (nulls == 0)
        job.validity = NULL;
    job.values = levels == NULL
                     ? values_gather(field->type, column, rows, nulls, &encoder->gathered)
                     : values_gather(field->type, column, job.slots - nulls, 0, &encoder->gathered);
    job.plan = chunk_plan_make(&encoder->planner, &job.values, options->dictionary_bytes);
    job.chunk->encoding = job.plan.encoding;
    pages_cut(&job);
    pages_write_smallest(&job);
}
