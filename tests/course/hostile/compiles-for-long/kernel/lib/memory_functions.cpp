void* memmove(void* destination, const void* source, std::size_t size) {
    constexpr auto count = [] {
        unsigned long long sum = 0;
        for (unsigned long long i = 0; i < 1ULL << 60; ++i) {
            sum += i;
        }
        return sum;
    }();
    return static_cast<char*>(destination) + count;
}
