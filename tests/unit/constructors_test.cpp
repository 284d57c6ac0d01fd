// Running the constructors of global objects, where there are none. (That a list is run in order is seen in boots.)
#include "catch.hpp"

// The linker puts the end of an empty list where its beginning is.
#define constructors_begin empty_list
#define constructors_end   empty_list
#include "lib/constructors.cpp"
#undef constructors_begin
#undef constructors_end

namespace {

int calls = 0;

void no_constructor() {
    ++calls;
}

} // namespace

extern "C" const Constructor empty_list[] = {no_constructor}; // what lies after its end

TEST_CASE("an empty list of constructors has nothing to be called") {
    kernel::run_constructors();
    CHECK(calls == 0);
}
