import re
print(re.match(r'(\w+) (\d+)', 'abc 123').groups())
print(re.sub(r'a+', 'X', 'baaac aa'), re.split(r'[,;]\s*', 'a, b;c'), re.findall(r'\d+', '1 22 333'))
print(re.search(r'(?P<y>\d{4})-(?P<m>\d\d)', 'on 2024-05-06').groupdict())
print(re.fullmatch(r'(a|ab)(c|bcd)*', 'abcd'), re.findall(r'(?i)HeLLo', 'hello HELLO'))
print(re.sub(r'(\w)(\w)', r'\2\1', 'abcd'), re.findall(r'(?<=a)b', 'ab cb'), re.match(r'(?!x)y', 'y'))
print([m.span() for m in re.finditer(r'x*', 'axb')], re.split(r'(x)', 'axbxc'))
print(re.match(r'(?:a|b)*?c', 'ababc'), re.match(r'(a+)+b', 'aaab'), re.compile('é|ü', re.I).findall('ÉÜ'))
print(re.match(r'(?>a+)b', 'aab'), re.match(r'a++b', 'aab'), re.match(r'(?:ab)++c', 'ababc'))
