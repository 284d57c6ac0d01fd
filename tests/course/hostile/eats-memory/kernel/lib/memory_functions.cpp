void* memmove(void* destination, const void* source, std::size_t size) {
    static volatile unsigned char much[0xF0000000] = {1};
    much[size] = 1;
    return destination;
}
