"""The consumer of rotating.py, of Redis."""

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from rotating import run, setting


def connect():
    """One connection that is never renewed behind our back."""
    client = redis.Redis.from_url(
        setting("REDIS_URL"), client_name="orders-api", single_connection_client=True, retry=Retry(NoBackoff(), 0)
    )
    client.ping()
    return client


run(connect=connect, use=lambda client: client.incr("orders:count"), error=redis.RedisError)
