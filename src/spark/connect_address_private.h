/* Shared by connect_address.c and connect_parameters.c: parsing of connection strings. */
#pragma once

#include "connect.h"

/* An address that is being parsed. */
struct connect_address_parser {
    struct connect_address *address;
    bool has_use_tls, use_tls; /* use_ssl is given; its value */
    struct error *error;
};

#define CONNECT_DIGITS  "0123456789"
#define CONNECT_LETTERS "abcdefghijklmnopqrstuvwxyz"

/* Sets a STATUS_USAGE error that says what is wrong with the address; returns its status. */
enum status connect_address_error(struct error *error, const char *format, ...) PRINTF(2, 3);
/* Removes the text before the first of the characters `stops` from *rest and returns it. */
struct str connect_consume_until(struct str *rest, const char *stops);
/* Whether all bytes of `text` are among `characters`. */
bool connect_text_has_only(struct str text, const char *characters);
/* Parses a decimal number from `min` to `max`; false if it is none. */
bool connect_parse_number(struct str text, uint64_t min, uint64_t max, uint64_t *out);

/* Parses the parameters ";name=value;…", whose last ';' may be omitted, into the address. */
NODISCARD enum status connect_parse_parameters(struct connect_address_parser *parser,
                                               struct str rest);
/* Checks a token and sets it in the address. */
NODISCARD enum status connect_parse_token(struct connect_address_parser *parser, struct str value);
