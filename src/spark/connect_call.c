/* connect_call: calls with one response; packing and unpacking of messages; waiting between tries.
 */
#include "connect_private.h"

#include <unistd.h>

#define FIRST_WAIT_MS  50
#define MAX_WAIT_MS    2000
#define SLEEP_SLICE_MS 50

/* ---- Messages -------------------------------------------------------------------------------- */

/* An unpacked message may take MEMORY_FACTOR times its bytes plus MEMORY_MORE: an empty inner
 * message is only 2 bytes when packed, and a whole struct when unpacked. */
#define MEMORY_FACTOR 4
#define MEMORY_MORE   ((size_t)16 << 20)

static void *alloc_limited(void *ctx, size_t size)
{
    size_t *left = ctx;
    if (size > *left)
        return NULL;
    *left -= size;
    return mem_alloc(size);
}

static void free_limited(void *ctx, void *memory)
{
    (void)ctx;
    mem_free(memory);
}

bool connect_unpack(const ProtobufCMessageDescriptor *type, struct str bytes,
                    struct connect_message *out)
{
    const uint8_t *data = bytes.len ? (const uint8_t *)bytes.data : (const uint8_t *)"";
    size_t left = MEMORY_FACTOR * bytes.len + MEMORY_MORE;
    ProtobufCAllocator allocator = {alloc_limited, free_limited, &left};
    connect_message_release(out);
    out->any = protobuf_c_message_unpack(type, &allocator, bytes.len, data);
    return out->any != NULL;
}

void connect_message_release(struct connect_message *message)
{
    ProtobufCAllocator allocator = {alloc_limited, free_limited, NULL};
    if (message->any)
        protobuf_c_message_free_unpacked(message->any, &allocator);
    message->any = NULL;
}

void connect_pack(const ProtobufCMessage *message, struct buffer *out)
{
    size_t size = protobuf_c_message_get_packed_size(message);
    char *bytes = buffer_reserve(out, size ? size : 1);
    out->len += protobuf_c_message_pack(message, (uint8_t *)bytes);
}

/* ---- Waiting --------------------------------------------------------------------------------- */

bool connect_is_cancelled(const struct connect_session *session)
{
    return atomic_load(&session->is_stopped) || (session->cancel && atomic_load(session->cancel)) ||
           (session->end_ns && clock_ns() > session->end_ns);
}

enum status connect_interrupted(struct error *error)
{
    return error_set(error, STATUS_INTERRUPTED, "interrupted");
}

bool connect_backoff_wait(const struct connect_session *session, struct connect_backoff *backoff)
{
    uint64_t now = clock_ns();
    if (backoff->end_ns == 0) {
        backoff->end_ns = now + (uint64_t)session->retry_s * 1000 * NS_PER_MS;
        backoff->wait_ms = FIRST_WAIT_MS;
    }
    uint64_t due = now + (uint64_t)backoff->wait_ms * NS_PER_MS;
    if (due > backoff->end_ns)
        return false;
    while (clock_ns() < due) {
        if (connect_is_cancelled(session))
            return false;
        usleep(SLEEP_SLICE_MS * 1000);
    }
    backoff->wait_ms = backoff->wait_ms * 2 < MAX_WAIT_MS ? backoff->wait_ms * 2 : MAX_WAIT_MS;
    return true;
}

/* ---- Calls ----------------------------------------------------------------------------------- */

struct unary_state {
    struct connect_session *session;
    const struct connect_unary *unary;
    struct connect_message answer;
    bool is_broken; /* the response is not a message of its type */
};

static bool unpack_answer(void *ctx, struct str bytes)
{
    struct unary_state *state = ctx;
    if (!state->unary->answer)
        return true;
    state->is_broken = !connect_unpack(state->unary->answer, bytes, &state->answer);
    return !state->is_broken;
}

static bool may_go_on(void *ctx)
{
    const struct unary_state *state = ctx;
    return state->unary->once || !connect_is_cancelled(state->session);
}

/* Before the session is open, calls are not tried again: a wrong address is more likely than a
 * short failure. */
static bool may_try_again(const struct unary_state *state, const struct grpc_result *result)
{
    return !state->unary->once && state->session->version && connect_is_lost(result);
}

static enum status check_result(const struct unary_state *state, const struct grpc_result *result,
                                struct error *error)
{
    struct connect_session *session = state->session;
    const struct connect_unary *unary = state->unary;
    bool went_well = result->end == GRPC_END_STATUS && result->status == GRPC_OK;
    if (state->is_broken || (went_well && unary->answer && !state->answer.any))
        return connect_fail(error, STATUS_CORRUPT, CONNECT_CORRUPT_HINT,
                            "the answer of Spark at %s to %s does not conform to the protocol",
                            session->address.endpoint, unary->method);
    if (went_well)
        return STATUS_OK;
    if (!unary->once && connect_is_cancelled(session))
        return connect_interrupted(error);
    return connect_error(session, unary->method, result, error);
}

enum status connect_unary(struct connect_session *session, const struct connect_unary *unary,
                          struct connect_message *out_answer, struct error *error)
{
    CLEANUP(buffer_release) struct buffer request = {0};
    CLEANUP(grpc_result_release) struct grpc_result result = {0};
    struct connect_backoff backoff = {0};
    struct unary_state state = {.session = session, .unary = unary};
    connect_pack(unary->request, &request);
    struct grpc_call call = {.method = unary->method,
                             .request = buffer_str(&request),
                             .message = unpack_answer,
                             .go_on = may_go_on,
                             .ctx = &state,
                             .timeout_ms = unary->timeout_ms};
    do
        grpc_call(&session->address.server, &call, &result);
    while (may_try_again(&state, &result) && connect_backoff_wait(session, &backoff));
    enum status status = check_result(&state, &result, error);
    if (status == STATUS_OK && out_answer)
        *out_answer = state.answer;
    else
        connect_message_release(&state.answer);
    return status;
}

void connect_tell(struct connect_session *session, const char *method,
                  const ProtobufCMessage *request, unsigned timeout_ms)
{
    const struct connect_unary unary = {
        .method = method, .request = request, .timeout_ms = timeout_ms, .once = true};
    struct error ignored;
    (void)!connect_unary(session, &unary, NULL, &ignored);
}
