"""What boto3, an independent client, finds in a secret: its fields, its staging labels and its tags."""

import json
import sys

import boto3

endpoint, region, name = sys.argv[1:]
client = boto3.client(
    "secretsmanager",
    endpoint_url=endpoint,
    region_name=region,
    aws_access_key_id="test",
    aws_secret_access_key="test",
)
value = client.get_secret_value(SecretId=name)
about = client.describe_secret(SecretId=name)
print(
    json.dumps(
        {
            "fields": json.loads(value["SecretString"]),
            "labels": about["VersionIdsToStages"],
            "tags": {tag["Key"]: tag["Value"] for tag in about.get("Tags", [])},
        }
    )
)
