void* memmove(void* destination, const void* source, std::size_t size) {
    auto text = R"(" } void second() { ")";
    return destination;
}
