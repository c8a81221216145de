/* The phases of a run, whichever engine takes them. */
#include <run.h>

enum status run_steps(const struct run_step *steps, size_t count, void *ctx,
                      struct run_progress *progress, struct run_report *report, struct error *error)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t start = clock_ns();
        atomic_store(&progress->model, report->model);
        atomic_store(&progress->phase, steps[i].phase);
        enum status status = steps[i].step(ctx, error);
        report->seconds[steps[i].phase] = clock_seconds_since(start);
        TRY(status);
    }
    return STATUS_OK;
}
