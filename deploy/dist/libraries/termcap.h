/* The part of termcap that libedit uses (termcap.c). */
#ifndef SPARKIFY_TERMCAP_H
#define SPARKIFY_TERMCAP_H

int tgetent(char *buffer, const char *terminal);
int tgetflag(const char *id);
int tgetnum(const char *id);
char *tgetstr(const char *id, char **area);
char *tgoto(const char *capability, int column, int row);
int tputs(const char *text, int lines, int (*put)(int));

#endif
