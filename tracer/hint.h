/* hint: what the compiler can't know about the hot path. */
#ifndef DAGMEM_TRACER_HINT_H
#define DAGMEM_TRACER_HINT_H

#define likely(condition) __builtin_expect(!!(condition), 1)
#define unlikely(condition) __builtin_expect(!!(condition), 0)

/* Keep the compiler, not the processor, from moving memory accesses across. */
#define compiler_barrier() __asm__ volatile("" ::: "memory")

/* Not seen outside the library, so reached without a detour through the GOT. */
#define HIDDEN __attribute__((visibility("hidden")))

#define COLD __attribute__((noinline, cold))

/* Called often, but from a path that is better off without its registers and its stack. */
#define SEPARATE __attribute__((noinline))

#define ALWAYS_INLINE inline __attribute__((always_inline))

#endif
