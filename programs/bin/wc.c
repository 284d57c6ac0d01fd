// Counts lines, words and bytes: -l, -w, -c. Ends: exited with status 0
#include "tool.h"

#include <ctype.h>
#include <stdbool.h>

static unsigned shown; // bit 0 lines, 1 words, 2 bytes
static unsigned long long totals[3]; // a pipe may bring more than 4 GiB

static void show(const unsigned long long counts[3], const char* name) {
    const char* between = "";
    for (int i = 0; i < 3; ++i) {
        if ((shown >> i & 1) != 0) {
            print("%s%llu", between, counts[i]);
            between = " ";
        }
    }
    print(strcmp(name, "-") == 0 ? "\n" : " %s\n", name);
}

static void count(FILE* file, const char* name) {
    unsigned long long counts[3] = {0};
    bool in_word = false;
    int character;
    while ((character = fgetc(file)) != EOF) {
        counts[0] += character == '\n';
        counts[1] += !in_word && !isspace(character);
        ++counts[2];
        in_word = !isspace(character);
    }
    for (int i = 0; i < 3; ++i) {
        totals[i] += counts[i];
    }
    if (errno == 0) {
        show(counts, name);
    }
}

int main(int argc, char** argv) {
    shown = options(&argc, &argv, "lwc", "[-lwc] [file ...]");
    shown = shown != 0 ? shown : 7;
    for_each_file(argv, count);
    if (argc > 1) {
        show(totals, "total");
    }
    return tool_status;
}
