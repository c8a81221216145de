/* Arenas: blocks that double in size up to a limit, given back all at once. */
#include <base.h>

#define FIRST_BLOCK_BYTES ((size_t)16 << 10)
#define MAX_BLOCK_BYTES   ((size_t)1 << 20)
#define MAX_KEPT_BYTES    ((size_t)4 << 20)

struct arena_block {
    struct arena_block *older;
    size_t size;
    char data[];
};

static void free_blocks(struct arena_block *block)
{
    while (block) {
        struct arena_block *older = block->older;
        mem_free(block);
        block = older;
    }
}

static void use_block(struct arena *arena, struct arena_block *block)
{
    arena->next = block->data;
    arena->end = block->data + block->size;
}

static void add_block(struct arena *arena, size_t needed)
{
    size_t size = arena->blocks ? arena->blocks->size * 2 : FIRST_BLOCK_BYTES;
    if (size > MAX_BLOCK_BYTES)
        size = MAX_BLOCK_BYTES;
    if (size < needed)
        size = needed;
    struct arena_block *block = mem_alloc(sizeof *block + size);
    block->older = arena->blocks;
    block->size = size;
    arena->blocks = block;
    arena->total_bytes += size;
    use_block(arena, block);
}

void arena_release(struct arena *arena)
{
    free_blocks(arena->blocks);
    *arena = (struct arena){0};
}

/* What was needed once is mostly needed again: in one block, whose pages are not mapped anew. */
void arena_reset(struct arena *arena)
{
    struct arena_block *newest = arena->blocks;
    if (!newest)
        return;
    size_t total = arena->total_bytes < MAX_KEPT_BYTES ? arena->total_bytes : MAX_KEPT_BYTES;
    if (!newest->older && newest->size <= MAX_KEPT_BYTES) {
        use_block(arena, newest);
        return;
    }
    arena_release(arena);
    add_block(arena, total);
}

void *arena_alloc(struct arena *arena, size_t size)
{
    size = (size + 7) & ~(size_t)7;
    if ((size_t)(arena->end - arena->next) < size || !arena->next)
        add_block(arena, size);
    void *pointer = arena->next;
    arena->next += size;
    return pointer;
}

struct str arena_copy(struct arena *arena, struct str s)
{
    if (!s.data)
        return s;
    char *copy = arena_alloc(arena, s.len);
    if (s.len)
        memcpy(copy, s.data, s.len);
    return (struct str){copy, s.len};
}

const char *arena_text(struct arena *arena, struct str s)
{
    char *text = arena_alloc(arena, s.len + 1);
    if (s.len)
        memcpy(text, s.data, s.len);
    text[s.len] = '\0';
    return text;
}
