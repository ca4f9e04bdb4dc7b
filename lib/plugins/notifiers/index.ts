import type { NotifierClient } from '../../core/notices.ts';
import type { Plugin } from '../../core/ports.ts';
import { consoleNotifier } from './console.ts';
import { slack } from './slack.ts';
import { webhook } from './webhook.ts';

export const notifiers: readonly Plugin<NotifierClient>[] = [consoleNotifier, slack, webhook];
