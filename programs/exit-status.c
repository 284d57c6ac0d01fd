// Exits with the number that its first argument says. The tests draw a new one for each run.
// Ends: exited with status argv[1]
#include <stdlib.h>

int main(int argc, char** argv) {
    return argc > 1 ? atoi(argv[1]) : 0;
}
