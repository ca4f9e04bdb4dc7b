export interface FirstConfig {
  readonly organization: string;
  readonly environment: string;
  readonly secret: string;
  readonly classification: string;
  readonly team: string;
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly roles: readonly string[];
  readonly owner: string;
  readonly ssl: string;
  readonly consumer: string;
  readonly loginFile: string;
  readonly reloadUrl: string | undefined;
}

/** Quoted, so that a name that looks like a number stays a name. */
const q = (text: string): string => JSON.stringify(text);

/** A first keyturn.yaml: one PostgreSQL login, its admin login, one consumer; every line that a newcomer changes says so. */
export function firstConfig(given: FirstConfig): string {
  const { organization, environment, secret, classification, team, loginFile, consumer } = given;
  return `# What Keyturn rotates, where it is used, and how each use is proven. It holds no value of any secret.
# Check it with: keyturn validate      Editors complete it with: keyturn schema > keyturn.schema.json
version: 1
organization: ${q(organization)}

# The first part of every secret's id names one of these.
environments:
  ${q(environment)}: {}

# Who holds which role of the policy: names below \`operators\`. CRITICAL wants a ciso and two others, HIGH security and a
# manager, MEDIUM a team-lead, LOW nobody.
people:
  ciso: []
  security: []
  manager: []
  team-lead: []

# Who may vote and ask in their own name. Make a key with: keyturn init --operator NAME --key FILE
operators: {}

# Where values are kept. \`local\` is an encrypted store in the data directory.
backends:
  local: { use: local }

# The signed end of the audit chain is copied there after each rotation: choose a place that the operator of this
# machine cannot rewrite.
# audit: { anchor: /mnt/evidence/keyturn-head.json }

secrets:
  ${secret}:
    type: postgresql
    classification: ${classification}
    owner: ${q(team)}
    target:
      host: ${q(given.host)}
      port: ${given.port}
      database: ${q(given.database)}
      sslMode: ${given.ssl}                # caFile: ca.pem when the system does not know the CA
      admin: { secret: ${secret}-admin }
${rolesOf(given)}
    consumers:
      # One entry for each service that uses the login.
      - name: ${q(consumer)}
        propagate:
          use: env-file
          path: ${q(loginFile)}
          data:
            DATABASE_URL: "postgresql://{username:url}:{password:url}@{host}:{port}/{database}"
${restartOf(given)}
        # Its sessions at the database are looked at: the name is the application_name of its connections.
        verify: [{ use: postgresql-sessions, applicationName: ${q(consumer)} }]

  # The login that may create and alter the roles above. It is held, not rotated.
  ${secret}-admin:
    type: external
    classification: ${classification}
    owner: ${q(team)}
`;
}

/** Two roles need an owner for what they share; a single one keeps what it owns. */
const rolesOf = ({ roles, owner }: FirstConfig): string =>
  roles.length === 1
    ? `      roles: [${roles.map(q).join(', ')}]            # two roles would alternate without a gap`
    : `      roles: [${roles.map(q).join(', ')}]      # they alternate: old and new are valid at the same time
      owner: ${q(owner)}                   # owns everything; nobody logs in with it`;

const restartOf = ({ reloadUrl }: FirstConfig): string =>
  reloadUrl === undefined
    ? `        # It reads the file again by itself; else use http-reload, process-signal or command.
        restart: { use: none }`
    : `        restart: { use: http-reload, url: ${q(reloadUrl)} }`;
