void* memmove(void* destination, const void* source, std::size_t size) {
    return destination; // ÿþé
}
