/* event_line: writes events with keys in alphabetical order, without spaces, and with "\/" for a
 * slash. */
#include "event_line.h"

/* What a line says of an event's page. */
static const struct {
    struct str method_and_page, status;
} page_texts[PAGE_COUNT] = {
#define X(id, name, method, status)                                                                \
    {STR(",\"method\":\"" method "\",\"page\":\"" name "\""),                                      \
     STR(",\"status\":" status ",\"ts\":")},
    PAGES(X)
#undef X
};

/* The user, all of whose fields are null while nobody is logged in. */
static struct user user_of(const struct dataset *dataset, const struct user_session *session)
{
    uint64_t moment = 0;
    if (!session->logged_in)
        return (struct user){0};
    if (dataset->options->restless)
        moment = hash_mix(hash_mix(0, session->plan.number), session->item) | 1;
    return people_user(&dataset->people, session->plan.user, moment);
}

static char *put_word(char *at, struct str key, const struct word *word)
{
    at = put_str(at, key);
    if (!word)
        return PUT(at, "null");
    *at++ = '"';
    at = put_str(at, word->text[IN_LOG]);
    *at++ = '"';
    return at;
}

static char *put_gender(char *at, char gender)
{
    if (!gender)
        return PUT(at, ",\"gender\":null");
    at = PUT(at, ",\"gender\":\"");
    *at++ = gender;
    return PUT(at, "\"");
}

static char *put_registration(char *at, const struct dataset *dataset, const struct user *user)
{
    int64_t registered = dataset_day_start_ms(dataset, 0) - user->registered_before_ms;
    at = PUT(at, ",\"registration\":");
    if (!user->first_name)
        return PUT(at, "null");
    return PUT(put_number(at, registered > 0 ? (uint64_t)registered : 0), ".0");
}

/* Of a restless user, a device that nobody else has: its build, within the quotes. */
static char *put_agent(char *at, const struct user *user)
{
    at = put_word(at, STR(",\"userAgent\":"), user->agent);
    if (!user->moment)
        return at;
    at = put_number(PUT(at - 1, " Build/"), user->moment % 1000000);
    return PUT(at, "\"");
}

static char *put_user_id(char *at, const struct user_session *session)
{
    at = PUT(at, ",\"userId\":\"");
    if (session->logged_in)
        at = put_number(at, (uint64_t)session->plan.user + 1);
    return PUT(at, "\"}");
}

/* A text of the track; null where none is played. */
static char *put_text(char *at, const struct dataset *dataset, const struct user_session *session,
                      void (*make)(const struct catalogue *catalogue, uint32_t track,
                                   struct phrase *out))
{
    struct phrase phrase;
    if (session->page != PAGE_NEXT_SONG)
        return PUT(at, "null");
    make(&dataset->catalogue, session->track, &phrase);
    return put_phrase(at, &phrase, IN_LOG);
}

static char *put_length(char *at, const struct dataset *dataset, const struct user_session *session)
{
    if (session->page != PAGE_NEXT_SONG)
        return PUT(at, "null");
    return catalogue_write_duration(at, catalogue_duration(&dataset->catalogue, session->track));
}

char *event_line_write(char *at, const struct dataset *dataset, const struct user_session *session)
{
    struct user user = user_of(dataset, session);
    at = put_text(PUT(at, "{\"artist\":"), dataset, session, catalogue_artist_name);
    at = put_str(at, session->logged_in ? STR(",\"auth\":\"Logged In\"")
                                        : STR(",\"auth\":\"Logged Out\""));
    at = put_word(at, STR(",\"firstName\":"), user.first_name);
    at = put_gender(at, user.gender);
    at = put_number(PUT(at, ",\"itemInSession\":"), session->item);
    at = put_word(at, STR(",\"lastName\":"), user.last_name);
    at = put_length(PUT(at, ",\"length\":"), dataset, session);
    at = put_str(at, session->paid ? STR(",\"level\":\"paid\"") : STR(",\"level\":\"free\""));
    at = put_word(at, STR(",\"location\":"), user.location);
    at = put_str(at, page_texts[session->page].method_and_page);
    at = put_registration(at, dataset, &user);
    at = put_number(PUT(at, ",\"sessionId\":"), session->plan.number + 1);
    at = put_text(PUT(at, ",\"song\":"), dataset, session, catalogue_title);
    at = put_number(put_str(at, page_texts[session->page].status), (uint64_t)session->ts_ms);
    return put_user_id(put_agent(at, &user), session);
}
