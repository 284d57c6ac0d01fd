// Memory blocks and strings (chapter 13). The Makefile keeps GCC from recognising these loops: it
// would turn memcpy's into a call of memcpy.
#include <errno.h>
#include <stdint.h>
#include <string.h>

void* memcpy(void* to, const void* from, size_t count) {
    unsigned char* target = (unsigned char*)to;
    const unsigned char* source = (const unsigned char*)from;
    for (size_t i = 0; i < count; ++i) {
        target[i] = source[i];
    }
    return to;
}

void* memmove(void* to, const void* from, size_t count) {
    unsigned char* target = (unsigned char*)to;
    const unsigned char* source = (const unsigned char*)from;
    if (target <= source) {
        return memcpy(to, from, count); // each byte is read before a later step writes to its place
    }
    for (size_t i = count; i > 0; --i) {
        target[i - 1] = source[i - 1];
    }
    return to;
}

void* memset(void* to, int value, size_t count) {
    unsigned char* target = (unsigned char*)to;
    for (size_t i = 0; i < count; ++i) {
        target[i] = (unsigned char)value;
    }
    return to;
}

int memcmp(const void* left, const void* right, size_t count) {
    const unsigned char* a = (const unsigned char*)left;
    const unsigned char* b = (const unsigned char*)right;
    for (size_t i = 0; i < count; ++i) {
        if (a[i] != b[i]) {
            return a[i] - b[i];
        }
    }
    return 0;
}

void* memchr(const void* block, int value, size_t count) {
    unsigned char* bytes = (unsigned char*)(uintptr_t)block;
    for (size_t i = 0; i < count; ++i) {
        if (bytes[i] == (unsigned char)value) {
            return bytes + i;
        }
    }
    return NULL;
}

size_t strlen(const char* text) {
    size_t length = 0;
    while (text[length] != '\0') {
        ++length;
    }
    return length;
}

size_t strnlen(const char* text, size_t limit) {
    size_t length = 0;
    while (length < limit && text[length] != '\0') {
        ++length;
    }
    return length;
}

int strcmp(const char* left, const char* right) {
    size_t i = 0;
    while (left[i] == right[i] && left[i] != '\0') {
        ++i;
    }
    return (unsigned char)left[i] - (unsigned char)right[i];
}

int strncmp(const char* left, const char* right, size_t limit) {
    for (size_t i = 0; i < limit; ++i) {
        const unsigned char a = (unsigned char)left[i];
        const unsigned char b = (unsigned char)right[i];
        if (a != b || a == '\0') {
            return a - b;
        }
    }
    return 0;
}

char* strcpy(char* to, const char* from) {
    return (char*)memcpy(to, from, strlen(from) + 1);
}

char* strncpy(char* to, const char* from, size_t count) {
    const size_t length = strnlen(from, count);
    memcpy(to, from, length);
    memset(to + length, 0, count - length); // no NUL at all if `from` is as long as count
    return to;
}

char* strcat(char* to, const char* from) {
    strcpy(to + strlen(to), from);
    return to;
}

char* strncat(char* to, const char* from, size_t limit) {
    char* end = to + strlen(to);
    const size_t length = strnlen(from, limit);
    memcpy(end, from, length);
    end[length] = '\0';
    return to;
}

// The casts through uintptr_t take the const off: C's search functions promise not to write, and
// hand back a pointer that its owner may write through.

char* strchr(const char* text, int character) {
    return (char*)memchr(text, character, strlen(text) + 1);
}

char* strrchr(const char* text, int character) {
    for (size_t i = strlen(text) + 1; i > 0; --i) {
        if (text[i - 1] == (char)character) {
            return (char*)(uintptr_t)(text + i - 1);
        }
    }
    return NULL;
}

char* strstr(const char* text, const char* wanted) {
    const size_t length = strlen(wanted);
    for (;; ++text) {
        if (strncmp(text, wanted, length) == 0) {
            return (char*)(uintptr_t)text;
        }
        if (*text == '\0') {
            return NULL;
        }
    }
}

size_t strspn(const char* text, const char* accepted) {
    size_t length = 0;
    while (text[length] != '\0' && strchr(accepted, text[length]) != NULL) {
        ++length;
    }
    return length;
}

size_t strcspn(const char* text, const char* refused) {
    size_t length = 0;
    while (text[length] != '\0' && strchr(refused, text[length]) == NULL) {
        ++length;
    }
    return length;
}

const char* strerror(int error) {
    switch (error) {
    case 0:
        return "no error";
    case EPERM:
        return "operation not permitted";
    case ENOENT:
        return "no such file or directory";
    case ESRCH:
        return "no such process";
    case EINTR:
        return "interrupted system call";
    case EIO:
        return "input or output error";
    case ENXIO:
        return "no such device or address";
    case E2BIG:
        return "argument list too long";
    case ENOEXEC:
        return "not an executable program";
    case EBADF:
        return "bad file descriptor";
    case ECHILD:
        return "no child process";
    case EAGAIN:
        return "try again";
    case ENOMEM:
        return "out of memory";
    case EACCES:
        return "permission denied";
    case EFAULT:
        return "bad address";
    case EBUSY:
        return "device or resource busy";
    case EEXIST:
        return "file exists";
    case EXDEV:
        return "invalid cross-device link";
    case ENODEV:
        return "no such device";
    case ENOTDIR:
        return "not a directory";
    case EISDIR:
        return "is a directory";
    case EINVAL:
        return "invalid argument";
    case EMFILE:
        return "too many open files";
    case ENOTTY:
        return "not a terminal";
    case ETXTBSY:
        return "a program that runs, or is written to";
    case EFBIG:
        return "file too large";
    case ENOSPC:
        return "no space left";
    case ESPIPE:
        return "illegal seek";
    case EPIPE:
        return "broken pipe";
    case ERANGE:
        return "number out of range";
    case ENAMETOOLONG:
        return "file name too long";
    case ENOSYS:
        return "no such system call";
    case ENOTEMPTY:
        return "directory not empty";
    case ELOOP:
        return "too many levels of symbolic links";
    case EOVERFLOW:
        return "value too large";
    case ETIMEDOUT:
        return "the time is over";
    default:
        return "unknown error";
    }
}
