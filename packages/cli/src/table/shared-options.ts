import type { OptionSpec } from './command-spec.ts'
import { anyText, duration, oneOf, wholeNumber } from './value-kinds.ts'

const TOKEN_ADVICE =
  'a token on the command line is seen by every user of this machine: set E6DATA_PASSWORD, name a file with ' +
  '--password-file, keep it in a profile, or omit it for a prompt'

const ACCESS_TOKEN_ADVICE =
  'a token on the command line is seen by every user of this machine: set E6DATA_ACCESS_TOKEN, name a file with ' +
  '--access-token-file, or keep it in a profile'

/** The options that select a cluster and credentials, for every command that connects to a cluster. */
export const CONNECTION_OPTIONS: readonly OptionSpec[] = [
  {
    flag: 'profile',
    short: 'P',
    value: 'NAME',
    kind: anyText,
    completes: 'profile',
    about: 'A named profile of the config file; `local` is the cluster of `e6data local up`.',
    default: "the config file's `default`",
    env: 'E6DATA_PROFILE',
  },
  {
    flag: 'url',
    value: 'URL',
    kind: anyText,
    about: 'The address as a URL, without a token: e6data://user@host:443/catalog/database.',
    env: 'E6DATA_URL',
  },
  {
    flag: 'host',
    value: 'HOST',
    kind: anyText,
    about: "Host name or address of the cluster's proxy.",
    env: 'E6DATA_HOST',
  },
  {
    flag: 'port',
    value: 'PORT',
    kind: wholeNumber(1, 65_535),
    about: 'Port of the proxy.',
    default: '443 with TLS, else 80',
    env: 'E6DATA_PORT',
  },
  {
    flag: 'username',
    short: 'U',
    value: 'NAME',
    kind: anyText,
    about: 'The user name, usually an e-mail address.',
    env: 'E6DATA_USERNAME',
  },
  {
    flag: 'password-file',
    value: 'FILE',
    kind: anyText,
    completes: 'file',
    about: 'A file with the access token, readable only by its owner.',
    default: 'E6DATA_PASSWORD, the profile, or a prompt',
  },
  {
    flag: 'password',
    value: 'TOKEN',
    about: 'Refused: every user of this machine sees the command line.',
    refusal: TOKEN_ADVICE,
  },
  {
    flag: 'access-token-file',
    value: 'FILE',
    kind: anyText,
    completes: 'file',
    about: 'A file with an OAuth access token, in place of a user; read again for each call.',
    default: 'E6DATA_ACCESS_TOKEN, or the profile',
  },
  {
    flag: 'access-token',
    value: 'TOKEN',
    about: 'Refused: every user of this machine sees the command line.',
    refusal: ACCESS_TOKEN_ADVICE,
  },
  {
    flag: 'catalog',
    value: 'NAME',
    kind: anyText,
    about: 'The catalog of unqualified names.',
    env: 'E6DATA_CATALOG',
  },
  {
    flag: 'database',
    short: 'd',
    value: 'NAME',
    kind: anyText,
    about: 'The schema of unqualified names.',
    env: 'E6DATA_DATABASE',
  },
  {
    flag: 'cluster-name',
    value: 'NAME',
    kind: anyText,
    about: 'The cluster behind the proxy.',
    env: 'E6DATA_CLUSTER_NAME',
  },
  {
    flag: 'cluster-uuid',
    value: 'UUID',
    kind: anyText,
    about: 'The UUID of the cluster, for older versions.',
    env: 'E6DATA_CLUSTER_UUID',
  },
  { flag: 'secure', about: 'Use TLS.', env: 'E6DATA_SECURE' },
  { flag: 'plaintext', about: 'Use no TLS, overriding the profile and the environment.' },
  {
    flag: 'tls-ca',
    value: 'FILE',
    kind: anyText,
    completes: 'file',
    about: 'Certificate authorities to trust, as PEM.',
    default: "the system's",
    env: 'E6DATA_TLS_CA',
  },
  {
    flag: 'tls-cert',
    value: 'FILE',
    kind: anyText,
    completes: 'file',
    about: 'Client certificate, with --tls-key.',
    env: 'E6DATA_TLS_CERT',
  },
  {
    flag: 'tls-key',
    value: 'FILE',
    kind: anyText,
    completes: 'file',
    about: 'Private key of the client certificate.',
    env: 'E6DATA_TLS_KEY',
  },
  {
    flag: 'tls-server-name',
    value: 'NAME',
    kind: anyText,
    about: "The name to expect in the server's certificate.",
    default: 'the host',
    env: 'E6DATA_TLS_SERVER_NAME',
  },
  { flag: 'no-auto-resume', about: 'Do not resume a suspended cluster; fail instead.', env: 'E6DATA_AUTO_RESUME' },
  {
    flag: 'connect-timeout',
    value: 'TIME',
    kind: duration,
    about: 'Time limit for connecting and logging in.',
    default: '10s',
  },
  {
    flag: 'log-level',
    value: 'LEVEL',
    kind: oneOf('debug', 'info', 'warn', 'error', 'silent'),
    choices: ['debug', 'info', 'warn', 'error', 'silent'],
    about: "Write the connector's log to standard error, one line of JSON per entry.",
    env: 'E6DATA_LOG_LEVEL',
  },
]

/** Options that every command takes. */
export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  { flag: 'help', short: 'h', about: 'Show this help.' },
  { flag: 'no-color', about: 'Write no colors. The environment variable NO_COLOR does the same.' },
]

export const TIMEOUT_OPTION: OptionSpec = {
  flag: 'timeout',
  short: 't',
  value: 'TIME',
  kind: duration,
  about: 'Cancel the query on the server when it takes longer: 30 (seconds), 500ms, 5m, 1h.',
  default: 'no limit',
}

export const JSON_OPTION: OptionSpec = { flag: 'json', about: 'Write one JSON object instead of text.' }
