import type { E6dataError } from 'e6data-connector'
import { CommandError } from './command-error.ts'
import type { ExitName } from './exits.ts'
import { durationText } from './output/amounts.ts'
import { printable } from './printable.ts'

/** The message of a failure, and the exit status. */
export interface Failure {
  /** One line, for scripts and logs. */
  readonly message: string
  /** The message with its original layout, if it has several lines. */
  readonly lines?: readonly string[]
  readonly advice: string | undefined
  readonly exit: ExitName
}

interface FailureRule {
  readonly exit: ExitName
  readonly advice?: string
}

/** Exit status and advice by the connector's error codes. */
const RULES: Readonly<Record<string, FailureRule>> = {
  E6_OPTIONS: { exit: 'usage' },
  E6_ABORTED: { exit: 'interrupted' },
  E6_PARAMETER: { exit: 'usage' },
  E6_USAGE: { exit: 'usage' },
  E6_CREDENTIALS: { exit: 'credentials', advice: '`e6data doctor` shows where the user name and the token come from' },
  E6_SESSION: { exit: 'credentials' },
  E6_SESSION_STATE_LOST: { exit: 'unavailable' },
  E6_CONNECT: { exit: 'unreachable', advice: '`e6data doctor` checks the connection step by step' },
  E6_TRANSPORT: { exit: 'unreachable' },
  E6_CLOSED: { exit: 'unreachable' },
  E6_STRATEGY_MISMATCH: { exit: 'unavailable' },
  E6_STRATEGY_DETECTION_TIMEOUT: {
    exit: 'unavailable',
    advice: 'a switch takes unusually long: `e6data strategy` shows its state',
  },
  E6_HELD_CALLS_LIMIT: { exit: 'unavailable' },
  E6_CLUSTER_SUSPENDED: { exit: 'unavailable', advice: '`e6data resume` resumes it' },
  E6_RATE_LIMITED: { exit: 'unavailable', advice: 'try again in a moment' },
  E6_POOL_TIMEOUT: { exit: 'unavailable' },
  E6_TIMEOUT: { exit: 'timeout' },
  E6_QUERY_INTERRUPTED: {
    exit: 'incomplete',
    advice: 'the rows written are correct but incomplete: run it again',
  },
  E6_RESULT_INCOMPLETE: { exit: 'incomplete', advice: 'the result has fewer rows than announced: run it again' },
  E6_DECODE: { exit: 'failed' },
  E6_VALUE_RANGE: { exit: 'failed' },
  E6_RESULT_TOO_LARGE: { exit: 'failed' },
  E6_QUERY_FAILED: { exit: 'failed' },
}

const UNKNOWN_OUTCOME = 'it is unknown whether the statement was executed: check before you run it again'

/** The failure of a statement, with facts that only its caller has. */
export class StatementFailure extends Error {
  constructor(
    override readonly cause: unknown,
    readonly facts: {
      /** Whether the statement only reads. */
      readonly readsOnly: boolean
      /** The limit that the user set, in milliseconds. */
      readonly timeoutMs: number | undefined
      readonly queryId: string | undefined
    },
  ) {
    super('the statement failed', { cause })
    this.name = 'StatementFailure'
  }
}

/** Error codes of a full or broken disk. */
const OUTPUT_FAULTS: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG', 'EIO', 'EBADF'])

/** Errors of files that the user can fix. */
const FILE_FAULTS: Readonly<Record<string, string>> = {
  ENOENT: 'the file does not exist',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is not a folder',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file is too large for the file system',
  EIO: 'the device reports an error',
  EBADF: 'it is closed',
  EROFS: 'the file system is read-only',
}

/** Describes an error in one line, with advice in another. */
export function describeFailure(error: unknown): Failure {
  if (error instanceof StatementFailure) return statementFailure(error)
  if (error instanceof CommandError) return { message: error.message, advice: undefined, exit: error.exit }
  if (isConnectorError(error)) return connectorFailure(error)
  const { code, path, syscall } = error as NodeJS.ErrnoException
  const fault = code === undefined ? undefined : FILE_FAULTS[code]
  if (fault !== undefined && (path !== undefined || syscall !== undefined)) {
    const exit = OUTPUT_FAULTS.has(code!) ? 'output' : 'usage'
    return { message: path === undefined ? fault : `${path}: ${fault}`, advice: undefined, exit }
  }
  return { message: `this should not have happened: ${stackOf(error)}`, advice: undefined, exit: 'internal' }
}

/** Describes a failed write to standard output or standard error. */
export function outputFailure(error: NodeJS.ErrnoException): Failure {
  const fault = FILE_FAULTS[error.code ?? ''] ?? error.message
  return { message: `the output can't be written: ${fault}`, advice: undefined, exit: 'output' }
}

/** Formats a failure for standard error, without control characters. */
export function failureLines(failure: Failure, command: string, layout: 'one-line' | 'laid-out' = 'one-line'): string {
  const { message, lines, advice, exit } = failure
  const shown = exit === 'internal' ? [message] : (layout === 'laid-out' && lines ? lines : [message]).map(printable)
  return `${command}: ${shown.join('\n')}\n${advice ? `  ${advice}\n` : ''}`
}

/** Formats a failure for a terminal, with its original layout. */
export function failureBlock({ message, lines, advice, exit }: Failure): string {
  const shown = exit === 'internal' ? [message] : (lines ?? [message]).map(printable)
  return [`error: ${shown[0]}`, ...shown.slice(1), ...(advice ? [`  ${advice}`] : [])].join('\n')
}

/** A time limit that ends a reading statement is harmless: the query is cancelled and nothing has changed. */
function statementFailure({ cause, facts: { readsOnly, timeoutMs, queryId } }: StatementFailure): Failure {
  const failure = describeFailure(cause)
  if (!isConnectorError(cause) || cause.code !== 'E6_TIMEOUT') return failure
  const message = timeoutMs === undefined ? cause.message : `no complete result within ${durationText(timeoutMs)}`
  const id = cause.queryId ?? queryId
  if (cause.outcome === 'unknown' && !readsOnly)
    return {
      message,
      advice: id === undefined ? UNKNOWN_OUTCOME : `query ${id}: ${UNKNOWN_OUTCOME}`,
      exit: 'incomplete',
    }
  const cancelled = `query ${id} was cancelled on the server`
  const harmless = readsOnly ? '; it only reads, so nothing was changed' : ''
  return { message, advice: id === undefined ? undefined : `${cancelled}${harmless}`, exit: 'timeout' }
}

/** Checks the code, not the class, so that the connector need not be loaded for an unknown option. */
function isConnectorError(error: unknown): error is E6dataError {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code in RULES
}

function connectorFailure(error: E6dataError): Failure {
  const { advice, exit } = RULES[error.code]!
  const isUnknown = error.outcome === 'unknown' && error.queryId !== undefined && error.code !== 'E6_QUERY_INTERRUPTED'
  const lines = messageLines(error)
  // A pointer is useless in one line.
  const words = lines.map((line) => line.trim()).filter((line) => line !== '^')
  const message = words.join(error.code === 'E6_OPTIONS' ? '; ' : ' | ')
  if (error.code === 'E6_OPTIONS') return { ...optionsFailure(lines), advice, exit }
  return { message, lines, ...(isUnknown ? { advice: UNKNOWN_OUTCOME, exit: 'incomplete' } : { advice, exit }) }
}

/** Formats one fault in the line itself, and several as a list. */
function optionsFailure(faults: readonly string[]): Pick<Failure, 'message' | 'lines'> {
  if (faults.length === 1) return { message: faults[0]!, lines: faults }
  const head = `${faults.length} settings are missing or wrong`
  return { message: `${head}: ${faults.join('; ')}`, lines: [`${head}:`, ...faults.map((fault) => `  ${fault}`)] }
}

/** An engine's message may quote the statement and point at a place in it. Drops blank lines. */
function messageLines(error: E6dataError & { faults?: readonly string[]; engineMessage?: string }): string[] {
  if (error.faults) return error.faults.map(flagWords)
  return (error.engineMessage ?? error.message)
    .split(/\r?\n/)
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
}

/** Replaces the connector's option names with those of the command. */
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
