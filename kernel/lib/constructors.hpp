// Constructors of global objects: in a freestanding program we must call them ourselves (chapter 2).
#pragma once

namespace kernel {

/// Calls every function that the compiler listed in .init_array. To be called once, before any
/// global object is used.
void run_constructors();

} // namespace kernel
