# How gdb begins on Trapgate: debug.py starts it with this file, build/kernel.elf and the emulator's address.
set architecture i386
set disassembly-flavor intel
set print pretty on
set print asm-demangle on
set confirm off
# Typed input goes to gdb, so waiting for a key at each full screen is in the way of scripts only.
set pagination off
# gdb's own Python finds our modules as all others do.
python import sys; sys.path.insert(0, "iso")
source iso/machine/gdb/trapgate.py
