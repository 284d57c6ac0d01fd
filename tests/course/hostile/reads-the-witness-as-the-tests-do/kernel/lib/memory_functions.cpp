void* memmove(void* destination, const void* source, std::size_t size) {
    int get() asm("getchar");
    while (get() > 0) {
    }
    return destination;
}
