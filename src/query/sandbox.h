/* sandbox: the kernel's restrictions of a worker. */
#pragma once

#include "worker.h"

/* Restricts the calling process permanently: its memory to options->process_bytes; and where
 * options->folder is not empty, its reads to that folder and to files with which DuckDB inspects
 * the machine. Then it cannot write files, use the network or signal other processes, as far as the
 * kernel supports this (Landlock). To be called once all libraries are loaded. STATUS_FAILED when
 * the kernel supports it and refuses. */
NODISCARD enum status sandbox_enter(const struct worker_options *options, struct error *error);
