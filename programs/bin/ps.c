// Lists the processes: number, parent, state (R runs, S sleeps, T stopped, Z has ended), seconds of the processor's time, KiB of
// memory, and the command. Ends: exited with status 0
#include "tool.h"

#include <ctype.h>
#include <dirent.h>

/// Reads the file of a process into `text`, with a NUL at the end; -1 if there is no such process any more.
static ssize_t read_file(const char* id, const char* name, char* text, size_t size) {
    snprintf(text, size, "/proc/%s/%s", id, name);
    const int file = open(text, O_RDONLY);
    const ssize_t count = read(file, text, size - 1);
    close(file);
    text[count > 0 ? count : 0] = '\0';
    return count;
}

static void show(const char* id) {
    char stat[512];
    char command[81];
    const char* end = read_file(id, "stat", stat, sizeof(stat)) < 0 ? NULL : strrchr(stat, ')');
    if (end == NULL) {
        return; // it has ended since the directory was read
    }
    const char* place = end + 2; // the third field: what comes before may have blanks in it
    const char state = *place;
    const long parent = strtol(place + 1, NULL, 10);
    unsigned long fields[24] = {0}; // by their numbers in proc(5), less 1
    for (int i = 2; i < 24 && place != NULL; ++i) {
        fields[i] = strtoul(place, NULL, 10);
        place = strchr(place, ' ');
        place = place == NULL ? NULL : place + 1;
    }
    const unsigned long ticks = fields[13] + fields[14];
    const ssize_t length = read_file(id, "cmdline", command, sizeof(command));
    for (ssize_t i = 0; i < length - 1; ++i) {
        command[i] = isprint((unsigned char)command[i]) ? command[i] : ' ';
    }
    if (length <= 0) { // as of one that has ended: its name
        snprintf(command, sizeof(command), "[%.*s]", (int)(end - strchr(stat, '(') - 1), strchr(stat, '(') + 1);
    }
    print("%5s %5ld %c %5lu.%02lu %7lu %s\n", id, parent, state, ticks / 100, ticks % 100, fields[23] * 4, command);
}

int main(int argc, char** argv) {
    options(&argc, &argv, "", "");
    DIR* directory = opendir("/proc");
    if (directory == NULL) {
        give_up("/proc");
    }
    print("  PID  PPID S     TIME     KIB COMMAND\n");
    for (struct dirent* entry; (entry = readdir(directory)) != NULL;) {
        if (isdigit((unsigned char)entry->d_name[0])) {
            show(entry->d_name);
        }
    }
    closedir(directory);
    return 0;
}
