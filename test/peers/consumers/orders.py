"""The consumer of rotating.py, of PostgreSQL."""

import psycopg
from rotating import run, setting

run(
    connect=lambda: psycopg.connect(setting("DATABASE_URL"), application_name="orders-api", autocommit=True),
    use=lambda session: session.execute("INSERT INTO orders (item) VALUES ('python')"),
    error=psycopg.Error,
)
