import type { Plugin, VerifierClient } from '../../core/ports.ts';
import { httpVersion } from './http-version.ts';

export const verifiers: readonly Plugin<VerifierClient>[] = [httpVersion];
