/** The three roles of a rotation with two logins. */
export interface DualNames {
  readonly previous: string;
  readonly next: string;
  readonly owner: string;
}

/** The parameters of every catalogue query below, in the order in which {@link WITH_NAMES} takes them. */
export const parametersOf = ({ previous, next, owner }: DualNames): string[] => [previous, next, owner];

/** Begins a catalogue query: `n` has the three names, and the oid of each role that exists. */
export const WITH_NAMES = `
  WITH n AS (
    SELECT $1::name AS previous_name, $2::name AS next_name, $3::name AS owner_name,
      (SELECT oid FROM pg_roles WHERE rolname = $1::name) AS previous,
      (SELECT oid FROM pg_roles WHERE rolname = $2::name) AS next,
      (SELECT oid FROM pg_roles WHERE rolname = $3::name) AS owner)`;
