"""A consumer of Redis in another language: it holds a connection, logs in anew all the time, and rereads its credential on SIGHUP.

Usage: orders_redis.py ENV_FILE PID_FILE TALLY_FILE
On SIGTERM it writes what it saw as JSON: logins, failed logins, commands, failed commands.
"""

import json
import os
import re
import signal
import sys
import time

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

ENV_FILE, PID_FILE, TALLY_FILE = sys.argv[1:4]
tally = {"logins": 0, "failed_logins": 0, "commands": 0, "failed_commands": 0}
state = {"running": True, "reload": False}


def url():
    with open(ENV_FILE, encoding="utf-8") as file:
        return re.search(r"^REDIS_URL=['\"]?([^'\"\n]+)", file.read(), re.M).group(1)


def login():
    """One connection that is never renewed behind our back."""
    tally["logins"] += 1
    client = redis.Redis.from_url(
        url(), client_name="orders-api", single_connection_client=True, retry=Retry(NoBackoff(), 0)
    )
    try:
        client.ping()
        return client
    except redis.RedisError:
        tally["failed_logins"] += 1
        return None


def command(client):
    tally["commands"] += 1
    try:
        client.incr("orders:count")
    except redis.RedisError:
        tally["failed_commands"] += 1


def on_hangup(_signal, _frame):
    state["reload"] = True


def on_terminate(_signal, _frame):
    state["running"] = False


signal.signal(signal.SIGHUP, on_hangup)
signal.signal(signal.SIGTERM, on_terminate)
held = login()
with open(PID_FILE, "w", encoding="utf-8") as file:
    file.write(str(os.getpid()))

while state["running"]:
    if state["reload"]:
        state["reload"] = False
        old, held = held, login() or held
        if old is not held:
            old.close()
    command(held)
    fresh = login()
    if fresh is not None:
        command(fresh)
        fresh.close()
    time.sleep(0.02)

with open(TALLY_FILE, "w", encoding="utf-8") as file:
    json.dump(tally, file)
