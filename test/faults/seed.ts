/** All that is drawn at random in the fault suite follows from it: a failure is seen again with the same seed. */
export const SEED = Number(process.env.KEYTURN_SEED ?? 20_260_105);
