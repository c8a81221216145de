/* A terminal's abilities for libedit, without a database: a program in one file finds none where it
 * runs. Every terminal of today understands the sequences of ECMA-48 below; one that says it is
 * "dumb" is believed. */
#include "termcap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct capability {
    const char *id, *text;
};

static const struct capability strings[] = {
    {"bl", "\a"},
    {"cd", "\033[J"},
    {"ce", "\033[K"},
    {"ch", "\033[%dG"},
    {"cl", "\033[H\033[2J"},
    {"dc", "\033[P"},
    {"DC", "\033[%dP"},
    {"do", "\n"},
    {"ho", "\033[H"},
    {"IC", "\033[%d@"},
    {"im", "\033[4h"},
    {"ei", "\033[4l"},
    {"kd", "\033OB"},
    {"kD", "\033[3~"},
    {"kh", "\033OH"},
    {"@7", "\033OF"},
    {"kl", "\033OD"},
    {"kr", "\033OC"},
    {"ku", "\033OA"},
    {"LE", "\033[%dD"},
    {"nd", "\033[C"},
    {"RI", "\033[%dC"},
    {"up", "\033[A"},
    {"UP", "\033[%dA"},
    {"md", "\033[1m"},
    {"me", "\033[m"},
    {"us", "\033[4m"},
    {"ue", "\033[24m"},
    {"so", "\033[7m"},
    {"se", "\033[27m"},
};

static int is_dumb;

/* 1: the terminal is known, as termcap(3) has it. */
int tgetent(char *buffer, const char *terminal)
{
    (void)buffer;
    is_dumb = strcmp(terminal, "dumb") == 0;
    return 1;
}

/* Lines wrap at the last column (am), where the cursor waits for one more character (xn). */
int tgetflag(const char *id)
{
    return strncmp(id, "am", 2) == 0 || (!is_dumb && strncmp(id, "xn", 2) == 0);
}

int tgetnum(const char *id)
{
    if (strncmp(id, "co", 2) == 0)
        return 80;
    return strncmp(id, "li", 2) == 0 ? 24 : -1;
}

char *tgetstr(const char *id, char **area)
{
    (void)area;
    for (size_t i = 0; !is_dumb && i < sizeof strings / sizeof strings[0]; i++)
        if (strncmp(strings[i].id, id, 2) == 0)
            return (char *)strings[i].text;
    return NULL;
}

/* None of the strings takes two numbers: `row` is the one that counts, as termcap has it for these.
 */
char *tgoto(const char *capability, int column, int row)
{
    static char text[32];
    (void)column;
    const char *number = strstr(capability, "%d");
    if (!number)
        return (char *)capability;
    int is_column =
        strcmp(number, "%dG") == 0; /* counted from 0 by the caller, from 1 on the terminal */
    snprintf(text, sizeof text, "%.*s%d%s", (int)(number - capability), capability, row + is_column,
             number + 2);
    return text;
}

int tputs(const char *text, int lines, int (*put)(int))
{
    (void)lines;
    while (*text)
        put((unsigned char)*text++);
    return 0;
}
