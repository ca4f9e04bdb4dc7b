import { describe, expect, it } from 'vitest';
import { overlayFromHistory } from '../../lib/cli/picture/run-overlay.ts';
import { HistoryBuilder } from '../support/history-builder.ts';
import { rotationHistory } from '../support/rotation-machine.ts';

const started = (): HistoryBuilder => new HistoryBuilder().add('ExecutionStarted', { input: '{}' });
const overlay = (run: HistoryBuilder): ReturnType<typeof overlayFromHistory> => overlayFromHistory(run.events);

describe('what happened in an execution', () => {
  it('is nothing before it begins', () => {
    expect(overlayFromHistory([])).toEqual({ status: 'running', states: new Map(), transitions: [] });
  });

  it('is running until an event ends it', () => {
    const run = started().pass('Pass', 'A').enter('Wait', 'B');
    expect(overlay(run).status).toBe('running');
    expect(overlay(run).states.get('B')?.status).toBe('running');
    expect(overlay(run.exit('Wait', 'B').add('ExecutionSucceeded')).status).toBe('succeeded');
    expect(overlay(run).states.get('B')?.status).toBe('succeeded');
  });

  it('counts visits of a loop, and adds their time', () => {
    const run = started().pass('Wait', 'A').pass('Choice', 'B').pass('Wait', 'A').pass('Choice', 'B');
    expect(overlay(run).states.get('A')).toMatchObject({ visits: 2, retries: 0, milliseconds: 2000 });
    expect(overlay(run).transitions).toEqual([
      { from: 'A', to: 'B', caught: false },
      { from: 'B', to: 'A', caught: false },
    ]);
  });

  it('tells retries from visits', () => {
    const run = started().task('A', 'Busy', 'Busy').task('B').task('A', 'Busy');
    expect(overlay(run).states.get('A')).toMatchObject({
      visits: 2,
      retries: 3,
      status: 'succeeded',
      error: undefined,
    });
  });

  it('names the error that was caught, and the way it led', () => {
    const run = started().caught('A', 'Store.Busy').pass('Pass', 'B');
    expect(overlay(run).states.get('A')).toMatchObject({ status: 'caught', error: 'Store.Busy' });
    expect(overlay(run).transitions).toEqual([{ from: 'A', to: 'B', caught: true }]);
  });

  it('names the state that the execution failed in, and those around it', () => {
    const run = started()
      .enter('Map', 'Each')
      .add('MapStateStarted')
      .add('MapIterationStarted', { name: 'Each', index: 0 });
    run.enter('Task', 'Put').attempt('Denied');
    run.add('MapIterationFailed', { name: 'Each', index: 0 }).add('MapStateFailed', { error: 'Denied' });
    const { status, states } = overlay(run.add('ExecutionFailed', { error: 'Denied' }));
    expect(status).toBe('failed');
    expect(states.get('Put')).toMatchObject({ status: 'failed', error: 'Denied' });
    expect(states.get('Each')).toMatchObject({ status: 'failed', error: 'Denied' });
  });

  it('takes an error of an expression for one of its state', () => {
    const run = started()
      .enter('Pass', 'A')
      .add('EvaluationFailed', { error: 'States.QueryEvaluationError', state: 'A' });
    const { states } = overlay(run.add('ExecutionFailed', { error: 'States.QueryEvaluationError' }));
    expect(states.get('A')).toMatchObject({ status: 'failed', error: 'States.QueryEvaluationError' });
  });

  it('keeps an error inside a Map from the Map when it was caught there', () => {
    const run = started();
    run.map('Each', 1, () => run.caught('Put', 'Denied').pass('Pass', 'NotPut'));
    expect(overlay(run).states.get('Put')?.status).toBe('caught');
    expect(overlay(run).states.get('Each')?.status).toBe('succeeded');
  });

  it('gives an outer Parallel its own failure, not its inner one its', () => {
    const run = started().enter('Parallel', 'Outer').add('ParallelStateStarted').enter('Parallel', 'Inner');
    run.add('ParallelStateStarted').enter('Task', 'A').attempt('Denied');
    run.add('ParallelStateFailed', { error: 'Denied' }).add('ParallelStateFailed', { error: 'Outer.Denied' });
    const { states } = overlay(run.exit('Parallel', 'Outer').pass('Pass', 'Next'));
    expect(states.get('Outer')).toMatchObject({ status: 'caught', error: 'Outer.Denied' });
    expect(states.get('Inner')).toMatchObject({ status: 'failed', error: 'Denied' });
  });

  it.each([
    ['ExecutionTimedOut', 'timed out', 'failed'],
    ['ExecutionAborted', 'aborted', 'aborted'],
  ])('after %s leaves no state running', (type, status, state) => {
    const run = started().enter('Wait', 'A').add(type, { error: 'States.Timeout' });
    expect(overlay(run).status).toBe(status);
    expect(overlay(run).states.get('A')?.status).toBe(state);
  });

  it('keeps only what looks like the name of an error', () => {
    const run = started().caught('A', 'the password CANARY is wrong').pass('Pass', 'B');
    expect(overlay(run).states.get('A')?.error).toBe('error');
  });

  it('takes times as text, as dates and as numbers', () => {
    const events = started().pass('Wait', 'A').events;
    const dated = events.map((event) => ({ ...event, timestamp: new Date(event.timestamp) }));
    const counted = dated.map((event) => ({ ...event, timestamp: event.timestamp.getTime() }));
    for (const history of [events, dated, counted]) {
      expect(overlayFromHistory(history).states.get('A')?.milliseconds).toBe(1000);
    }
  });

  it('follows a whole rotation', () => {
    const { status, states } = overlayFromHistory(rotationHistory);
    expect(status).toBe('failed');
    expect(states.get('WaveFailed')?.milliseconds).toBe(3000);
    expect(Object.fromEntries([...states].map(([name, run]) => [name, run.status]))).toMatchObject({
      Begin: 'succeeded',
      Put: 'succeeded',
      Restart: 'caught',
      NotProven: 'succeeded',
      WaveFailed: 'failed',
      Waves: 'caught',
      RolledBack: 'failed',
    });
  });
});
