"""Runs LocalStack's functions as Node processes, without Docker."""
