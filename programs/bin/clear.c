// Clears the screen. Ends: exited with status 0
#include "tool.h"

int main(int argc, char** argv) {
    options(&argc, &argv, "", "");
    put("\033[H\033[2J", 7);
    return 0;
}
