void* memmove(void* destination, const void* source, std::size_t size) {
    for (volatile int i = 0;; i = 1) {
    }
    return destination;
}
