"""Everything that a deployed system shows to whoever may look at it, but not at the secrets: JSON, part by part."""

import json

import boto3

logs, functions, machines = boto3.client("logs"), boto3.client("lambda"), boto3.client("stepfunctions")


def pages(client, operation, key, **arguments):
    return [item for page in client.get_paginator(operation).paginate(**arguments) for item in page[key]]


def execution(arn):
    return {
        "described": machines.describe_execution(executionArn=arn),
        "history": pages(machines, "get_execution_history", "events", executionArn=arn, includeExecutionData=True),
    }


tables = boto3.client("dynamodb").list_tables()["TableNames"]
groups = [group["logGroupName"] for group in pages(logs, "describe_log_groups", "logGroups")]
arns = [
    found["executionArn"]
    for machine in pages(machines, "list_state_machines", "stateMachines")
    for found in pages(machines, "list_executions", "executions", stateMachineArn=machine["stateMachineArn"])
]
secrets = boto3.client("secretsmanager")
shown = {
    "executions": [execution(arn) for arn in arns],
    "logs": [line["message"] for name in groups for line in pages(logs, "filter_log_events", "events", logGroupName=name)],
    "functions": pages(functions, "list_functions", "Functions"),
    "rows": [item for name in tables for item in pages(boto3.client("dynamodb"), "scan", "Items", TableName=name)],
    "secrets": pages(secrets, "list_secrets", "SecretList"),
}
print(json.dumps(shown, default=str, ensure_ascii=False))
