// Loads the handler that _HANDLER names, from the current folder, and answers each call that comes on stdin: one JSON text
// a line. The answers go to a pipe of their own, so that what the function prints is only its log.
import { existsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const answers = Number(process.argv[2]);
const answer = (isError, value) =>
  writeSync(answers, `${JSON.stringify({ isError, body: JSON.stringify(value) ?? 'null' })}\n`);

async function load() {
  const [, module, name] = /^(.*)\.([^.]+)$/.exec(process.env._HANDLER);
  const file = ['.mjs', '.cjs', '.js'].map((end) => join(process.cwd(), module + end)).find(existsSync);
  if (!file) throw Object.assign(new Error(`Cannot find module '${module}'`), { name: 'Runtime.ImportModuleError' });
  const loaded = await import(pathToFileURL(file).href);
  const handler = loaded[name] ?? loaded.default?.[name];
  if (handler) return handler;
  throw Object.assign(new Error(`${module}.${name} is undefined`), { name: 'Runtime.HandlerNotFound' });
}

function contextOf({ requestId, functionArn, timeoutSeconds }) {
  const deadline = Date.now() + timeoutSeconds * 1000;
  return {
    awsRequestId: requestId,
    invokedFunctionArn: functionArn,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

let handler;
for await (const line of createInterface({ input: process.stdin })) {
  const call = JSON.parse(line);
  try {
    handler ??= await load();
    answer(false, await handler(JSON.parse(call.event), contextOf(call)));
  } catch (error) {
    const { name, message, stack } = error instanceof Error ? error : { name: typeof error, message: String(error) };
    answer(true, { errorType: name, errorMessage: message, trace: stack?.split('\n') ?? [] });
  }
}
