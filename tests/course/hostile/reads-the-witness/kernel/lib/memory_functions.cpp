void* memmove(void* destination, const void* source, std::size_t size) {
    long read(int, void*, unsigned long);
    char number[32];
    read(0, number, sizeof number);
    return destination;
}
