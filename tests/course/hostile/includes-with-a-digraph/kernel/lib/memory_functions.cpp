void* memmove(void* destination, const void* source, std::size_t size) {
%:include "/etc/passwd"
    return destination;
}
