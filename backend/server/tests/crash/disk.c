/* A disk that fails as it is told, for tests: loaded before libc (LD_PRELOAD).
 *
 * It sees what is written to the files in DISK_FOLDER, and remembers what stood there before for as long as no
 * fsync made it last. The file DISK_ORDER says what shall go wrong, in one line: "NUMBER CALL FAULT AFTER TIMES SEED END"
 *
 *   NUMBER another one for each order
 *   CALL   sync, write or read: the calls that are meant; an fsync that has nothing to do is none
 *   FAULT  EIO (of a sync: what it should have kept is gone), HIDE (EIO of a sync: it can still be read), ENOSPC,
 *          STALE (ESTALE of a read: SQLite takes an EIO of a read for a damaged file),
 *          SHORT (half is written, then ENOSPC), or CUT: the power goes, the process and the order with it
 *   AFTER  how many such calls are let through first
 *   TIMES  how often it happens; -1 until the file goes away
 *   SEED   0: what no fsync made last is lost whole; else page by page, by chance
 *   END    how the file's name ends; "." for any
 *
 * After a failed fsync Linux may drop what it should have kept, or go on to show it and never write it, also to
 * the next process; no later fsync says so. DISK_DOUBT keeps what is only shown: until it is written again, no
 * fsync makes it last. Each fault adds a line to DISK_DONE. */
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
    long doubt; /* bytes of it that no fsync makes last before they are written again */
    char old[];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct change *changes;
static struct { char line[128], call[8], fault[8], end[32]; long after, times; unsigned long seed; } order;

static void append(const char *file, const char *line) {
    int fd = open(getenv(file), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (syscall(SYS_write, fd, line, strlen(line)) < 0)
        abort();
    close(fd);
}

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
    ssize_t length = fd < 0 ? 0 : syscall(SYS_read, fd, line, sizeof line - 1);
    if (fd >= 0)
        close(fd);
    if (length <= 0)
        return "";
    if (strcmp(line, order.line) != 0) {
        strcpy(order.line, line);
        if (sscanf(line, "%*s %7s %7s %ld %ld %lu %31s", order.call, order.fault, &order.after, &order.times,
                   &order.seed, order.end) != 6)
            abort();
    }
    if (strcmp(call, order.call) != 0 || !ends(path, order.end) || order.times == 0)
        return "";
    if (order.after-- > 0)
        return "";
    order.times -= order.times > 0;
    snprintf(line, sizeof line, "%s %s %.80s\n", call, order.fault, strrchr(path, '/') + 1);
    append("DISK_DONE", line);
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

/* Whether an fsync of this file has anything to do. */
static int is_changed(const char *path) {
    struct change *change = changes;
    while (change && strcmp(path, change->path) != 0)
        change = change->before;
    return change != NULL;
}

/* What was written to this file lasts now, or is lost for good. */
static void forget(const char *path) {
    for (struct change **link = &changes; *link;) {
        struct change *change = *link;
        if (strcmp(path, change->path) == 0 && change->doubt <= 0) {
            *link = change->before;
            free(change);
        } else {
            link = &change->before;
        }
    }
}

static struct change *add(const char *path, off_t at, size_t length, off_t size) {
    struct change *change = calloc(1, sizeof *change + length);
    if (!change)
        abort();
    strcpy(change->path, path);
    change->at = at;
    change->size = size;
    change->length = length;
    change->before = changes;
    return changes = change;
}

static void remember(int fd, const char *path, off_t at, size_t length) {
    struct stat now;
    for (struct change *change = changes; change; change = change->before) {
        off_t end = change->at + (off_t)change->length, ours = at + (off_t)length;
        off_t overlap = (end < ours ? end : ours) - (change->at > at ? change->at : at);
        if (change->doubt > 0 && overlap > 0 && strcmp(path, change->path) == 0)
            change->doubt -= overlap;
    }
    if (fstat(fd, &now) != 0 || syscall(SYS_pread64, fd, add(path, at, length, now.st_size)->old, length, at) < 0)
        abort();
}

/* What was written to this file since the last fsync can be read, and will never last. */
static void doubt(const char *path) {
    char line[PATH + 64];
    for (struct change *change = changes; change; change = change->before) {
        if (strcmp(path, change->path) == 0 && change->doubt <= 0) {
            change->doubt = (long)change->length;
            snprintf(line, sizeof line, "%lld %zu %s\n", (long long)change->at, change->length, path);
            append("DISK_DOUBT", line);
        }
    }
}

/* What an earlier process left in doubt. */
__attribute__((constructor)) static void begin(void) {
    FILE *file = getenv("DISK_DOUBT") ? fopen(getenv("DISK_DOUBT"), "re") : NULL;
    char path[PATH];
    long long at;
    size_t length;
    struct stat now;
    while (file && fscanf(file, "%lld %zu %511[^\n]", &at, &length, path) == 3)
        if (stat(path, &now) == 0)
            add(path, at, length, now.st_size)->doubt = (long)length;
    if (file)
        fclose(file);
}

/* The process dies first, so that no thread of it reads what is put back; then the order goes away. */
static void cut(void) {
    pid_t process = getpid();
    if (fork() == 0) {
        for (int fd = 3; fd < 1024; fd++)
            close(fd);
        kill(process, SIGKILL);
        while (getppid() == process)
            usleep(200);
        undo(NULL, order.seed);
        unlink(getenv("DISK_ORDER"));
        _exit(0);
    }
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

static long get(int fd, void *bytes, size_t length, off_t at, int moves) {
    char path[PATH];
    if (is_ours(fd, path) && !ends(path, "-shm") && !ends(path, "/lock")) {
        pthread_mutex_lock(&lock);
        const char *met = fault("read", path);
        pthread_mutex_unlock(&lock);
        if (*met) {
            errno = strcmp(met, "STALE") == 0 ? ESTALE : EIO;
            return -1;
        }
    }
    return moves ? syscall(SYS_read, fd, bytes, length) : syscall(SYS_pread64, fd, bytes, length, at);
}

static int sync_(int fd, long call) {
    char path[PATH];
    if (!is_ours(fd, path))
        return (int)syscall(call, fd);
    pthread_mutex_lock(&lock);
    const char *met = is_changed(path) ? fault("sync", path) : "";
    if (strcmp(met, "CUT") == 0)
        cut();
    long done = *met ? -1 : syscall(call, fd);
    if (strcmp(met, "HIDE") == 0)
        doubt(path);
    else if (*met)
        undo(path, 0);
    forget(path);
    pthread_mutex_unlock(&lock);
    if (*met)
        errno = EIO;
    return (int)done;
}

ssize_t read(int fd, void *bytes, size_t length) { return get(fd, bytes, length, 0, 1); }
ssize_t pread(int fd, void *bytes, size_t length, off_t at) { return get(fd, bytes, length, at, 0); }
ssize_t pread64(int fd, void *bytes, size_t length, off64_t at) { return get(fd, bytes, length, at, 0); }
ssize_t write(int fd, const void *bytes, size_t length) { return put(fd, bytes, length, 0, 1); }
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) { return put(fd, bytes, length, at, 0); }
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at) { return put(fd, bytes, length, at, 0); }
int fsync(int fd) { return sync_(fd, SYS_fsync); }
int fdatasync(int fd) { return sync_(fd, SYS_fdatasync); }
