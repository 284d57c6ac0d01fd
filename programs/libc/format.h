// Where formatted text goes; shared by format.c and stdio.c (chapter 13).
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/// Characters gather in `buffer`. When it is full, `flush` empties it (sets used to 0) and says
/// whether that worked; without a flush function, what does not fit is counted and dropped.
struct sink {
    char* buffer;
    size_t size;
    size_t used;
    bool (*flush)(struct sink* sink);
    int descriptor; // for flush
};

/// Formats into the sink, without a NUL and without a last flush. The value is the length of the
/// whole text, or -1 with errno set if a flush failed or the length does not fit into an int.
__attribute__((format(printf, 2, 0))) int format_into(struct sink* sink, const char* format,
                                                      va_list arguments);
