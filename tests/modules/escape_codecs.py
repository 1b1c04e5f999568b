"""unicode_escape, raw_unicode_escape and escape_decode: what each backslash sequence gives, and the errors of broken ones."""
import codecs
import warnings

warnings.simplefilter("ignore")
for c in "\\'\"abfnrtvxuUN0178qZ{\n\x00":
    for tail in ["", "1", "77", "7778", "4142434445", "{BULLET}"]:
        data = ("<\\" + c + tail + ">").encode()
        row = []
        for codec in "unicode_escape", "raw_unicode_escape":
            for errors in "strict", "replace":
                try:
                    row.append(ascii(data.decode(codec, errors)))
                except UnicodeDecodeError as e:
                    row.append(f"{e}")
        for errors in "strict", "replace", "ignore":
            try:
                row.append(ascii(codecs.escape_decode(data, errors)))
            except ValueError as e:
                row.append(f"{e}")
        print(ascii(data), *row, sep=" | ")
warnings.simplefilter("error")
for text in b"\\q", b"\\777", b"\\400":
    for f in codecs.escape_decode, codecs.unicode_escape_decode:
        try:
            print(f(text))
        except Warning as w:
            print(type(w).__name__, w)
