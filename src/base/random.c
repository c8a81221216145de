/* Random bytes, and UUIDs made of them. */
#include <base.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/random.h>
#include <sys/syscall.h>
#include <unistd.h>

/* For kernels older than 3.17, which have no getrandom. */
static bool read_device(void *out, size_t len)
{
    int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool is_full = read(fd, out, len) == (ssize_t)len;
    close(fd);
    return is_full;
}

/* By system call: glibc has no function for it before 2.25. */
bool random_bytes(void *out, size_t len, bool waits)
{
    if (syscall(SYS_getrandom, out, len, waits ? 0 : GRND_NONBLOCK) == (long)len)
        return true;
    return errno == ENOSYS && read_device(out, len);
}

void uuid_make(char out[static UUID_TEXT])
{
    unsigned char bits[16];
    if (!random_bytes(bits, sizeof bits, false))
        for (size_t i = 0; i < sizeof bits; i++)
            bits[i] = (unsigned char)(hash_mix(clock_ns(), i) >> 24);
    bits[6] = (unsigned char)((bits[6] & 0x0F) | 0x40);
    bits[8] = (unsigned char)((bits[8] & 0x3F) | 0x80);
    for (size_t i = 0, at = 0; i < sizeof bits; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            out[at++] = '-';
        hex_write(&bits[i], 1, out + at);
        at += 2;
    }
    out[UUID_TEXT - 1] = '\0';
}
