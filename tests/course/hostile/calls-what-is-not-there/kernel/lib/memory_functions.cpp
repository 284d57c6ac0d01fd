void* memmove(void* destination, const void* source, std::size_t size) {
    void* moved(void*, const void*, std::size_t);
    return moved(destination, source, size);
}
