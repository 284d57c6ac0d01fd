// The greeting in C++: a global object's constructor runs before main and its destructor after it.
// Somebody must call them: libc_start and exit do. Ends: exited with status 0
#include <stdio.h>

namespace {

class Greeter {
public:
    Greeter() { puts("Hello from a constructor in C++!"); }
    ~Greeter() { puts("Goodbye from its destructor!"); }
    void greet() { printf("Hello from main, greeting %d!\n", ++greetings_); }

private:
    int greetings_ = 0;
};

Greeter greeter;

} // namespace

int main() {
    greeter.greet();
    return 0;
}
