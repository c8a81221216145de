/* A capsule's destructor runs while Python may be handling an exception, and when the interpreter
 * ends: code of Python's cannot stand there. Python's two functions are found when they are needed,
 * in the process that has them, so that the library is linked without Python. */
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
