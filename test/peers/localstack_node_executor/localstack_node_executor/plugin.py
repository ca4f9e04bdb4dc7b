"""What LocalStack finds under LAMBDA_RUNTIME_EXECUTOR=node."""

from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin


class NodeExecutorPlugin(RuntimeExecutorPlugin):
    name = "node"

    def load(self, *args, **kwargs):
        from localstack_node_executor.executor import NodeExecutor

        return NodeExecutor
