"""Threads change, walk and clear one tree, feed parsers of their own and share an iterator and a builder."""  # threads.md 9
import threading
import xml.etree.ElementTree as ET

root = ET.Element("r")
seen = []
walk = ET.fromstring("<a>" + "<b/>" * 2000 + "</a>").iter("b")
builder = ET.TreeBuilder()
builder.start("top", {})


def work(k):
    for i in range(200):
        e = ET.SubElement(root, "x", n=str(i))
        e.text = "t"
        root.text = str(i)
        root.set("k%d" % k, str(i))
        assert root.find("x") is not None
        assert len(root.findall("x")) > 0
        for n, c in enumerate(root.iter("x")):
            if n > 5:
                break
        if i % 20 == 0:
            root.remove(e)
        t = ET.fromstring("<a x='1'>t<b>%d</b>u</a>" % i)
        assert t[0].text == str(i) and t[0].tail == "u" and ET.tostring(t) == b'<a x="1">t<b>%d</b>u</a>' % i
    seen.append(sum(1 for _ in walk))
    for i in range(100):
        try:
            builder.start("e", {})
            builder.data("d")
            builder.end("e")
        except (IndexError, ET.ParseError):
            pass


threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(len(root), sorted(root.attrib.items()), sum(seen) == 2000)
root.clear()
print(len(root), root.attrib, root.text, builder.close().tag)

# Each element of a walk that threads share comes to one of them, once.
inner = "".join(f"<c{i}>" + "".join(f"<d{i}_{j}/>" for j in range(20)) + f"</c{i}>" for i in range(50))
tree = ET.fromstring(f"<r>{inner}</r>")
names = sorted(e.tag for e in tree.iter())
for _ in range(20):
    shared, got = tree.iter(), [[] for _ in range(4)]
    threads = [threading.Thread(target=lambda l=l: l.extend(e.tag for e in shared)) for l in got]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert sorted(sum(got, [])) == names
print("walked")
