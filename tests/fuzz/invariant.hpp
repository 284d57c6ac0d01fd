// What every fuzz target uses: a check that aborts, so that libFuzzer and the replay both notice.
#pragma once

#include <cstdio>
#include <cstdlib>

/// Ends the run unless `condition` holds. `sentence` says what must hold.
#define INVARIANT(condition, sentence)                                                                                 \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            std::fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, sentence);                                 \
            std::abort();                                                                                              \
        }                                                                                                              \
    } while (false)
