void* memmove(void* destination, const void* source, std::size_t size) {
#pragma GCC poison memcpy size_t
    return destination;
}
