/* A disk that fails as it is told, for tests: loaded before libc (LD_PRELOAD).
 *
 * It sees what is written to the files in DISK_FOLDER, and remembers what stood there before for as long as no
 * fsync made it last. The file DISK_ORDER says what shall go wrong, in one line: "CALL FAULT AFTER TIMES SEED END"
 *
 *   CALL   sync or write: the calls that are meant
 *   FAULT  EIO, ENOSPC, SHORT (half is written, then ENOSPC), or CUT: the power goes, the process with it
 *   AFTER  how many such calls are let through first
 *   TIMES  how often it happens; -1 until the file goes away
 *   SEED   0: what no fsync made last is lost whole; else page by page, by chance
 *   END    how the file's name ends; "." for any
 *
 * A failed fsync loses what it should have kept, as Linux may do. Each fault adds a line to DISK_DONE. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PATH = 512, PAGE = 4096 };

/* What a write replaced, newest first. */
struct change {
    struct change *before;
    char path[PATH];
    off_t at, size; /* of the file, before */
    size_t length;
    char old[];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct change *changes;
static struct { int loaded; char call[8], fault[8], end[32]; long after, times; unsigned long seed; } order;

static int is_ours(int fd, char *path) {
    const char *folder = getenv("DISK_FOLDER");
    char link[40];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = folder ? readlink(link, path, PATH - 1) : 0;
    path[length > 0 ? length : 0] = 0;
    size_t folders = folder ? strlen(folder) : 0;
    return length > 0 && strncmp(path, folder, folders) == 0 && path[folders] == '/';
}

static int ends(const char *path, const char *end) {
    size_t long_ = strlen(path), short_ = strlen(end);
    return strcmp(end, ".") == 0 || (long_ >= short_ && strcmp(path + long_ - short_, end) == 0);
}

/* The fault that this call meets, or nothing. */
static const char *fault(const char *call, const char *path) {
    char line[128] = "";
    int fd = open(getenv("DISK_ORDER"), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        order.loaded = 0;
        return "";
    }
    if (!order.loaded && read(fd, line, sizeof line - 1) > 0)
        order.loaded = sscanf(line, "%7s %7s %ld %ld %lu %31s", order.call, order.fault, &order.after, &order.times,
                              &order.seed, order.end) == 6;
    close(fd);
    if (!order.loaded || strcmp(call, order.call) != 0 || !ends(path, order.end) || order.times == 0)
        return "";
    if (order.after-- > 0)
        return "";
    order.times -= order.times > 0;
    fd = open(getenv("DISK_DONE"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    int length = snprintf(line, sizeof line, "%s %s %.80s\n", call, order.fault, strrchr(path, '/') + 1);
    if (syscall(SYS_write, fd, line, (size_t)length) != length)
        abort();
    close(fd);
    return order.fault;
}

/* Whether the disk lost this page. */
static int lost(const char *path, off_t at, unsigned long seed) {
    unsigned long hash = seed + (unsigned long)(at / PAGE) * 0x9e3779b97f4a7c15UL;
    while (*path)
        hash = (hash ^ (unsigned char)*path++) * 0x100000001b3UL;
    return seed == 0 || (hash >> 33) & 1;
}

/* Puts back what stood there before the last fsync: in one file, or in all. */
static void undo(const char *path, unsigned long seed) {
    for (struct change *change = changes; change; change = change->before) {
        int fd = !path || strcmp(path, change->path) == 0 ? open(change->path, O_RDWR | O_CLOEXEC) : -1;
        if (fd < 0)
            continue;
        size_t part;
        for (size_t done = 0; done < change->length; done += part) {
            off_t at = change->at + (off_t)done;
            part = PAGE - (size_t)(at % PAGE);
            if (part > change->length - done)
                part = change->length - done;
            if (lost(change->path, at, seed) && syscall(SYS_pwrite64, fd, change->old + done, part, at) < 0)
                abort();
        }
        if (seed == 0 && ftruncate(fd, change->size) != 0)
            abort();
        close(fd);
    }
}

/* What was written to this file lasts now, or is lost for good. */
static void forget(const char *path) {
    for (struct change **link = &changes; *link;) {
        struct change *change = *link;
        if (strcmp(path, change->path) == 0) {
            *link = change->before;
            free(change);
        } else {
            link = &change->before;
        }
    }
}

static void remember(int fd, const char *path, off_t at, size_t length) {
    struct change *change = calloc(1, sizeof *change + length);
    struct stat now;
    if (!change || fstat(fd, &now) != 0 || syscall(SYS_pread64, fd, change->old, length, at) < 0)
        abort();
    strcpy(change->path, path);
    change->at = at;
    change->size = now.st_size;
    change->length = length;
    change->before = changes;
    changes = change;
}

static void cut(void) {
    undo(NULL, order.seed);
    kill(getpid(), SIGKILL);
    for (;;)
        pause();
}

static long put(int fd, const void *bytes, size_t length, off_t at, int moves) {
    char path[PATH];
    if (!is_ours(fd, path) || ends(path, "-shm") || ends(path, "/lock"))
        return moves ? syscall(SYS_write, fd, bytes, length) : syscall(SYS_pwrite64, fd, bytes, length, at);
    pthread_mutex_lock(&lock);
    const char *met = fault("write", path);
    long done = -1;
    if (strcmp(met, "EIO") == 0) {
        errno = EIO;
    } else if (strcmp(met, "ENOSPC") == 0 || (*met && length < 2)) {
        errno = ENOSPC;
    } else {
        if (*met)
            length /= 2;
        off_t place = moves ? lseek(fd, 0, SEEK_CUR) : at;
        remember(fd, path, place, length);
        done = moves ? syscall(SYS_write, fd, bytes, length) : syscall(SYS_pwrite64, fd, bytes, length, at);
        if (strcmp(met, "CUT") == 0)
            cut();
        if (strcmp(met, "SHORT") == 0)
            strcpy(order.fault, "ENOSPC");
    }
    int error = errno;
    pthread_mutex_unlock(&lock);
    errno = error;
    return done;
}

static int sync_(int fd, long call) {
    char path[PATH];
    if (!is_ours(fd, path))
        return (int)syscall(call, fd);
    pthread_mutex_lock(&lock);
    const char *met = fault("sync", path);
    if (strcmp(met, "CUT") == 0)
        cut();
    long done = *met ? -1 : syscall(call, fd);
    if (*met)
        undo(path, 0);
    forget(path);
    pthread_mutex_unlock(&lock);
    if (*met)
        errno = EIO;
    return (int)done;
}

ssize_t write(int fd, const void *bytes, size_t length) { return put(fd, bytes, length, 0, 1); }
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) { return put(fd, bytes, length, at, 0); }
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at) { return put(fd, bytes, length, at, 0); }
int fsync(int fd) { return sync_(fd, SYS_fsync); }
int fdatasync(int fd) { return sync_(fd, SYS_fdatasync); }
