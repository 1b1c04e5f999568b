# smoke
print("hello", 1 + 1)  # expect: hello 2
