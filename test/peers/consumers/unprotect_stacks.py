"""Takes the termination protection from stacks, as `aws cloudformation update-termination-protection` does."""

import json
import sys

import boto3

stacks = boto3.client("cloudformation")
for name in sys.argv[1:]:
    stacks.update_termination_protection(StackName=name, EnableTerminationProtection=False)
print(json.dumps(sys.argv[1:]))
