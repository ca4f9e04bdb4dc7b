import { isIP } from 'node:net';
import { z } from 'zod';

const DNS = /^(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/;

/** A DNS name, in lower case, with `*` as its first part at most, or an IP address. */
export const hostName = z
  .string()
  .max(253)
  .refine((name) => isIP(name) !== 0 || DNS.test(name), 'expected a DNS name in lower case or an IP address');

export const isAddress = (name: string): boolean => isIP(name) !== 0;

/** Names that every machine has for itself: a certificate for one proves nothing about who answers. */
export const isLocalName = (name: string): boolean =>
  name === 'localhost' || name.endsWith('.localhost') || name === '::1' || /^127\./.test(name);
