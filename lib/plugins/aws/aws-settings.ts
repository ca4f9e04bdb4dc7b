import { z } from 'zod';
import { httpUrl } from '../../core/http-target.ts';
import type { AwsCredentials } from './assumed-role.ts';

const ON_THIS_MACHINE = /^(localhost|127(\.\d+){3}|\[::1\])$/;

export const awsRegion = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'expected a region, e.g. eu-west-1');

/** The keys of every plugin that calls AWS. The login is the one that the SDK finds: the role of a function, a profile. */
export const awsPlace = {
  region: awsRegion,
  /** An emulator's address. */
  endpoint: httpUrl
    .refine(
      (text) => !URL.canParse(text) || text.startsWith('https:') || ON_THIS_MACHINE.test(new URL(text).hostname),
      'expected https://: values go this way',
    )
    .optional(),
};

export interface AwsPlace {
  readonly region: string;
  readonly endpoint?: string | undefined;
}

/** Milliseconds; with three attempts of each call they stay below a step's time. */
const TIMES = { connectionTimeout: 3000, requestTimeout: 5000, throwOnRequestTimeout: true };

/** @param credentials - of a role in another account; those that the SDK finds when absent */
export const clientOptions = ({ region, endpoint }: AwsPlace, credentials?: AwsCredentials) => ({
  region,
  requestHandler: TIMES,
  ...(endpoint !== undefined && { endpoint }),
  ...(credentials !== undefined && { credentials }),
});
