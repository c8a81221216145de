/* event_line: writes events with keys in alphabetical order, without spaces, and with "\/" for a
 * slash. Most parts are copied: those that depend on the session are made once for each session,
 * those that depend on the page are constants. */
#include "event_line.h"

#include <assert.h>

#define PUT(at, literal) put_str(at, STR(literal))

/* ---- Numbers ------------------------------------------------------------------------------- */

static char *put_number(char *at, uint64_t number)
{
    char digits[20];
    unsigned first = sizeof digits;
    do {
        digits[--first] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    memcpy(at, digits + first, sizeof digits - first);
    return at + (sizeof digits - first);
}

/* ---- Parts that depend on the session ------------------------------------------------------ */

static char *put_string(char *at, struct str key, const struct word *word)
{
    at = put_str(at, key);
    at = put_str(at, word->in_log);
    *at = '"';
    return at + 1;
}

static char *end_part(struct session_text *text, enum session_part part, char *at)
{
    text->ends[part] = (uint16_t)(at - text->bytes);
    assert(text->ends[part] <= sizeof text->bytes);
    return at;
}

static char *put_session_id(char *at, const struct session_plan *session)
{
    at = PUT(at, ",\"sessionId\":");
    at = put_number(at, session->number + 1);
    return PUT(at, ",\"song\":");
}

static void make_logged_in(struct session_text *text, const struct dataset *dataset,
                           const struct session_plan *session, uint64_t moment)
{
    struct user user = people_user(&dataset->people, session->user, moment);
    int64_t registered = dataset_day_start_ms(dataset, 0) - user.registered_before_ms;
    char *at = text->bytes;
    at = put_string(at, STR(",\"auth\":\"Logged In\",\"firstName\":\""), user.first_name);
    at = PUT(at, ",\"gender\":\"");
    *at++ = user.gender;
    at = PUT(at, "\",\"itemInSession\":");
    at = end_part(text, PART_WHO, at);
    at = put_string(at, STR(",\"lastName\":\""), user.last_name);
    at = PUT(at, ",\"length\":");
    at = end_part(text, PART_LAST_NAME, at);
    at = put_string(at, STR(",\"location\":\""), user.location);
    at = end_part(text, PART_LOCATION, at);
    at = PUT(at, ",\"registration\":");
    at = put_number(at, registered > 0 ? (uint64_t)registered : 0);
    at = put_session_id(PUT(at, ".0"), session);
    at = end_part(text, PART_REGISTRATION, at);
    at = put_string(at, STR(",\"userAgent\":\""), user.agent);
    if (moment) { /* a device that nobody else has: its build, within the quotes */
        at = put_number(PUT(at - 1, " Build/"), moment % 1000000);
        at = PUT(at, "\"");
    }
    at = put_number(PUT(at, ",\"userId\":\""), (uint64_t)session->user + 1);
    end_part(text, PART_AGENT, PUT(at, "\"}"));
}

static void make_logged_out(struct session_text *text, const struct session_plan *session)
{
    char *at = text->bytes;
    at = PUT(at, ",\"auth\":\"Logged Out\",\"firstName\":null,\"gender\":null,\"itemInSession\":");
    at = end_part(text, PART_WHO, at);
    at = end_part(text, PART_LAST_NAME, PUT(at, ",\"lastName\":null,\"length\":"));
    at = end_part(text, PART_LOCATION, PUT(at, ",\"location\":null"));
    at = put_session_id(PUT(at, ",\"registration\":null"), session);
    at = end_part(text, PART_REGISTRATION, at);
    end_part(text, PART_AGENT, PUT(at, ",\"userAgent\":null,\"userId\":\"\"}"));
}

void session_texts_make(struct session_texts *texts, const struct dataset *dataset,
                        const struct session_plan *session, uint64_t moment)
{
    make_logged_in(&texts->in, dataset, session, moment);
    make_logged_out(&texts->out, session);
}

static struct str part_of(const struct session_text *text, enum session_part part)
{
    uint16_t start = part ? text->ends[part - 1] : 0;
    return (struct str){text->bytes + start, text->ends[part] - start};
}

/* ---- Parts that depend on the page --------------------------------------------------------- */

static const struct {
    struct str method_and_page, status;
} page_texts[PAGE_COUNT] = {
#define TEXT(literal)                                                                              \
    {                                                                                              \
        literal, sizeof(literal) - 1                                                               \
    }
#define X(id, name, method, status)                                                                \
    {TEXT(",\"method\":\"" method "\",\"page\":\"" name "\""),                                     \
     TEXT(",\"status\":" status ",\"ts\":")},
    PAGES(X)
#undef X
};

/* ---- A line -------------------------------------------------------------------------------- */

static char *put_phrase(char *at, const struct phrase *phrase)
{
    *at++ = '"';
    at = put_in_log(at, phrase);
    *at++ = '"';
    return at;
}

static char *put_artist(char *at, const struct dataset *dataset, const struct user_session *session)
{
    struct phrase name;
    if (session->page != PAGE_NEXT_SONG)
        return PUT(at, "null");
    catalogue_artist_name(&dataset->catalogue, session->track, &name);
    return put_phrase(at, &name);
}

static char *put_length(char *at, const struct dataset *dataset, const struct user_session *session)
{
    if (session->page != PAGE_NEXT_SONG)
        return PUT(at, "null");
    return catalogue_write_duration(at, catalogue_duration(&dataset->catalogue, session->track));
}

static char *put_song(char *at, const struct dataset *dataset, const struct user_session *session)
{
    struct phrase title;
    if (session->page != PAGE_NEXT_SONG)
        return PUT(at, "null");
    catalogue_title(&dataset->catalogue, session->track, &title);
    return put_phrase(at, &title);
}

char *event_line_write(char *at, const struct dataset *dataset, const struct user_session *session,
                       const struct session_texts *texts)
{
    const struct session_text *text = session->logged_in ? &texts->in : &texts->out;
    at = put_artist(PUT(at, "{\"artist\":"), dataset, session);
    at = put_number(put_str(at, part_of(text, PART_WHO)), session->item);
    at = put_length(put_str(at, part_of(text, PART_LAST_NAME)), dataset, session);
    at = put_str(at, session->paid ? STR(",\"level\":\"paid\"") : STR(",\"level\":\"free\""));
    at = put_str(at, part_of(text, PART_LOCATION));
    at = put_str(at, page_texts[session->page].method_and_page);
    at = put_song(put_str(at, part_of(text, PART_REGISTRATION)), dataset, session);
    at = put_number(put_str(at, page_texts[session->page].status), (uint64_t)session->ts_ms);
    return put_str(at, part_of(text, PART_AGENT));
}
