/* The scanner with SSE2, which every x86-64 processor has: 16 bytes at a time. */
#include "scan.h"

#if defined(__x86_64__)
#include <emmintrin.h>

#define SCAN_NAME    json_scan_sse2
#define SCAN_STRINGS "scan_search.h"
#define BLOCK        __m128i
#define BLOCK_BYTES  16
#define X86(name)    _mm_##name

#include "scan_x86.h"

#include "scan_body.h"
#endif
