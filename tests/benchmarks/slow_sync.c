/* Makes each fsync and fdatasync take SYNC_MICROSECONDS in all, so that a measurement on any disk, or on none
 * (tmpfs), stands for a disk whose syncs take that long. Loaded with LD_PRELOAD. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static long asked_nanoseconds(void)
{
    static long asked = -1;
    if (asked < 0) {
        const char *text = getenv("SYNC_MICROSECONDS");
        asked = text ? atol(text) * 1000 : 0;
    }
    return asked;
}

static int slowly(const char *name, int file)
{
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    struct timespec end;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_nsec += asked_nanoseconds();
    end.tv_sec += end.tv_nsec / 1000000000;
    end.tv_nsec %= 1000000000;
    int result = real(file);
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL);
    return result;
}

int fsync(int file) { return slowly("fsync", file); }

int fdatasync(int file) { return slowly("fdatasync", file); }
