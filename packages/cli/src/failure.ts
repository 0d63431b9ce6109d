import type { E6dataError } from 'e6data-connector'
import { CommandError } from './command-error.ts'
import type { ExitName } from './exits.ts'
import { printable } from './printable.ts'

/** What is said of a failure, and what the command exits with. */
export interface Failure {
  readonly message: string
  /** The message as whoever wrote it laid it out, where that is more than a line. */
  readonly lines?: readonly string[]
  readonly advice: string | undefined
  readonly exit: ExitName
}

interface FailureRule {
  readonly exit: ExitName
  readonly advice?: string
}

/** By the connector's codes. What has no advice says enough by itself. */
const RULES: Readonly<Record<string, FailureRule>> = {
  E6_OPTIONS: { exit: 'usage' },
  E6_ABORTED: { exit: 'interrupted' },
  E6_PARAMETER: { exit: 'usage' },
  E6_USAGE: { exit: 'usage' },
  E6_CREDENTIALS: { exit: 'credentials', advice: '`e6data doctor` shows where the user name and the token come from' },
  E6_SESSION: { exit: 'credentials' },
  E6_CONNECT: { exit: 'unreachable', advice: '`e6data doctor` checks the way there step by step' },
  E6_TRANSPORT: { exit: 'unreachable' },
  E6_CLOSED: { exit: 'unreachable' },
  E6_STRATEGY_MISMATCH: { exit: 'unavailable' },
  E6_STRATEGY_DETECTION_TIMEOUT: {
    exit: 'unavailable',
    advice: 'a deployment takes unusually long: `e6data strategy` shows what is known',
  },
  E6_HELD_CALLS_LIMIT: { exit: 'unavailable' },
  E6_CLUSTER_SUSPENDED: { exit: 'unavailable', advice: '`e6data resume` brings it back' },
  E6_RATE_LIMITED: { exit: 'unavailable', advice: 'try again in a moment' },
  E6_POOL_TIMEOUT: { exit: 'unavailable' },
  E6_TIMEOUT: { exit: 'timeout' },
  E6_QUERY_INTERRUPTED: {
    exit: 'incomplete',
    advice: 'the rows written are right, but they are not all: run it again',
  },
  E6_DECODE: { exit: 'failed' },
  E6_VALUE_RANGE: { exit: 'failed' },
  E6_RESULT_TOO_LARGE: { exit: 'failed' },
  E6_QUERY_FAILED: { exit: 'failed' },
}

const UNKNOWN_OUTCOME = 'nobody knows whether the statement was carried out: look before you run it again'

/** A file that can't be had is the user's to mend. */
const FILE_FAULTS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'it may not be accessed',
  EPERM: 'it may not be accessed',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is no folder',
  ENOSPC: 'the disk is full',
  EROFS: 'the file system is read-only',
}

/** Puts anything that was thrown into one line, and what can be done about it into another. */
export function describeFailure(error: unknown): Failure {
  if (error instanceof CommandError) return { message: error.message, advice: undefined, exit: error.exit }
  if (isConnectorError(error)) return connectorFailure(error)
  const { code, path, syscall } = error as NodeJS.ErrnoException
  const fault = code === undefined ? undefined : FILE_FAULTS[code]
  if (fault !== undefined && path !== undefined)
    return { message: `${path}: ${fault}`, advice: undefined, exit: 'usage' }
  if (fault !== undefined && syscall !== undefined) return { message: fault, advice: undefined, exit: 'failed' }
  return { message: `this should not have happened: ${stackOf(error)}`, advice: undefined, exit: 'internal' }
}

/** A failure as lines for a terminal, with nothing in them that a terminal would act on. */
export function failureLines({ message, advice, exit }: Failure, command: string): string {
  const shown = exit === 'internal' ? message : printable(message)
  return `${command}: ${shown}\n${advice ? `  ${advice}\n` : ''}`
}

/** A failure for somebody who sits in front of it, as whoever wrote the message laid it out. */
export function failureBlock({ message, lines, advice, exit }: Failure): string {
  const shown = exit === 'internal' ? [message] : (lines ?? [message]).map(printable)
  return [`error: ${shown[0]}`, ...shown.slice(1), ...(advice ? [`  ${advice}`] : [])].join('\n')
}

/** Told by its code and not by its class: the connector need not be loaded to say that an option is unknown. */
function isConnectorError(error: unknown): error is E6dataError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code in RULES
}

function connectorFailure(error: E6dataError): Failure {
  const { advice, exit } = RULES[error.code]!
  const isUnknown = error.outcome === 'unknown' && error.queryId !== undefined && error.code !== 'E6_QUERY_INTERRUPTED'
  const lines = messageLines(error)
  // A pointer says nothing once it is in a line with what it points at.
  const words = lines.map((line) => line.trim()).filter((line) => line !== '^')
  const message = words.join(error.code === 'E6_OPTIONS' ? '; ' : ' | ')
  return { message, lines, ...(isUnknown ? { advice: UNKNOWN_OUTCOME, exit: 'incomplete' } : { advice, exit }) }
}

/** An engine's message may quote the statement line by line and point at a place in it; its blank lines say nothing. */
function messageLines(error: E6dataError & { faults?: readonly string[]; engineMessage?: string }): string[] {
  if (error.faults) return error.faults.map(flagWords)
  return (error.engineMessage ?? error.message)
    .split(/\r?\n/)
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
}

/** The connector speaks of its options; the command's are spelt otherwise. */
function flagWords(fault: string): string {
  const missing = /^(\w+) is missing/.exec(fault)?.[1]
  if (missing === 'password')
    return 'no token: set E6DATA_PASSWORD or E6DATA_ACCESS_TOKEN, or use --password-file, --access-token-file or a profile'
  if (missing === 'host')
    return 'no host: give --host, --url or --profile, or set E6DATA_HOST (`-P local` is `e6data local up`)'
  if (missing !== undefined)
    return `no ${missing}: give --${missing} or --profile, or set E6DATA_${missing.toUpperCase()}`
  return fault
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
