/** What a plugin can do; the contract suite applies the cases of each, and a verifier may require some of its secret type. */
export type Capability =
  | 'dual' // old and new are valid at the same time
  | 'single' // one slot: a declared gap
  | 'sessions' // lists who is logged in
  | 'prepares' // shows and does what the target lacks
  | 'sibling-fields' // several entries on one path
  | 'preserves-owner' // keeps owner and mode of what it replaces
  | 'reports-version' // the consumer itself says which version it uses
  | 'polls-rollout' // the restart has a progress of its own
  | 'signing-keys' // its value is a ring of keys that sign tokens
  | 'encryption-keys' // its value is a ring of keys that encrypt
  | 'signs'; // its messages carry a signature
