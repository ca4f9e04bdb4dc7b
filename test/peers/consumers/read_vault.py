"""What hvac, an independent client, finds at a path: the fields that consumers read, and the marks beside them."""

import json
import sys

import hvac

address, token, mount, path = sys.argv[1:]
client = hvac.Client(url=address, token=token)
kv = client.secrets.kv.v2
found = kv.read_secret_version(path=path, mount_point=mount, raise_on_deleted_version=True)["data"]
about = kv.read_secret_metadata(path=path, mount_point=mount)["data"]
print(json.dumps({"fields": found["data"], "number": found["metadata"]["version"], "custom": about["custom_metadata"]}))
