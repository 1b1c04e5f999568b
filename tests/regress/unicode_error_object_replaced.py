# The text of a Unicode error whose object was replaced by something else: no text, and no crash.
for make in (lambda: UnicodeDecodeError("utf-8", b"abc", 0, 1, "why"), lambda: UnicodeEncodeError("utf-8", "abc", 0, 1, "why"), lambda: UnicodeTranslateError("abc", 0, 1, "why")):
    for other in 5.5, 5, None, [], object():
        e = make()
        e.object = other
        try:
            str(e)
        except TypeError:
            pass
print("done")  # expect: done
