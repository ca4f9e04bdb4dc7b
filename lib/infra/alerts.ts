import { ComparisonOperator, type Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { encryptionKey } from './keys.ts';

/** Where alarms go; people subscribe to it. */
export function alertsTopic(scope: Construct): Topic {
  const masterKey = encryptionKey(scope, 'AlertsKey', 'Keyturn: alerts');
  masterKey.grant(new ServicePrincipal('cloudwatch.amazonaws.com'), 'kms:Decrypt', 'kms:GenerateDataKey*');
  return new Topic(scope, 'Alerts', { masterKey, enforceSSL: true, displayName: 'Keyturn alerts' });
}

export interface Alarm {
  readonly id: string;
  /** What has happened and what to do, for whoever is paged. */
  readonly description: string;
  readonly metric: Metric;
}

/** Rings at the first occurrence within five minutes. */
export function alarmOnAny(scope: Construct, topic: ITopic, { id, description, metric }: Alarm): void {
  const alarm = metric.createAlarm(scope, id, {
    alarmDescription: description,
    threshold: 1,
    evaluationPeriods: 1,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
  alarm.addAlarmAction(new SnsAction(topic));
}
