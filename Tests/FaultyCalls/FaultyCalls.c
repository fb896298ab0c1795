// A disk that fails on demand. Loaded with LD_PRELOAD, it counts the calls of the system that
// concern paths with FAULT_PATH in them, and lets call number FAULT_CALL (from 1; 0 = all of those
// that write; or all of some names, "flock,fsync-folder") come out as FAULT_KIND says:
//
//   kill    the process is killed before the call
//   torn    the process is killed after half of a write; other calls as kill
//   short   half of a write is written; other calls are as ever
//   terminate   the process gets SIGTERM before the call, which is as ever
//   ENOSPC, EIO, EDQUOT, EINTR, ENOSYS, ENOLCK, ENOTSUPP   the call fails with this error
//   none    as ever: calls are counted only
//
// Of several calls those from number FAULT_FIRST to number FAULT_LAST do, counted from 1. With
// FAULT_RANK only that rank of a job has such a disk. FAULT_LOG gets the name of each call, a line
// each.
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *path_part, *kind, *names;
static int wanted, calls, matches, first, last, log_file = -1;
static bool watched[4096];

__attribute__((constructor)) static void start(void) {
  const char *rank = getenv("FAULT_RANK"), *own = getenv("OMPI_COMM_WORLD_RANK");
  if (rank && strcmp(rank, own ? own : "0") != 0) return;
  path_part = getenv("FAULT_PATH");
  kind = getenv("FAULT_KIND");
  const char *call = getenv("FAULT_CALL");
  wanted = call ? atoi(call) : -1;
  names = call && (*call < '0' || *call > '9') ? call : NULL;
  first = getenv("FAULT_FIRST") ? atoi(getenv("FAULT_FIRST")) : 1;
  last = getenv("FAULT_LAST") ? atoi(getenv("FAULT_LAST")) : INT_MAX;
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

// Whether FAULT_CALL has the name.
static bool is_named(const char *name) {
  size_t length = strlen(name);
  for (const char *place = names; (place = strstr(place, name)) != NULL; place += length) {
    bool begins = place == names || place[-1] == ',';
    if (begins && (place[length] == ',' || place[length] == '\0')) return true;
  }
  return false;
}

enum outcome { AS_EVER, FAILS, HALF, HALF_AND_DIE };

// What is to become of a call that concerns the path. `writes`: it writes bytes.
static enum outcome next(const char *name, bool writes) {
  calls++;
  if (log_file >= 0) {
    syscall(SYS_write, log_file, name, strlen(name));
    syscall(SYS_write, log_file, "\n", 1);
  }
  bool is_meant = names ? is_named(name) : wanted == 0 ? writes : calls == wanted;
  if (!kind || !is_meant || ++matches < first || matches > last) return AS_EVER;
  if (strcmp(kind, "torn") == 0 && writes) return HALF_AND_DIE;
  if (strcmp(kind, "kill") == 0 || strcmp(kind, "torn") == 0) die();
  if (strcmp(kind, "terminate") == 0) syscall(SYS_kill, getpid(), SIGTERM);
  if (strcmp(kind, "short") == 0) return writes ? HALF : AS_EVER;
  static const struct { const char *name; int code; } errors[] = {
      {"ENOSPC", ENOSPC}, {"EIO", EIO}, {"EDQUOT", EDQUOT}, {"EINTR", EINTR}, {"ENOSYS", ENOSYS},
      {"ENOLCK", ENOLCK}, {"ENOTSUPP", 524}};
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
  struct stat status;
  bool is_folder = fstat(file, &status) == 0 && S_ISDIR(status.st_mode);
  if (is_watched(file) && next(is_folder ? "fsync-folder" : "fsync", false) == FAILS) return -1;
  return REAL(fsync)(file);
}

int flock(int file, int operation) {
  if (is_watched(file) && next("flock", false) == FAILS) return -1;
  return REAL(flock)(file, operation);
}

#define FALLOCATE(name)                                                             \
  int name(int file, off_t place, off_t count) {                                    \
    if (is_watched(file) && next("posix_fallocate", false) == FAILS) return errno;  \
    return REAL(name)(file, place, count);                                          \
  }
FALLOCATE(posix_fallocate)
FALLOCATE(posix_fallocate64)

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
