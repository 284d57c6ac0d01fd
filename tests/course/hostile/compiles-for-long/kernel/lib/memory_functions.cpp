void* memmove(void* destination, const void* source, std::size_t size) {
    constexpr auto slow = [](int seed) { // about as long as GCC computes at once, and in numbers that take it no memory
        for (int i = 0; i < 120; ++i) {
            for (int k = 0; k < 120; ++k) {
                for (int n = 0; n < 120; ++n) {
                    seed = (seed + n) % 100;
                }
            }
        }
        return seed;
    };
    constexpr int all[] = {
        slow(0), slow(1), slow(2), slow(3), slow(4), slow(5), slow(6), slow(7), slow(8), slow(9), slow(10), slow(11), slow(12), slow(13), slow(14), slow(15),
        slow(16), slow(17), slow(18), slow(19), slow(20), slow(21), slow(22), slow(23), slow(24), slow(25), slow(26), slow(27), slow(28), slow(29), slow(30), slow(31),
        slow(32), slow(33), slow(34), slow(35), slow(36), slow(37), slow(38), slow(39), slow(40), slow(41), slow(42), slow(43), slow(44), slow(45), slow(46), slow(47),
        slow(48), slow(49), slow(50), slow(51), slow(52), slow(53), slow(54), slow(55), slow(56), slow(57), slow(58), slow(59), slow(60), slow(61), slow(62), slow(63),
        slow(64), slow(65), slow(66), slow(67), slow(68), slow(69), slow(70), slow(71), slow(72), slow(73), slow(74), slow(75), slow(76), slow(77), slow(78), slow(79),
        slow(80), slow(81), slow(82), slow(83), slow(84), slow(85), slow(86), slow(87), slow(88), slow(89), slow(90), slow(91), slow(92), slow(93), slow(94), slow(95),
        slow(96), slow(97), slow(98), slow(99), slow(100), slow(101), slow(102), slow(103), slow(104), slow(105), slow(106), slow(107), slow(108), slow(109), slow(110), slow(111),
        slow(112), slow(113), slow(114), slow(115), slow(116), slow(117), slow(118), slow(119), slow(120), slow(121), slow(122), slow(123), slow(124), slow(125), slow(126), slow(127),
        slow(128), slow(129), slow(130), slow(131), slow(132), slow(133), slow(134), slow(135), slow(136), slow(137), slow(138), slow(139), slow(140), slow(141), slow(142), slow(143),
        slow(144), slow(145), slow(146), slow(147), slow(148), slow(149), slow(150), slow(151), slow(152), slow(153), slow(154), slow(155), slow(156), slow(157), slow(158), slow(159),
        slow(160), slow(161), slow(162), slow(163), slow(164), slow(165), slow(166), slow(167), slow(168), slow(169), slow(170), slow(171), slow(172), slow(173), slow(174), slow(175),
        slow(176), slow(177), slow(178), slow(179), slow(180), slow(181), slow(182), slow(183), slow(184), slow(185), slow(186), slow(187), slow(188), slow(189), slow(190), slow(191),
        slow(192), slow(193), slow(194), slow(195), slow(196), slow(197), slow(198), slow(199), slow(200), slow(201), slow(202), slow(203), slow(204), slow(205), slow(206), slow(207),
        slow(208), slow(209), slow(210), slow(211), slow(212), slow(213), slow(214), slow(215), slow(216), slow(217), slow(218), slow(219), slow(220), slow(221), slow(222), slow(223),
        slow(224), slow(225), slow(226), slow(227), slow(228), slow(229), slow(230), slow(231), slow(232), slow(233), slow(234), slow(235), slow(236), slow(237), slow(238), slow(239),
        slow(240), slow(241), slow(242), slow(243), slow(244), slow(245), slow(246), slow(247), slow(248), slow(249), slow(250), slow(251), slow(252), slow(253), slow(254), slow(255),
    };
    return static_cast<char*>(destination) + all[size % 256];
}
