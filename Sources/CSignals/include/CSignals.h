// Signals as requests. What a handler may do is so little (POSIX, "async-signal-safe") that it is
// written in C: it sets flags of a type that is never seen half written.
#pragma once
#include <stdbool.h>

/// From now on SIGUSR1 asks for a checkpoint, and SIGUSR2, SIGTERM, SIGINT and SIGHUP (unless it is
/// ignored) ask for a stop after one. A second SIGTERM or SIGINT ends the process at once, as if
/// nobody had listened; two within 200 ms are one. Returns 0, or -1 with errno.
int relief_signals_listen(void);

/// Whether a stop has been asked for; once it has, it always has.
bool relief_signals_stop(void);

/// Whether a checkpoint has been asked for since the last call.
bool relief_signals_take_checkpoint(void);

/// Unless this is called again before, the process ends with `code` after so many seconds, and
/// `message` goes to standard error: for calls that block and cannot be polled. 0 seconds call it
/// off; the message is cut off at 255 bytes. Returns 0, or -1 with errno.
int relief_deadline_set(double seconds, int code, const char *message);
