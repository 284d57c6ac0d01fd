// What libstdc++ calls where part of a string_view is taken from past its end (chapter 3).
#include "lib/panic.hpp"

namespace std {

/// Declared in libstdc++'s <bits/functexcept.h>.
[[noreturn]] void __throw_out_of_range_fmt(const char* /*format*/, ...) {
    kernel::panic("a part of a text was taken from past its end");
}

} // namespace std
