/** A service integration that the interpreter runs. */
export interface Integration {
  /** `''` is request-response. */
  readonly patterns: readonly string[];
  readonly required: readonly string[];
  readonly optional: readonly string[];
}

/** What a `Resource` names. */
export interface Resource {
  /** e.g. `lambda:invoke` */
  readonly action: string;
  /** e.g. `.waitForTaskToken`; `''` is request-response. */
  readonly pattern: string;
}

/** The integrations that the interpreter runs, with the arguments that AWS takes. */
export const INTEGRATIONS: ReadonlyMap<string, Integration> = new Map([
  [
    'lambda:invoke',
    {
      patterns: ['', '.waitForTaskToken'],
      required: ['FunctionName'],
      optional: ['Payload', 'ClientContext', 'InvocationType', 'Qualifier'],
    },
  ],
  [
    'states:startExecution',
    {
      patterns: ['', '.sync', '.sync:2'],
      required: ['StateMachineArn'],
      optional: ['Input', 'Name', 'TraceHeader'],
    },
  ],
]);

/** Services that AWS integrates and the interpreter does not. */
export const OTHER_SERVICES: ReadonlySet<string> = new Set([
  ...['apigateway', 'athena', 'aws-sdk', 'batch', 'bedrock', 'codebuild', 'databrew', 'dynamodb', 'ecs', 'eks'],
  ...['elasticmapreduce', 'emr-containers', 'emr-serverless', 'events', 'glue', 'http', 'mediaconvert', 's3'],
  ...['sagemaker', 'sns', 'sqs'],
]);

const PARTITION = String.raw`arn:(?:aws[a-z-]*|\$\{[^}]+\})`;
const SERVICE = new RegExp(`^${PARTITION}:states:[^:]*:[^:]*:([^.]+)(\\..+)?$`);
const ACTIVITY = new RegExp(`^${PARTITION}:states:[^:]*:[^:]*:activity:`);
const FUNCTION = new RegExp(`^${PARTITION}:lambda:`);

/** The action and the pattern of an ARN `arn:<partition>:states:::<service>:<action><pattern>`. */
export function parseResource(arn: string): Resource | undefined {
  const [, action, pattern = ''] = SERVICE.exec(arn) ?? [];
  return action === undefined ? undefined : { action, pattern };
}

/** Whether the ARN is an activity's. */
export const isActivity = (arn: string): boolean => ACTIVITY.test(arn);

/** Whether the ARN is a Lambda function's, the older way of calling one. */
export const isFunction = (arn: string): boolean => FUNCTION.test(arn);
