// Writes past the end of an array on its stack, over the address that the function returns to.
// Ends: killed by SIGILL (invalid opcode)
#include <string.h>
#include <unistd.h>

__attribute__((noinline)) static void greet(const char* name) {
    char greeting[16];
    strcpy(greeting, name); // no room for the NUL, nor for what comes before it
    write(STDOUT_FILENO, greeting, strlen(greeting));
}

int main(void) {
    // Volatile, or the compiler would see the mistake and warn.
    static const char* volatile name = "Hello, everybody who reads this line!\n";
    greet(name);
    return 0;
}
