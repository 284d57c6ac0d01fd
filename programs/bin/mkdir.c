// Makes directories. Ends: exited with status 0
#include "tool.h"

#include <sys/stat.h>

int main(int argc, char** argv) {
    options(&argc, &argv, "", "directory ...");
    if (argc < 1) {
        usage("directory ...");
    }
    for (; *argv != NULL; ++argv) {
        if (mkdir(*argv, 0777) != 0) {
            complain(*argv);
        }
    }
    return tool_status;
}
