"""What boto3, an independent client, finds in a parameter: its value, its type, its number and its tags."""

import json
import sys

import boto3

endpoint, region, name = sys.argv[1:]
client = boto3.client(
    "ssm", endpoint_url=endpoint, region_name=region, aws_access_key_id="test", aws_secret_access_key="test"
)
found = client.get_parameter(Name=name, WithDecryption=True)["Parameter"]
tags = client.list_tags_for_resource(ResourceType="Parameter", ResourceId=name)["TagList"]
print(
    json.dumps(
        {
            "value": found["Value"],
            "type": found["Type"],
            "number": found["Version"],
            "tags": {tag["Key"]: tag["Value"] for tag in tags},
        }
    )
)
