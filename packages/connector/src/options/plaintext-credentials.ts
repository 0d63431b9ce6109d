import { type Logger, silentLogger } from '../observability/logger.ts'
import type { Credentials } from './credentials.ts'

const SENT = {
  password: 'user name and token',
  'access token': 'the access token',
} as const satisfies Record<Credentials['kind'], string>

/** Warns through the program's logger, or, without one, as a Node warning: this warning must always be visible. */
export function warnOfPlaintext(host: string, { kind }: Credentials, logger: Logger): void {
  const message = `${SENT[kind]} will be sent unencrypted: set \`secure: true\`, or \`allowPlaintextCredentials: true\` if that is meant`
  if (logger === silentLogger) process.emitWarning(`${message} (host ${host})`, { code: 'E6_PLAINTEXT_CREDENTIALS' })
  else logger.warn({ host }, message)
}
