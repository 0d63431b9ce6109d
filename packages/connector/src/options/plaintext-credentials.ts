import { BlockList, isIP } from 'node:net'
import { type Logger, silentLogger } from '../observability/logger.ts'
import type { Credentials } from './credentials.ts'

/** Whether what is sent to a host stays on this machine. */
export function isLoopback(host: string): boolean {
  const family = isIP(host)
  if (family === 0) return /^(.+\.)?localhost\.?$/i.test(host)
  const loopback = new BlockList()
  loopback.addSubnet('127.0.0.0', 8, 'ipv4')
  loopback.addAddress('::1', 'ipv6')
  return loopback.check(host, family === 4 ? 'ipv4' : 'ipv6')
}

const SENT = {
  password: 'user name and token',
  'access token': 'the access token',
} as const satisfies Record<Credentials['kind'], string>

/** Goes to the program's logger, or, if it has none, where Node shows warnings: this one must not be lost in silence. */
export function warnOfPlaintext(host: string, { kind }: Credentials, logger: Logger): void {
  const message = `${SENT[kind]} will be sent unencrypted: set \`secure: true\`, or \`allowPlaintextCredentials: true\` if that is meant`
  if (logger === silentLogger) process.emitWarning(`${message} (host ${host})`, { code: 'E6_PLAINTEXT_CREDENTIALS' })
  else logger.warn({ host }, message)
}
