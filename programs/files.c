// Lists every file there is, prints /etc/motd, shows what a wrong path gives, and what descriptors share (chapter 15).
// Ends: exited with status 0
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[PATH_MAX];

/// Lists the directory whose name is in `path`, and what lies below, each level two columns further to the right.
static void list(int level) {
    DIR* directory = opendir(path);
    if (directory == NULL) {
        printf("%s: errno %d\n", path, errno);
        return;
    }
    const size_t length = strlen(path);
    struct dirent* entry;
    while ((entry = readdir(directory)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            length + 1 + strlen(entry->d_name) >= sizeof(path)) {
            continue;
        }
        snprintf(path + length, sizeof(path) - length, "%s%s", length > 1 ? "/" : "", entry->d_name);
        struct stat64 status;
        if (lstat64(path, &status) == 0) {
            printf("%*s%-*s %7u bytes%s\n", 2 * level, "", 24 - 2 * level, entry->d_name, status.st_size_low,
                   S_ISDIR(status.st_mode)   ? ", a directory"
                   : S_ISCHR(status.st_mode) ? ", a device"
                   : S_ISLNK(status.st_mode) ? ", a link"
                                             : "");
        }
        if (entry->d_type == DT_DIR) {
            list(level + 1);
        }
        path[length] = '\0';
    }
    closedir(directory);
}

static void try_to_open(const char* name) {
    const int descriptor = open(name, O_RDONLY);
    printf("open %s: %s\n", name,
           descriptor >= 0    ? "works"
           : errno == ENOENT  ? "ENOENT, no such file or directory"
           : errno == ENOTDIR ? "ENOTDIR, not a directory"
                              : "another error");
    close(descriptor);
}

/// Reads seven bytes, from wherever the open file's place is.
static void read_seven(int descriptor, const char* how) {
    char text[8] = "";
    read(descriptor, text, 7);
    printf("%d, %s: \"%s\"\n", descriptor, how, text);
}

int main(void) {
    strcpy(path, "/");
    list(0);

    char text[100];
    const int motd = open("/etc/motd", O_RDONLY);
    const ssize_t size = motd < 0 ? 0 : read(motd, text, sizeof(text));
    write(STDOUT_FILENO, text, (size_t)size);
    close(motd);

    try_to_open("/dev/null");
    try_to_open("/etc/nothing");
    try_to_open("/dev/null/below");

    const int first = open("/etc/motd", O_RDONLY);
    const int copy = dup(first);
    const int second = open("/etc/motd", O_RDONLY);
    read_seven(first, "opened");
    read_seven(copy, "its duplicate");
    read_seven(second, "opened again");

    const int kept = open("/note", O_RDWR | O_CREAT, 0644);
    write(kept, "Kept.", 5);
    unlink("/note");
    try_to_open("/note");
    lseek(kept, 0, SEEK_SET);
    read_seven(kept, "has no name");
    return 0;
}
