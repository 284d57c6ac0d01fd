void initialize() {
    for (;;) {
        asm volatile("outb %b0, %w1" : : "a"('x'), "Nd"(0x3F8));
    }
}
