void* memmove(void* destination, const void* source, std::size_t size) {
#define return for (;;);
#define if while
    return destination;
}
