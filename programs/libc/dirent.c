// Listing directories (chapter 15).
#include <dirent.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct DIR {
    int descriptor;
    int size; // bytes in the buffer, and how many of them have been told
    int told;
    struct dirent entry;
    char buffer[2048] __attribute__((aligned(8)));
};

DIR* opendir(const char* path) {
    const int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) {
        return NULL;
    }
    DIR* directory = malloc(sizeof(*directory));
    if (directory == NULL) {
        close(descriptor);
        return NULL;
    }
    directory->descriptor = descriptor;
    directory->size = directory->told = 0;
    return directory;
}

struct dirent* readdir(DIR* directory) {
    if (directory->told == directory->size) {
        directory->told = 0;
        directory->size = getdents64(directory->descriptor, directory->buffer, sizeof(directory->buffer));
        if (directory->size <= 0) {
            directory->size = 0;
            return NULL;
        }
    }
    const struct linux_dirent64* entry = (const void*)(directory->buffer + directory->told);
    directory->told += entry->d_reclen;
    directory->entry.d_ino = entry->d_ino_low;
    directory->entry.d_type = entry->d_type;
    strcpy(directory->entry.d_name, entry->d_name);
    return &directory->entry;
}

int closedir(DIR* directory) {
    const int result = close(directory->descriptor);
    free(directory);
    return result;
}
