// Memory that the system refuses. Nothing below can throw, and nobody above can be asked: the
// process says what it wanted and ends. That takes no memory itself.
#pragma once
#include <stddef.h>

/// What the process ends with.
enum { relief_memory_code = 74 };

/// From now on the process is called `speaker` ("rank 2 on host"; "" where it is alone) in what it
/// says. Of ranks that run out at once the lowest `turn` speaks, and ends the job before the others
/// do.
void relief_memory_introduce(const char *speaker, int turn);

/// What the process is about ("train"); "" before it is about anything.
void relief_memory_during(const char *phase);

/// Ends the process with `relief_memory_code`, and says on standard error that there was no memory
/// for `bytes` bytes of `use`; "" where that is not known.
_Noreturn void relief_memory_refused(size_t bytes, const char *use);
