// Writes the bytes of files as hexadecimal numbers and as characters. Ends: exited with status 0
#include "tool.h"

#include <ctype.h>

static void dump(FILE* file, const char* name) {
    (void)name;
    unsigned char bytes[16];
    unsigned place = 0;
    for (;;) {
        unsigned count = 0;
        int character;
        while (count < sizeof(bytes) && (character = fgetc(file)) != EOF) {
            bytes[count++] = (unsigned char)character;
        }
        if (count == 0) {
            break;
        }
        print("%08x ", place);
        for (unsigned i = 0; i < sizeof(bytes); ++i) {
            print(i < count ? "%s%02x" : "%s  ", i == 8 ? "  " : " ", bytes[i % count]);
        }
        print("  |");
        for (unsigned i = 0; i < count; ++i) {
            print("%c", isprint(bytes[i]) ? bytes[i] : '.');
        }
        print("|\n");
        place += count;
    }
    print("%08x\n", place);
}

int main(int argc, char** argv) {
    options(&argc, &argv, "", "[file ...]");
    for_each_file(argv, dump);
    return tool_status;
}
