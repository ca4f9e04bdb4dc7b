/** States that say nothing to people: choices, joins, and the telling of the channels. */
const SILENT =
  /^(Enter|Notify\w+|All\w+|Wave|Name|Wave(Healthy|Failed|Done)|IsQuiet|QuietAgain|Confirm(Quiet|Person)|\w*Decision|GateOpen|Direction|Committed|RolledBack|Quarantined|Refused)$/;

/** What happens in a state of a flow, in people's words. */
export const STATE_WORDS: Readonly<Record<string, string>> = {
  Begin: 'checking the request and the policy, taking the locks',
  AskApproval: 'waiting for approval',
  ConfirmApproval: 'counting the votes',
  Generate: 'making the new value, kept as pending',
  Regenerate: 'the target refused the value by its policy: making another',
  Install: 'having the target accept the new value beside the old one',
  VerifyTarget: 'logging in at the target with the new value',
  Store: 'making the new value current in the store',
  Propagate: 'bringing the new value to every consumer',
  Put: 'writing its copy',
  Delivered: 'its copy is written',
  NotDelivered: 'its copy could not be written',
  Waves: 'restarting the consumers in order, proving each on the new version',
  Restart: 'restarting',
  WatchRollout: 'waiting until it is back',
  VerifyConsumer: 'asking which version it uses',
  Proven: 'proven',
  Failed: 'not proven',
  Grace: 'old and new both stay valid',
  Quiet: 'looking whether anybody still uses the old value',
  AskQuiet: 'the old value is still in use: waiting for a person',
  Gate: 'a last look: is every consumer proven?',
  Retire: 'retiring the old value; from here it only goes forward',
  VerifyRefused: 'proving that the old value is refused',
  Finish: 'sealing the record, freeing the locks',
  Withdraw: 'not approved: taking the request back',
  Assess: 'deciding: on or back?',
  Restore: 'making the old value current again in the store',
  RestoreConsumers: 'bringing the old value back to every consumer',
  PutBack: 'writing its old copy back',
  RestartBack: 'restarting',
  WatchBack: 'waiting until it is back',
  VerifyBack: 'asking which version it uses',
  Restored: 'proven on the old version',
  NotRestored: 'not proven on the old version',
  Undo: 'taking its restart back',
  Uninstall: 'removing the new value at the target',
  VerifyRemoved: 'proving that the new value is refused and the old one works',
  Discard: 'forgetting the new value',
  FinishRolledBack: 'sealing the record, freeing the locks',
  Quarantine: 'in quarantine: the locks are kept until a person decides',
  AskPerson: 'waiting for a person',
};

/** The states in which an item of a fan-out is done, and whether well. */
export const ITEM_ENDS: Readonly<Record<string, boolean>> = {
  Delivered: true,
  Proven: true,
  Restored: true,
  NotDelivered: false,
  NotRestored: false,
  Failed: false,
};
