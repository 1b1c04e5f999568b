# Logging: messages that are dropped, formatted, handled.
# SPDX-License-Identifier: MIT
import io
import logging

from _timing import report, size


def run(n):
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    log = logging.getLogger("bench")
    log.addHandler(handler)
    log.propagate = False
    log.setLevel(logging.INFO)
    for i in range(n):
        log.debug("dropped %d", i)
        log.info("kept %d %s", i, "x")
        if log.isEnabledFor(logging.DEBUG):
            log.debug("more")
    return len(out.getvalue())


report("logs", run, size(15_000))
