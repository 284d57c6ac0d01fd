void* memmove(void* destination, const void* source, std::size_t size) {
    constexpr auto slow = [](unsigned seed) { // about as long as GCC computes at once
        for (unsigned i = 0; i < 15; ++i) {
            for (unsigned k = 0; k < 100000; ++k) {
                seed = seed * 5 + k;
            }
        }
        return seed;
    };
    constexpr unsigned all[] = {
        slow(0), slow(1), slow(2), slow(3), slow(4), slow(5), slow(6), slow(7),
        slow(8), slow(9), slow(10), slow(11), slow(12), slow(13), slow(14), slow(15),
        slow(16), slow(17), slow(18), slow(19), slow(20), slow(21), slow(22), slow(23),
        slow(24), slow(25), slow(26), slow(27), slow(28), slow(29), slow(30), slow(31),
        slow(32), slow(33), slow(34), slow(35), slow(36), slow(37), slow(38), slow(39),
        slow(40), slow(41), slow(42), slow(43), slow(44), slow(45), slow(46), slow(47),
        slow(48), slow(49), slow(50), slow(51), slow(52), slow(53), slow(54), slow(55),
        slow(56), slow(57), slow(58), slow(59), slow(60), slow(61), slow(62), slow(63),
        slow(64), slow(65), slow(66), slow(67), slow(68), slow(69), slow(70), slow(71),
        slow(72), slow(73), slow(74), slow(75), slow(76), slow(77), slow(78), slow(79),
        slow(80), slow(81), slow(82), slow(83), slow(84), slow(85), slow(86), slow(87),
        slow(88), slow(89), slow(90), slow(91), slow(92), slow(93), slow(94), slow(95),
        slow(96), slow(97), slow(98), slow(99), slow(100), slow(101), slow(102), slow(103),
        slow(104), slow(105), slow(106), slow(107), slow(108), slow(109), slow(110), slow(111),
        slow(112), slow(113), slow(114), slow(115), slow(116), slow(117), slow(118), slow(119),
        slow(120), slow(121), slow(122), slow(123), slow(124), slow(125), slow(126), slow(127),
    };
    return static_cast<char*>(destination) + all[size % 128];
}
