"""A Node process that loads a handler once and answers calls, one JSON text a line."""

import json
import os
import queue
import shutil
import subprocess
import threading
from collections import deque
from pathlib import Path

BOOTSTRAP = Path(__file__).with_name("bootstrap.mjs")

# The function's own variables must not see those of the emulator, but a process needs to find its tools.
INHERITED = ("PATH", "HOME", "TMPDIR", "NODE_EXTRA_CA_CERTS")


class TimedOut(Exception):
    pass


class WorkerExited(Exception):
    pass


class Worker:
    def __init__(self, code: str, variables: dict[str, str]) -> None:
        inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
        answers_out, answers_in = os.pipe()
        self._process = subprocess.Popen(
            [shutil.which("node") or "node", str(BOOTSTRAP), str(answers_in)],
            cwd=code,
            env={**inherited, **variables},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            pass_fds=[answers_in],
        )
        os.close(answers_in)
        self._answers: queue.Queue[str | None] = queue.Queue()
        self._logs: deque[str] = deque(maxlen=1000)
        self._follow(os.fdopen(answers_out), self._answers.put, lambda: self._answers.put(None))
        self._follow(self._process.stdout, self._logs.append, lambda: None)

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def call(self, call: dict, timeout_seconds: int) -> dict:
        """The answer of the handler; a process that gives none in time is ended."""
        deadline = {**call, "timeoutSeconds": timeout_seconds}
        try:
            self._process.stdin.write(json.dumps(deadline) + "\n")
            self._process.stdin.flush()
            answer = self._answers.get(timeout=timeout_seconds)
        except queue.Empty:
            self.end()
            raise TimedOut from None
        except BrokenPipeError:
            answer = None
        if answer is None:
            raise WorkerExited(f"exit status: {self._process.wait()}")
        return json.loads(answer)

    def logs(self) -> str:
        return "".join(self._logs)

    def end(self) -> None:
        self._process.kill()
        self._process.wait()

    @staticmethod
    def _follow(stream, on_line, on_end) -> None:
        def read() -> None:
            with stream:
                for line in stream:
                    on_line(line)
            on_end()

        threading.Thread(target=read, daemon=True).start()
