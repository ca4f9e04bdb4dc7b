import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { builtIn } from '../../lib/runtime/catalog.ts';
import { exampleText, flowText, statementsByOwner, synthesize } from './synthesis.ts';

const machineProperties = z.object({
  DefinitionString: z.string(),
  DefinitionSubstitutions: z.record(z.string(), z.unknown()),
});

describe('the machine on AWS', () => {
  const template = synthesize(exampleText, builtIn).template('keyturn-production-postgresql');
  const [machine] = Object.values(template.findResources('AWS::StepFunctions::StateMachine'));
  const { DefinitionString, DefinitionSubstitutions } = machineProperties.parse(machine?.Properties);
  const placeholders = [...new Set([...flowText.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => name))].sort();

  it('is the text of the file, with substitutions and nothing else', () => {
    expect(DefinitionString).toBe(flowText);
  });

  it('substitutes the placeholders of the file and no others', () => {
    expect(Object.keys(DefinitionSubstitutions).sort()).toEqual(placeholders);
  });

  it('may invoke the functions behind its placeholders and no others', () => {
    const invokes = (statementsByOwner(template).get('Rotation') ?? []).filter(({ Action }) =>
      Action.includes('lambda:InvokeFunction'),
    );
    const { Partition: _partition, ...functions } = DefinitionSubstitutions;
    expect(invokes).toHaveLength(1);
    expect(texts(invokes[0]?.Resource ?? [])).toEqual(texts(Object.values(functions)));
  });

  it('logs everything but data, under a key of our own, and is traced', () => {
    template.hasResourceProperties('AWS::StepFunctions::StateMachine', {
      StateMachineName: 'keyturn-production-postgresql',
      StateMachineType: 'STANDARD',
      LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: false, Destinations: [Match.anyValue()] },
      TracingConfiguration: { Enabled: true },
      EncryptionConfiguration: { Type: 'CUSTOMER_MANAGED_KMS_KEY', KmsKeyId: Match.anyValue() },
    });
    template.allResourcesProperties('AWS::Logs::LogGroup', { KmsKeyId: Match.anyValue(), RetentionInDays: 365 });
  });

  it('lends its role to this machine only', () => {
    template.hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: Match.objectLike({
        Statement: [
          Match.objectLike({
            Principal: { Service: 'states.amazonaws.com' },
            Condition: {
              StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
              ArnEquals: { 'aws:SourceArn': Match.anyValue() },
            },
          }),
        ],
      }),
    });
  });
});

const texts = (values: readonly unknown[]) => values.map((value) => JSON.stringify(value)).sort();
