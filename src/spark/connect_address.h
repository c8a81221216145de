/* connect_address: parses connection strings as Spark's own clients do (Spark, "Connecting to Spark
 * Connect using Clients"): sc://host:port/;name=value;… */
#pragma once

#include "grpc.h"

#define CONNECT_DEFAULT_PORT 15002

/* A parsed connection string. */
struct connect_address {
    struct grpc_server server; /* all that the string says of it: the rest is zero */
    const char *user_id;
    const char *user_agent; /* NULL: not given */
    const char *session_id; /* NULL: not given; otherwise a UUID with lower-case letters */
    const char *endpoint;   /* "host:port", for messages */
    struct arena texts;
};

/* Parses "sc://host:port/;name=value;…": values are percent-decoded; parameters that Spark's
 * clients do not know are sent as headers of each call. If the string has none, the token is that
 * of SPARK_CONNECT_AUTHENTICATE_TOKEN and the user that of SPARK_USER or USER; a token implies TLS
 * unless the host is this machine. The caller releases the address. STATUS_USAGE: the string is
 * invalid; the message does not have any parameter's value. */
NODISCARD enum status connect_address_parse(const char *text, struct connect_address *out,
                                            struct error *error);
void connect_address_release(struct connect_address *address);
/* Whether the text has some characters, all of them visible ones of ASCII. */
bool connect_is_printable(struct str text);
/* Whether the host is "localhost" or a loopback address. */
bool connect_address_is_local(const struct connect_address *address);
