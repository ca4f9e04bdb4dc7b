"""What boto3, an independent client, finds in the ledger: the records of one rotation, and whether the audit chain holds."""

import base64
import hashlib
import json
import sys

import boto3
from boto3.dynamodb.conditions import Key
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

table_name, audit_key, rotation = sys.argv[1:]
table = boto3.resource("dynamodb").Table(table_name)


def rows(pk, prefix):
    condition = Key("pk").eq(pk) & Key("sk").begins_with(prefix)
    found, start = [], {}
    while True:
        page = table.query(KeyConditionExpression=condition, ConsistentRead=True, **start)
        found += [json.loads(item["doc"]) for item in page["Items"] if "doc" in item]
        if "LastEvaluatedKey" not in page:
            return found
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def canonical(record):
    # RFC 8785 of texts, whole numbers and lists of texts.
    return json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def chain_holds(records, head):
    previous = "0" * 64
    for seq, record in enumerate(records, 1):
        content = {name: value for name, value in record.items() if name != "hash"}
        if record["seq"] != seq or record["prevHash"] != previous:
            return False
        previous = record["hash"]
        if hashlib.sha256(canonical(content)).hexdigest() != previous:
            return False
    return head["seq"] == len(records) and head["hash"] == previous


def signed(head):
    key = load_der_public_key(boto3.client("kms").get_public_key(KeyId=audit_key)["PublicKey"])
    text = canonical({name: value for name, value in head.items() if name != "signature"})
    try:
        key.verify(base64.b64decode(head["signature"]), text, ec.ECDSA(hashes.SHA256()))
        return True
    except InvalidSignature:
        return False


head = rows("audit-head", "head")[0]
print(
    json.dumps(
        {
            "rotation": rows(f"rotation#{rotation}", "record")[0],
            "evidence": rows(f"rotation#{rotation}", "evidence#"),
            "audit": rows(f"rotation#{rotation}", "audit#"),
            "chain": chain_holds(rows("audit", "audit#"), head),
            "signed": signed(head),
        }
    )
)
