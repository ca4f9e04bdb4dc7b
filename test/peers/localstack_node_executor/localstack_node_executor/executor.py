"""One execution environment of a function: a Node process on its unzipped code, used for one call at a time."""

import json
import threading

from localstack import config
from localstack.services.lambda_.invocation.lambda_models import FunctionVersion, InvocationResult
from localstack.services.lambda_.invocation.runtime_executor import RuntimeExecutor

from localstack_node_executor.worker import TimedOut, Worker, WorkerExited


class NodeExecutor(RuntimeExecutor):
    def __init__(self, id: str, function_version: FunctionVersion) -> None:
        super().__init__(id=id, function_version=function_version)
        self._environment: dict[str, str] = {}
        self._worker: Worker | None = None
        self._lock = threading.Lock()

    @classmethod
    def prepare_version(cls, function_version: FunctionVersion) -> None:
        function_version.config.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version: FunctionVersion) -> None:
        """The code stays on disk: another version may share it."""

    def start(self, env_vars: dict[str, str]) -> None:
        code = str(self.function_version.config.code.get_unzipped_code_location())
        variables = {name: str(value) for name, value in env_vars.items()}
        self._environment = {**variables, "LAMBDA_TASK_ROOT": code, "TZ": "UTC"}
        self._worker = self._spawn()

    def stop(self) -> None:
        if self._worker:
            self._worker.end()

    def invoke(self, payload: dict[str, str]) -> InvocationResult:
        """Replaces a process that timed out or exited, and then makes the call."""
        request_id = payload["invoke-id"]
        call = {"requestId": request_id, "functionArn": payload["invoked-function-arn"], "event": payload["payload"]}
        with self._lock:
            if self._worker is None or not self._worker.alive:
                self._worker = self._spawn()
            worker = self._worker
            try:
                answer = worker.call(call, self.function_version.config.timeout)
            except TimedOut:
                answer = failure("Sandbox.Timedout", f"RequestId: {request_id} Error: {self._timed_out()}")
            except WorkerExited as exited:
                answer = failure("Runtime.ExitError", f"RequestId: {request_id} Error: Runtime exited with {exited}")
        return InvocationResult(request_id, answer["body"].encode(), answer["isError"], worker.logs())

    def get_address(self) -> str:
        return "127.0.0.1"

    def get_endpoint_from_executor(self) -> str:
        return "127.0.0.1"

    def get_runtime_endpoint(self) -> str:
        return f"http://127.0.0.1:{config.GATEWAY_LISTEN[0].port}/_localstack_lambda/{self.id}"

    def get_logs(self) -> str:
        return self._worker.logs() if self._worker else ""

    def _spawn(self) -> Worker:
        return Worker(self._environment["LAMBDA_TASK_ROOT"], self._environment)

    def _timed_out(self) -> str:
        return f"Task timed out after {self.function_version.config.timeout}.00 seconds"


def failure(error_type: str, message: str) -> dict:
    return {"isError": True, "body": json.dumps({"errorType": error_type, "errorMessage": message})}
