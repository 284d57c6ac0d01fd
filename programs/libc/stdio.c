// Streams: printf and its kin to a descriptor, lines from one (chapter 13).
#include "format.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct stream {
    int descriptor;
    char input[512]; // read but not yet handed out: from next up to end
    size_t next;
    size_t end;
};

static FILE input_stream = {.descriptor = STDIN_FILENO};
static FILE output_stream = {.descriptor = STDOUT_FILENO};
static FILE error_stream = {.descriptor = STDERR_FILENO};
FILE* const stdin = &input_stream;
FILE* const stdout = &output_stream;
FILE* const stderr = &error_stream;

/// Writes all of it, in several calls if the kernel takes less at once. False with errno set if
/// that failed.
static bool write_all(int descriptor, const char* text, size_t count) {
    while (count > 0) {
        const ssize_t written = write(descriptor, text, count);
        if (written < 0) {
            return false;
        }
        text += written;
        count -= (size_t)written;
    }
    return true;
}

static bool flush_to_descriptor(struct sink* sink) {
    const size_t used = sink->used;
    sink->used = 0;
    return write_all(sink->descriptor, sink->buffer, used);
}

int vfprintf(FILE* stream, const char* format, va_list arguments) {
    char buffer[256];
    struct sink sink = {.buffer = buffer,
                        .size = sizeof buffer,
                        .flush = flush_to_descriptor,
                        .descriptor = stream->descriptor};
    const int length = format_into(&sink, format, arguments);
    return flush_to_descriptor(&sink) ? length : -1;
}

int fprintf(FILE* stream, const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const int length = vfprintf(stream, format, arguments);
    va_end(arguments);
    return length;
}

int printf(const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const int length = vfprintf(stdout, format, arguments);
    va_end(arguments);
    return length;
}

int fputs(const char* text, FILE* stream) {
    return write_all(stream->descriptor, text, strlen(text)) ? 0 : EOF;
}

int puts(const char* text) {
    return printf("%s\n", text) < 0 ? EOF : 0;
}

int putchar(int character) {
    const char byte = (char)character;
    return write_all(STDOUT_FILENO, &byte, 1) ? (unsigned char)byte : EOF;
}

int fgetc(FILE* stream) {
    if (stream->next == stream->end) {
        const ssize_t count = read(stream->descriptor, stream->input, sizeof stream->input);
        if (count <= 0) {
            return EOF;
        }
        stream->next = 0;
        stream->end = (size_t)count;
    }
    return (unsigned char)stream->input[stream->next++];
}

int getchar(void) {
    return fgetc(stdin);
}

char* fgets(char* buffer, int size, FILE* stream) {
    int length = 0;
    while (length < size - 1) {
        const int character = fgetc(stream);
        if (character == EOF) {
            break;
        }
        buffer[length++] = (char)character;
        if (character == '\n') {
            break;
        }
    }
    if (length == 0 && size != 1) {
        return NULL;
    }
    buffer[length] = '\0';
    return buffer;
}

FILE* fopen(const char* path, const char* mode) {
    const int flags = mode[0] == 'r'   ? O_RDONLY
                      : mode[0] == 'a' ? O_WRONLY | O_CREAT | O_APPEND
                                       : O_WRONLY | O_CREAT | O_TRUNC;
    const int descriptor = open(path, flags | O_CLOEXEC, 0666);
    FILE* stream = descriptor < 0 ? NULL : calloc(1, sizeof(*stream));
    if (stream != NULL) {
        stream->descriptor = descriptor;
    } else if (descriptor >= 0) {
        close(descriptor);
    }
    return stream;
}

int fclose(FILE* stream) {
    const int result = close(stream->descriptor);
    if (stream != stdin && stream != stdout && stream != stderr) {
        free(stream);
    }
    return result;
}

int fileno(FILE* stream) {
    return stream->descriptor;
}

ssize_t getline(char** line, size_t* capacity, FILE* stream) {
    size_t length = 0;
    int character;
    if (*line == NULL) {
        *capacity = 0; // POSIX: whatever it was
    }
    while ((length == 0 || (*line)[length - 1] != '\n') && (character = fgetc(stream)) != EOF) {
        if (length + 2 > *capacity) {
            char* larger = realloc(*line, 2 * *capacity + 128);
            if (larger == NULL) {
                return -1;
            }
            *line = larger;
            *capacity = 2 * *capacity + 128;
        }
        (*line)[length++] = (char)character;
    }
    if (length == 0) {
        return -1;
    }
    (*line)[length] = '\0';
    return (ssize_t)length;
}

void perror(const char* text) {
    const bool has_text = text != NULL && *text != '\0';
    fprintf(stderr, "%s%s%s\n", has_text ? text : "", has_text ? ": " : "", strerror(errno));
}
