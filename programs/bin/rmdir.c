// Removes empty directories. Ends: exited with status 0
#include "tool.h"

int main(int argc, char** argv) {
    options(&argc, &argv, "", "directory ...");
    if (argc < 1) {
        usage("directory ...");
    }
    for (; *argv != NULL; ++argv) {
        if (rmdir(*argv) != 0) {
            complain(*argv);
        }
    }
    return tool_status;
}
