import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LANGUAGE_RULES, PROJECT_RULES, RULES } from '../../lib/asl/lint/catalogue.ts';
import { DISTRIBUTED_MAP_FIELDS, JSONPATH_CHOICE_FIELDS, JSONPATH_STATE_FIELDS } from '../../lib/asl/lint/fields.ts';
import { type LintOptions, lint } from '../../lib/asl/lint/lint.ts';

const SUFFIX = '.asl.json';
const here = import.meta.dirname;
const files = readdirSync(here).filter((file) => file.endsWith(SUFFIX));
const names = files.map((file) => file.slice(0, -SUFFIX.length));

const read = (name: string): unknown => JSON.parse(readFileSync(join(here, `${name}${SUFFIX}`), 'utf8'));

const rulesByLength = Object.keys(RULES).sort((a, b) => b.length - a.length);

/** `invalid-jsonpath-InputPath` breaks `jsonpath`; the words after it name the field, when the first is capital. */
function expectation(name: string): { rule: string; field: string | undefined } {
  const rest = name.slice('invalid-'.length);
  const rule = rulesByLength.find((candidate) => rest === candidate || rest.startsWith(`${candidate}-`));
  if (rule === undefined) throw new Error(`${name} names no rule`);
  return { rule, field: /^[A-Z]\w*/.exec(rest.slice(rule.length + 1))?.[0] };
}

const optionsFor = (rule: string): LintOptions =>
  rule in PROJECT_RULES ? { profile: 'project', errorNames: ['Listed'] } : {};

describe('a valid definition has no finding', () => {
  it.each(names.filter((name) => name.startsWith('valid-')))('%s', (name) => {
    const options: LintOptions = name.startsWith('valid-project')
      ? { profile: 'project', errorNames: ['Listed'] }
      : { substitutions: { Work: 'arn:aws:lambda:eu-west-1:123456789012:function:work' } };
    expect(lint(read(name), options)).toEqual([]);
  });
});

describe('an invalid definition breaks the rule of its name and no other', () => {
  it.each(names.filter((name) => name.startsWith('invalid-')))('%s', (name) => {
    const { rule, field } = expectation(name);
    const findings = lint(read(name), optionsFor(rule));
    expect([...new Set(findings.map((finding) => finding.rule))]).toEqual([rule]);
    if (field !== undefined) expect(findings[0]?.field).toContain(field);
    for (const finding of findings) {
      expect(finding.message).not.toBe('');
      expect(finding.remedy).not.toBe('');
    }
  });
});

describe('the fixtures', () => {
  const isShown = (prefix: string): boolean => names.some((name) => name === prefix || name.startsWith(`${prefix}-`));

  // Its cases are those where the rules of this folder see nothing, so there is no definition to show.
  it.each(Object.keys(RULES).filter((rule) => rule !== 'schema'))('show the rule %s', (rule) => {
    expect(isShown(`invalid-${rule}`)).toBe(true);
  });

  it.each([
    ...[...JSONPATH_STATE_FIELDS, ...JSONPATH_CHOICE_FIELDS].map((field) => `invalid-jsonpath-${field}`),
    ...DISTRIBUTED_MAP_FIELDS.map((field) => `invalid-distributed-map-${field}`),
  ])('show the refused field of %s', (prefix) => {
    expect(isShown(prefix)).toBe(true);
  });

  it('are each for a rule or valid', () => {
    expect(names.filter((name) => !/^(in)?valid-/.test(name))).toEqual([]);
  });
});

describe('lint', () => {
  it('reports all findings at once, with state, field, rule and remedy', () => {
    const findings = lint({
      QueryLanguage: 'JSONata',
      StartAt: 'Fan',
      States: {
        Fan: {
          Type: 'Map',
          TimeoutSeconds: 3,
          ItemProcessor: {
            StartAt: 'Put',
            States: {
              Put: {
                Type: 'Task',
                Resource: 'arn:aws:states:::lambda:invoke',
                Arguments: {},
                Retry: [{ ErrorEquals: ['States.ALL'], MaxAttempts: -1 }],
                Next: 'Gone',
              },
            },
          },
          Output: '{% phone + $ %}',
          End: true,
        },
      },
    });
    const put = 'States.Fan.ItemProcessor.States.Put';
    expect(findings.map(({ rule, path, field }) => `${rule} ${path} ${field}`).sort()).toEqual([
      'bare-reference States.Fan Output',
      'context-reference States.Fan Output',
      `dangling-transition ${put} Next`,
      'endless-branch States.Fan.ItemProcessor States',
      `missing-argument ${put} Arguments.FunctionName`,
      'timeout-placement States.Fan TimeoutSeconds',
      `value-range ${put} Retry[0].MaxAttempts`,
    ]);
  });

  it('does not change the definition', () => {
    const definition = read('valid-every-state-type');
    lint(definition, { profile: 'project' });
    expect(definition).toEqual(read('valid-every-state-type'));
  });

  it('fills placeholders before it judges', () => {
    const definition = read('valid-placeholders');
    const substitutions = new Map([['Resource', 'arn:aws:states:::sqs:sendMessage']]);
    expect(lint(definition, { substitutions }).map(({ rule }) => rule)).toEqual(['unsupported-resource']);
  });

  it.each([null, 'text', 3, [], undefined])('refuses %j, which is no object', (definition) => {
    expect(lint(definition).map(({ rule }) => rule)).toEqual(['definition-object']);
  });

  it('survives values of any type in any place', () => {
    const odd = [null, 1, 'x', [], {}, [[]], [null], true];
    const keys = ['States', 'StartAt', 'Retry', 'Catch', 'Choices', 'Branches', 'ItemProcessor', 'Assign', 'Type'];
    for (const value of odd) {
      for (const key of keys) {
        const state = { Type: 'Task', [key]: value };
        expect(lint({ QueryLanguage: 'JSONata', StartAt: 'A', States: { A: state } }).length).toBeGreaterThan(0);
        expect(lint({ QueryLanguage: 'JSONata', [key]: value }).length).toBeGreaterThan(0);
      }
    }
  });
});

describe('docs/asl-rules.md', () => {
  const text = readFileSync(join(here, '../../docs/asl-rules.md'), 'utf8');
  const anchors = [...text.matchAll(/^### (\S+)$/gm)].map((match) => match[1]);

  it('explains every rule, once', () => {
    expect(anchors.toSorted()).toEqual(Object.keys(RULES).toSorted());
  });

  it('tells the rules of the language from those of the project', () => {
    const [language = '', project = ''] = text.split(/^## Rules of the project$/m);
    for (const rule of Object.keys(LANGUAGE_RULES)) expect(language).toContain(`### ${rule}\n`);
    for (const rule of Object.keys(PROJECT_RULES)) expect(project).toContain(`### ${rule}\n`);
  });
});

interface Recording {
  readonly name: string;
  readonly definition: { readonly QueryLanguage?: string };
}

const RECORDINGS = join(here, '../../../shared/asl-recordings/recordings.json');

/** Recordings of pure JSONata that use what the interpreter does not run. */
const REFUSED_BY_NAME: Readonly<Record<string, string>> = {
  'credentials/test_credentials_base::test_cross_account_states_start_sync_execution[SFN_START_EXECUTION_SYNC_ROLE_ARN_JSONATA]':
    'credentials',
  'error_handling/test_aws_sdk::test_s3_no_such_key': 'unsupported-resource',
  'scenarios/test_base_scenarios::test_map_item_batching_base_json_max_per_batch_jsonata': 'distributed-map',
};

describe.skipIf(!existsSync(RECORDINGS))(
  'definitions that AWS ran (../shared/asl-recordings; skipped without them)',
  () => {
    const cases: Recording[] = existsSync(RECORDINGS) ? JSON.parse(readFileSync(RECORDINGS, 'utf8')).cases : [];

    it.each(cases.map(({ name, definition }) => [name, definition] as const))('%s', (name, definition) => {
      const errors = lint(definition).filter(({ severity }) => severity === 'error');
      const rules = new Set(errors.map(({ rule }) => rule));
      const refusal = definition.QueryLanguage === 'JSONata' ? REFUSED_BY_NAME[name] : 'jsonpath';
      expect([...rules]).toEqual(refusal === undefined ? [] : [refusal]);
    });
  },
);
