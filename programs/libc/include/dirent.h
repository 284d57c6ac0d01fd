// Listing directories (chapter 15).
#pragma once

#include <abi/files.h>

#ifdef __cplusplus
extern "C" {
#endif

struct dirent {
    unsigned d_ino;
    unsigned char d_type; // DT_DIR and so on (abi/files.h)
    char d_name[NAME_MAX + 1];
};

typedef struct DIR DIR;

/// NULL and errno if it can't be opened, or there is no memory.
DIR* opendir(const char* path);
/// The next entry, valid until the next call; NULL at the end.
struct dirent* readdir(DIR* directory);
int closedir(DIR* directory);

#ifdef __cplusplus
}
#endif
