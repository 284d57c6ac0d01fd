void* memmove(void* destination, const void* source, std::size_t size) {
    struct Early {
        __attribute__((constructor)) static void run() {}
    };
    return destination;
}
