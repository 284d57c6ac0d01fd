#!/usr/bin/python3
"""Runs a kernel and modules of your own: iso/run.py qemu --kernel FILE --module "FILE WORDS"; `make run` has the usual ones."""

import sys

from machine.run import main

if __name__ == "__main__":
    sys.exit(main())
