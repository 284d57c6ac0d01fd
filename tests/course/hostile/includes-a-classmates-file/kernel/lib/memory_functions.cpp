void* memmove(void* destination, const void* source, std::size_t size) {
#include "/work/submissions/honest/kernel/lib/memory_functions.cpp"
    return destination;
}
