/* Prints the steps of doctor, or collects them for --json. */
#include "doctor_steps.h"

#include "messages.h"
#include <document.h>
#include <host.h>
#include <printable.h>

static void print_failed(const struct doctor *doctor, const char *step, const char *message,
                         const char *hint)
{
    struct error error;
    error_set(&error, STATUS_FAILED, "%s: %s: %s", doctor->part, step, message);
    if (hint)
        error_hint(&error, "%s", hint);
    messages_error(&error, "");
}

void doctor_report(struct doctor *doctor, enum doctor_outcome outcome, const char *step,
                   const char *message, const char *hint)
{
    static const char *const marks[] = {"✓", "✗", "·"};
    static const char *const words[] = {"ok", "failed", "info"};
    doctor->has_failed |= outcome == DOCTOR_FAILED;
    if (doctor->steps) {
        json_array_append_new(doctor->steps,
                              json_pack("{ss ss ss so so*}", "part", doctor->part, "step", step,
                                        "result", words[outcome], "text", document_text(message),
                                        "hint", hint && hint[0] ? document_text(hint) : NULL));
        return;
    }
    if (doctor->is_quiet) {
        if (outcome == DOCTOR_FAILED)
            print_failed(doctor, step, message, hint);
        return;
    }
    printf("  %s %s: ", marks[outcome], step);
    printable_print(stdout, str_of(message));
    putchar('\n');
    if (hint && hint[0]) {
        fputs("      ", stdout);
        printable_print(stdout, str_of(hint));
        putchar('\n');
    }
    fflush(stdout);
}

void doctor_passed(struct doctor *doctor, const char *step, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    doctor_report(doctor, DOCTOR_OK, step, text, NULL);
}

void doctor_failed(struct doctor *doctor, const char *step, const struct error *error)
{
    doctor_report(doctor, DOCTOR_FAILED, step, error->message, host_hint_text(error));
}

void doctor_begin_part(struct doctor *doctor, const char *name, const char *address)
{
    CLEANUP(buffer_release) struct buffer shown = {0};
    doctor->part = name;
    if (address)
        address_show(address, &shown);
    if (!doctor->steps && !doctor->is_quiet)
        printf("%s%s%s\n", name, address ? " " : "", buffer_text(&shown));
}
