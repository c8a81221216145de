/* Arenas: blocks that double in size up to a limit, given back all at once. */
#include <base.h>

#define FIRST_BLOCK_BYTES ((size_t)16 << 10)
#define MAX_BLOCK_BYTES   ((size_t)1 << 20)

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
    arena->next = block->data;
    arena->end = block->data + size;
    arena->total_bytes += size;
}

void arena_release(struct arena *arena)
{
    free_blocks(arena->blocks);
    *arena = (struct arena){0};
}

void arena_reset(struct arena *arena)
{
    struct arena_block *newest = arena->blocks;
    if (!newest)
        return;
    free_blocks(newest->older);
    newest->older = NULL;
    arena->next = newest->data;
    arena->end = newest->data + newest->size;
    arena->total_bytes = newest->size;
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
