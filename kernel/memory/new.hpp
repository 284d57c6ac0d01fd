// New objects on the kernel's heap, or the error that there is no memory (chapter 10).
#pragma once

#include "lib/error.hpp"

#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace kernel {

template <typename T>
Result<std::unique_ptr<T>> or_out_of_memory(std::unique_ptr<T> made) {
    if (made == nullptr) {
        return std::unexpected(Error::OutOfMemory);
    }
    return made;
}

/// A new T, made of `arguments`. OutOfMemory.
template <typename T, typename... Arguments>
requires(!std::is_array_v<T>) [[nodiscard]] Result<std::unique_ptr<T>> allocate(Arguments&&... arguments) {
    return or_out_of_memory(std::unique_ptr<T>(new (std::nothrow) T(std::forward<Arguments>(arguments)...)));
}

/// If T is an array, `Element[]`: `count` of its elements.
template <typename T>
requires std::is_array_v<T>
[[nodiscard]] Result<std::unique_ptr<T>> allocate(std::size_t count) {
    return or_out_of_memory(std::unique_ptr<T>(new (std::nothrow) std::remove_extent_t<T>[count]));
}

} // namespace kernel
