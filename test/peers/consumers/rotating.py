"""A consumer that knows nothing of Keyturn: it holds a session, logs in anew all the time, and rereads its credential on SIGHUP.

Its scripts are called with ENV_FILE PID_FILE TALLY_FILE; on SIGTERM they write what they saw as JSON: logins, failed_logins,
work, failed_work.
"""

import json
import os
import re
import signal
import sys
import time

ENV_FILE, PID_FILE, TALLY_FILE = sys.argv[1:4]


def setting(name):
    """The value of a line of the env file, as it is now."""
    with open(ENV_FILE, encoding="utf-8") as file:
        return re.search(rf"^{name}=['\"]?([^'\"\n]+)", file.read(), re.M).group(1)


def run(connect, use, error):
    """connect() gives a session, use(session) works with it; both raise `error` where they fail."""
    tally = {"logins": 0, "failed_logins": 0, "work": 0, "failed_work": 0}
    state = {"running": True, "reload": False}

    def login():
        tally["logins"] += 1
        try:
            return connect()
        except error:
            tally["failed_logins"] += 1
            return None

    def work(session):
        tally["work"] += 1
        try:
            use(session)
        except error:
            tally["failed_work"] += 1

    signal.signal(signal.SIGHUP, lambda *_: state.update(reload=True))
    signal.signal(signal.SIGTERM, lambda *_: state.update(running=False))
    held = login()
    with open(PID_FILE, "w", encoding="utf-8") as file:
        file.write(str(os.getpid()))
    while state["running"]:
        if state["reload"]:
            state["reload"] = False
            old, held = held, login() or held
            if old is not held:
                old.close()
        work(held)
        fresh = login()
        if fresh is not None:
            work(fresh)
            fresh.close()
        time.sleep(0.02)
    with open(TALLY_FILE, "w", encoding="utf-8") as file:
        json.dump(tally, file)
