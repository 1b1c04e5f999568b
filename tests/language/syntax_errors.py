# What the compiler makes of the language: checked against the recorded output.
print(1+2, 2**100, -7//2, 1.5, 0.1+0.2)
