/* print: prints the results of commands on stdout, as text. Each function takes the settings of its
 * command, which hold the result. */
#pragma once

#include <model.h>

void cli_print_etl(const void *settings);
void cli_print_report(const void *settings);
void cli_print_history(const void *settings);
void cli_print_restore(const void *settings);
void cli_print_check(const void *settings);
void cli_print_vacuum(const void *settings);
void cli_print_generate(const void *settings);
void cli_print_init(const void *settings);
void cli_print_schema(const void *settings);
