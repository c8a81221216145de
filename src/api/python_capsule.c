/* A capsule's destructor may run while Python handles an exception, or when the interpreter ends,
 * so it cannot be Python code. Python's two functions are looked up when they are needed, so that
 * the library is linked without Python. */
#include <base.h>
#include <dlfcn.h>
#include <sparkify.h>

#define NAME "arrow_array_stream"

typedef void *capsule_pointer_fn(void *capsule, const char *name);
typedef void *capsule_new_fn(void *pointer, const char *name, void (*destroy)(void *capsule));

static void destroy(void *capsule)
{
    capsule_pointer_fn *pointer = NULL;
    *(void **)&pointer = dlsym(RTLD_DEFAULT, "PyCapsule_GetPointer");
    struct ArrowArrayStream *stream = pointer ? pointer(capsule, NAME) : NULL;
    if (stream && stream->release)
        stream->release(stream);
    mem_free(stream);
}

void *sparkify_stream_capsule(struct ArrowArrayStream *stream)
{
    capsule_new_fn *new = NULL;
    *(void **)&new = dlsym(RTLD_DEFAULT, "PyCapsule_New");
    if (!new)
        return NULL;
    struct ArrowArrayStream *moved = mem_alloc(sizeof *moved);
    *moved = *stream;
    void *capsule = new (moved, NAME, destroy);
    if (capsule)
        stream->release = NULL;
    else
        mem_free(moved);
    return capsule;
}
