void* memmove(void* destination, const void* source, std::size_t size) {
    int getchar();
    while (getchar() > 0) {
    }
    return destination;
}
