"""SystemExit with a number, after exit functions."""
# SPDX-License-Identifier: MIT
# status: 3
# argv: one two
# args: -O -W ignore
import atexit, sys
atexit.register(print, "bye")
print(sys.argv[1:], __debug__, sys.warnoptions, sys.flags.optimize)
sys.exit(3)
