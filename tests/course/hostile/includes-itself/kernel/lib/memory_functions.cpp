void* memmove(void* destination, const void* source, std::size_t size) {
#include __FILE__
#include __FILE__
    return destination;
}
