void* memmove(void* destination, const void* source, std::size_t size) {
    auto quote = u8'"'; } void second() { auto other = u8'"';
    return destination;
}
