/** The keys of a profile and their kinds of values. They have the names of the command-line options. */
export const PROFILE_KEYS = {
  url: 'string',
  host: 'string',
  port: 'number',
  username: 'string',
  password: 'string',
  'password-file': 'string',
  'access-token': 'string',
  'access-token-file': 'string',
  catalog: 'string',
  database: 'string',
  'cluster-name': 'string',
  'cluster-uuid': 'string',
  secure: 'boolean',
  'tls-ca': 'string',
  'tls-cert': 'string',
  'tls-key': 'string',
  'tls-server-name': 'string',
  'auto-resume': 'boolean',
  'connect-timeout': 'number',
  'log-level': 'string',
} as const satisfies Record<string, 'string' | 'number' | 'boolean'>

export type ProfileKey = keyof typeof PROFILE_KEYS
