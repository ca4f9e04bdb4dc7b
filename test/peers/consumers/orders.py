"""A consumer in another language: it holds a session, logs in anew all the time, and rereads its credential on SIGHUP.

Usage: orders.py ENV_FILE PID_FILE TALLY_FILE
On SIGTERM it writes what it saw as JSON: logins, failed logins, queries, failed queries.
"""

import json
import os
import re
import signal
import sys
import time

import psycopg

ENV_FILE, PID_FILE, TALLY_FILE = sys.argv[1:4]
tally = {"logins": 0, "failed_logins": 0, "queries": 0, "failed_queries": 0}
state = {"running": True, "reload": False}


def conninfo():
    with open(ENV_FILE, encoding="utf-8") as file:
        return re.search(r"^DATABASE_URL=['\"]?([^'\"\n]+)", file.read(), re.M).group(1)


def login():
    tally["logins"] += 1
    try:
        return psycopg.connect(conninfo(), application_name="orders-api", autocommit=True)
    except psycopg.OperationalError:
        tally["failed_logins"] += 1
        return None


def query(session):
    tally["queries"] += 1
    try:
        session.execute("INSERT INTO orders (item) VALUES ('python')")
    except psycopg.Error:
        tally["failed_queries"] += 1


def on_hangup(_signal, _frame):
    state["reload"] = True


def on_terminate(_signal, _frame):
    state["running"] = False


signal.signal(signal.SIGHUP, on_hangup)
signal.signal(signal.SIGTERM, on_terminate)
session = login()
with open(PID_FILE, "w", encoding="utf-8") as file:
    file.write(str(os.getpid()))

while state["running"]:
    if state["reload"]:
        state["reload"] = False
        old, session = session, login() or session
        if old is not session:
            old.close()
    query(session)
    fresh = login()
    if fresh is not None:
        query(fresh)
        fresh.close()
    time.sleep(0.02)

with open(TALLY_FILE, "w", encoding="utf-8") as file:
    json.dump(tally, file)
