# asan: frees into a quarantine
# tsan: its memory is mapped otherwise
# Memory that was freed once in plenty is no reason to give back each page that is freed later: what a loop frees and needs again would be mapped anew each time,
# at several times the cost.
import resource

words = [str(n) for n in range(100_000)]


def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    longer = [word + "a" for word in words]
    del longer
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


most = [bytearray(100) for _ in range(300_000)]
del most
faults(), faults()
print("few page faults:", min(faults() for _ in range(5)) < 300)
