void* memmove(void* destination, const void* source, std::size_t size) {
    return __FILE__[0] == '/' ? nullptr : destination;
}
