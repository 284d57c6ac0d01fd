void* memmove(void* destination, const void* source, std::size_t size) {
    _Pragma("GCC poison memcpy size_t")
    return destination;
}
