// A disk that fails on demand. Loaded with LD_PRELOAD, it counts the calls of the system that concern
// paths with FAULT_PATH in them, and lets call number FAULT_CALL (from 1; 0 = all of those that write)
// come out as FAULT_KIND says:
//
//   kill    the process is killed before the call
//   torn    the process is killed after half of a write; other calls as kill
//   short   half of a write is written; other calls are as ever
//   ENOSPC, EIO, EDQUOT, EINTR   the call fails with this error
//   none    as ever: calls are counted only
//
// With FAULT_RANK only that rank of a job has such a disk. FAULT_LOG gets the name of each call, a line
// each.
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *path_part, *kind;
static int wanted, calls, log_file = -1;
static bool watched[4096];

__attribute__((constructor)) static void start(void) {
  const char *rank = getenv("FAULT_RANK"), *own = getenv("OMPI_COMM_WORLD_RANK");
  if (rank && strcmp(rank, own ? own : "0") != 0) return;
  path_part = getenv("FAULT_PATH");
  kind = getenv("FAULT_KIND");
  wanted = getenv("FAULT_CALL") ? atoi(getenv("FAULT_CALL")) : -1;
  const char *log = getenv("FAULT_LOG");
  if (log) log_file = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND, 0644);
}

static bool concerns(const char *path) { return path_part && path && strstr(path, path_part); }

static bool is_watched(int file) { return file >= 0 && file < 4096 && watched[file]; }

static int watch(int file, const char *path) {
  if (file >= 0 && file < 4096) watched[file] = concerns(path);
  return file;
}

static void die(void) { syscall(SYS_kill, getpid(), SIGKILL); }

enum outcome { AS_EVER, FAILS, HALF, HALF_AND_DIE };

// What is to become of a call that concerns the path. `writes`: it writes bytes.
static enum outcome next(const char *name, bool writes) {
  calls++;
  if (log_file >= 0) {
    syscall(SYS_write, log_file, name, strlen(name));
    syscall(SYS_write, log_file, "\n", 1);
  }
  if (!kind || !(wanted == 0 ? writes : calls == wanted)) return AS_EVER;
  if (strcmp(kind, "torn") == 0 && writes) return HALF_AND_DIE;
  if (strcmp(kind, "kill") == 0 || strcmp(kind, "torn") == 0) die();
  if (strcmp(kind, "short") == 0) return writes ? HALF : AS_EVER;
  static const struct { const char *name; int code; } errors[] = {
      {"ENOSPC", ENOSPC}, {"EIO", EIO}, {"EDQUOT", EDQUOT}, {"EINTR", EINTR}};
  for (size_t index = 0; index < sizeof errors / sizeof *errors; index++) {
    if (strcmp(kind, errors[index].name) != 0) continue;
    errno = errors[index].code;
    return FAILS;
  }
  return AS_EVER;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define OPEN(name)                                                     \
  int name(const char *path, int flags, ...) {                         \
    va_list list;                                                      \
    va_start(list, flags);                                             \
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, mode_t) : 0; \
    va_end(list);                                                      \
    if (concerns(path) && next("open", false) == FAILS) return -1;     \
    return watch(REAL(name)(path, flags, mode), path);                 \
  }
OPEN(open)
OPEN(open64)

ssize_t write(int file, const void *bytes, size_t count) {
  enum outcome outcome = is_watched(file) ? next("write", true) : AS_EVER;
  if (outcome == FAILS) return -1;
  if (outcome == AS_EVER) return REAL(write)(file, bytes, count);
  ssize_t written = REAL(write)(file, bytes, (count + 1) / 2);
  if (outcome == HALF_AND_DIE) die();
  return written;
}

#define PWRITE(name)                                                     \
  ssize_t name(int file, const void *bytes, size_t count, off_t place) { \
    enum outcome outcome = is_watched(file) ? next("pwrite", true) : AS_EVER; \
    if (outcome == FAILS) return -1;                                     \
    if (outcome == AS_EVER) return REAL(name)(file, bytes, count, place); \
    ssize_t written = REAL(name)(file, bytes, (count + 1) / 2, place);   \
    if (outcome == HALF_AND_DIE) die();                                  \
    return written;                                                      \
  }
PWRITE(pwrite)
PWRITE(pwrite64)

int fsync(int file) {
  if (is_watched(file) && next("fsync", false) == FAILS) return -1;
  return REAL(fsync)(file);
}

int ftruncate(int file, off_t count) {
  if (is_watched(file) && next("ftruncate", false) == FAILS) return -1;
  return REAL(ftruncate)(file, count);
}

int close(int file) {
  bool fails = is_watched(file) && next("close", false) == FAILS;
  if (file >= 0 && file < 4096) watched[file] = false;
  int code = errno, result = REAL(close)(file);
  if (!fails) return result;
  errno = code;
  return -1;
}

int rename(const char *from, const char *to) {
  if (concerns(from) && next("rename", false) == FAILS) return -1;
  return REAL(rename)(from, to);
}

int unlink(const char *path) {
  if (concerns(path) && next("unlink", false) == FAILS) return -1;
  return REAL(unlink)(path);
}

// A folder that is read: its stream is watched by its descriptor.
DIR *opendir(const char *path) {
  if (concerns(path) && next("opendir", false) == FAILS) return NULL;
  DIR *folder = REAL(opendir)(path);
  if (folder) watch(dirfd(folder), path);
  return folder;
}

#define READDIR(name, type)                                                   \
  type *name(DIR *folder) {                                                   \
    if (is_watched(dirfd(folder)) && next("readdir", false) == FAILS) return NULL; \
    return REAL(name)(folder);                                                \
  }
READDIR(readdir, struct dirent)
READDIR(readdir64, struct dirent64)

int closedir(DIR *folder) {
  if (is_watched(dirfd(folder))) next("closedir", false);
  watched[dirfd(folder)] = false;
  return REAL(closedir)(folder);
}
