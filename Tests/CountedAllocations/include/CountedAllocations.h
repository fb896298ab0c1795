// Linked into a program, it counts what a thread allocates.
#pragma once

// Counts allocations of this thread from now on: those that the program and Swift's libraries ask
// for, not those of MPI and other C libraries for themselves.
void counted_allocations_start(void);
// Stops, and tells how many there were.
long counted_allocations_stop(void);
// The stack at the first of them, to the file descriptor.
void counted_allocations_show(int file);
