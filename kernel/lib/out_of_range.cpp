// What libstdc++ calls where part of a string_view is taken from past its end (chapter 3).
#include "lib/panic.hpp"

#include <exception>

/// libstdc++ 12 leaves std::__throw_out_of_range_fmt to be defined elsewhere. Later versions define it inline in
/// <bits/functexcept.h>, so it must not be defined again in C++: only the linker sees it under that name here.
[[noreturn]] void out_of_range(const char* format, ...) asm("_ZSt24__throw_out_of_range_fmtPKcz");

void out_of_range(const char* /*format*/, ...) {
    kernel::panic("a part of a text was taken from past its end");
}

/// What that function calls in later versions.
void std::terminate() noexcept {
    kernel::panic("the C++ library called std::terminate: a part of a text was taken from past its end");
}
