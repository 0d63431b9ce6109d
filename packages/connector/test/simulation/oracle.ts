import {
  AbortError,
  ClosedError,
  ClusterSuspendedError,
  ConnectError,
  CredentialsError,
  type E6dataError,
  QueryFailedError,
  QueryInterruptedError,
  SessionError,
  StrategyDetectionTimeoutError,
  StrategyMismatchError,
  TimeoutError,
  TransportError,
} from '../../src/errors.ts'
import { STRATEGIES, type Strategy } from '../../src/types/strategy.ts'
import type { Exchange } from './exchange.ts'
import type { Operation } from './operation.ts'
import type { ConnectionLimits } from './schedule.ts'

/** The evidence: what servers and network saw, and no state of the connector. */
export interface Evidence {
  readonly operation: Operation
  readonly now: number
  /** The calls about the operation that have ended, in the order in which they did. */
  readonly ended: readonly Exchange[]
  /** Logins of its process that came to nothing since it began. */
  readonly troubledLogins: readonly Exchange[]
  /**
   * And such as had come to nothing shortly before: it may have joined a search for the strategy that was under way.
   */
  readonly earlierLogins: readonly Exchange[]
  readonly limits: ConnectionLimits
}

/** A reason why a query may fail. */
interface Excuse {
  readonly name: string
  /** Whether it holds also where nothing but announced switches happens: the program wanted it so. */
  readonly always?: true
  readonly fits: (error: E6dataError, evidence: Evidence) => boolean
}

/**
 * Steps that are never repeated once they may have reached an engine (rule 7): the answer may be lost, or the work
 * done.
 */
const NEVER_REPEATED: ReadonlySet<string> = new Set(['execute', 'fetch'])

/** How far off a measured time may be, in milliseconds: an event may come just before its deadline. */
const SLACK_MS = 1

/** How long a strategy may be silent before that is suspicious, in milliseconds (rule 16). */
const SILENCE_MS = 5000

/** How long a strategy may take to answer a login that a search for it makes, at least, in milliseconds. */
const PROBE_TIMEOUT_MS = 5000

/** A method that was denied two sessions in a row causes no login for so long, in milliseconds (rule 8). */
const NO_RENEWAL_MS = 10_000

/** While no strategy is reachable, calls are held if one served within this time, in milliseconds (rule 5). */
const SERVED_LATELY_MS = 30_000

/** And how long news of a strategy that serves may take to arrive, in milliseconds. */
const SERVICE_SLACK_MS = 1500

/**
 * When a query may fail, by the rules of docs/zero-downtime.md alone. Everything else that fails is a fault of the
 * connector. The first excuse that fits is the one that is counted.
 */
const EXCUSES: readonly Excuse[] = [
  {
    name: 'its program gave it up (rule 12)',
    always: true,
    fits: (error, { operation, now }) => {
      const { giveUp } = operation.decision
      if (error instanceof AbortError) return operation.interferences.has('its signal fired')
      if (!(error instanceof TimeoutError) || giveUp?.by !== 'timeout') return false
      return now - operation.beganAt >= giveUp.afterMs - SLACK_MS
    },
  },
  {
    name: 'its program closed the connection (rule 12)',
    always: true,
    fits: (error, { operation }) =>
      error instanceof ClosedError && operation.interferences.has('its connection was closed'),
  },
  {
    name: 'its program cancelled it',
    always: true,
    fits: (error, { operation, ended }) =>
      operation.interferences.has('it was cancelled elsewhere') &&
      (error instanceof ClosedError || ended.some(({ end, step }) => end === 'engine-error' && step !== 'release')),
  },
  {
    name: 'it was turned away when it could not be run again (rule 6)',
    fits: (error, evidence) => error instanceof QueryInterruptedError && mayBeInterrupted(error, evidence),
  },
  {
    name: 'a call that may have reached an engine is never repeated, nor its statement (rules 7, 8 and 19)',
    fits: (error, evidence) =>
      isOfKind(error, [TransportError, SessionError, ClusterSuspendedError, QueryFailedError]) &&
      mayNotBeRunAgain(evidence),
  },
  {
    name: 'no answer came in the time allowed (rule 12)',
    fits: (error, { ended, troubledLogins, limits, operation, now }) =>
      error instanceof TimeoutError &&
      (now - operation.beganAt >= limits.timeoutMs - SLACK_MS ||
        operation.process.wasPausedSince(operation.beganAt) ||
        ended.some((call) => wasUnanswered(call, limits.callTimeoutMs, ended)) ||
        troubledLogins.some((call) => wasUnanswered(call, PROBE_TIMEOUT_MS))),
  },
  {
    name: 'a connection carried nothing, and it or the search for its strategy went over that one (rule 12)',
    fits: (error, { operation: { id, process, beganAt } }) => {
      const isWaitedFor = ({ step, end, endedAt, operation }: Exchange) =>
        (step === 'login' || operation === id) && (end === undefined || endedAt >= beganAt)
      const isLate = isOfKind(error, [
        ...[TimeoutError, StrategyMismatchError, StrategyDetectionTimeoutError, TransportError],
      ])
      return isLate && process.silenced.some(isWaitedFor)
    },
  },
  {
    name: 'no answer came for as long as calls are held (rules 5 and 16)',
    fits: (error, { operation, limits, now }) => {
      const isUnanswered = ({ end, sentAt }: Exchange) => end === undefined && now - sentAt >= SILENCE_MS - SLACK_MS
      const isHeldTooLong = now - operation.beganAt >= limits.strategyDetectionTimeoutMs
      return error instanceof TransportError && isHeldTooLong && operation.calls.some(isUnanswered)
    },
  },
  {
    name: 'neither strategy could be reached, and none had served within 30 s (rule 5)',
    fits: (error, { operation: { process, cluster }, troubledLogins, now }) => {
      const isLost = (strategy: Strategy) =>
        troubledLogins.some(({ end, headers }) => end === 'fate unknown' && headers.get('strategy') === strategy)
      const servedAt = process.answeredAt.get(cluster) ?? Number.NEGATIVE_INFINITY
      return error instanceof TransportError && STRATEGIES.every(isLost) && now - servedAt > SERVED_LATELY_MS
    },
  },
  {
    name: 'every try that a call gets met a fault',
    fits: (error, { ended, troubledLogins, limits }) =>
      isOfKind(error, [TransportError, ConnectError, SessionError, StrategyMismatchError, ClusterSuspendedError]) &&
      mostTroubles(ended, troubledLogins) >= limits.maxRetryAttempts,
  },
  {
    name: 'a new session was denied as well (rule 8)',
    fits: (error, { ended, operation, now }) => {
      const denied = ended.findLast(({ end }) => end === 'session-unknown')
      if (!(error instanceof SessionError) || denied === undefined) return false
      const at = operation.process.deniedTwice.get(`${denied.connection} ${denied.method.name}`)
      return at !== undefined && now - at < NO_RENEWAL_MS
    },
  },
  {
    name: 'an engine does not support the call (rule 16)',
    fits: (error, { ended, troubledLogins }) => {
      const last = ended.findLast(({ step }) => step !== 'release')
      const calls = last ? [last, ...troubledLogins] : troubledLogins
      return (
        isOfKind(error, [TransportError, QueryFailedError]) && calls.some(({ fault }) => fault === 'not implemented')
      )
    },
  },
  {
    name: 'an engine failed twice at new work (rule 16)',
    fits: (error, { ended, troubledLogins }) =>
      error instanceof QueryFailedError && engineFailures([...ended, ...troubledLogins]) > 1,
  },
  {
    name: 'an engine failed at a call that is not repeated (rules 7, 14 and 19)',
    fits: (error, { ended }) =>
      error instanceof QueryFailedError &&
      ended.findLast(({ step }) => NEVER_REPEATED.has(step))?.fault === 'engine fails',
  },
  {
    name: 'its engine was replaced and does not know it any more',
    fits: (error, { ended, operation: { cluster } }) =>
      error instanceof QueryFailedError &&
      ended.some((call) => call.step !== 'release' && call.end === 'engine-error' && cluster.hasReplaced(call)),
  },
  {
    name: 'no strategy took new work for as long as calls are held (rule 5)',
    fits: (error, { operation, now, limits, troubledLogins }) => {
      if (!(error instanceof StrategyDetectionTimeoutError)) return false
      const since = now - limits.strategyDetectionTimeoutMs + SERVICE_SLACK_MS
      const { cluster, process } = operation
      // One that had refused a call after its login must run the probe statement, even slowly (rule 18).
      const servedFrom = now - SERVICE_SLACK_MS - cluster.slowestSince(since)
      const isOut = servedFrom <= since || cluster.wasOutOfService(since, servedFrom)
      return isOut || process.wasPausedSince(since) || troubledLogins.some(wasFaulted)
    },
  },
  {
    name: 'the cluster was not resumed in the time allowed',
    fits: (error, { operation, now, limits }) =>
      error instanceof ClusterSuspendedError &&
      operation.cluster.wasOutOfService(now - limits.autoResumeTimeoutMs + SLACK_MS, now - SLACK_MS),
  },
  {
    name: 'the cluster refused the credentials (rule 5)',
    fits: (error, { troubledLogins, earlierLogins }) =>
      error instanceof CredentialsError &&
      [...earlierLogins, ...troubledLogins].some(({ end }) => end === 'credentials-refused'),
  },
]

/** The reason why the operation may have failed with this error; `undefined` when the rules know none. */
export function excuseOf(error: E6dataError, evidence: Evidence, { faults }: { faults: boolean }): string | undefined {
  return EXCUSES.find(({ always, fits }) => (faults || always) && fits(error, evidence))?.name
}

/**
 * Rule 6: a query that was turned away ends when rows had been delivered, or when running it again could write twice;
 * and so does a question about it, which no engine can answer any more.
 */
function mayBeInterrupted(error: QueryInterruptedError, evidence: Evidence): boolean {
  const { operation, ended, troubledLogins, limits } = evidence
  const about = ended.filter(({ queryId }) => queryId === error.queryId)
  const refused =
    about.findLast((call) => call.step !== 'release' && wasRefused(call)) ?? refusedRenewal(operation, troubledLogins)
  if (!refused) return false
  if (handedOver(operation, about) || triesUsedUp(ended, limits)) return true
  if (about.findLast(({ step }) => step !== 'release')?.step === 'look') return true
  if (!operation.writes) return false
  // Refused by the proxy at execute, no engine has seen it: it must be run again, even if it writes.
  const isExecuted = about.some(({ step, end }) => step === 'execute' && end === 'answered')
  return isExecuted || refused.end === 'refused by the engine'
}

/** What an engine may have seen of a call that failed. */
const UNCLEAR_ENDS: ReadonlySet<string> = new Set(['fate unknown', 'session-unknown', 'cluster-suspended'])

/**
 * Rule 19: a statement whose execute or fetch may have reached an engine is run again once, and only when it reads,
 * none of its rows was handed over, and its process has not run too many again.
 */
function mayNotBeRunAgain({ operation, ended }: Evidence): boolean {
  const last = ended.findLast(({ step }) => NEVER_REPEATED.has(step))
  if (last === undefined || last.end === undefined || !UNCLEAR_ENDS.has(last.end)) return false
  const cutOff = new Set(ended.filter(isCutOff).map(({ queryId }) => queryId))
  const wasRunAgain = cutOff.size > 1 // of several runs, one only ends the statement
  const about = ended.filter(({ queryId }) => queryId === last.queryId)
  const isSpent = operation.process.reruns.isOverdrawn(operation.cluster)
  return operation.writes || wasRunAgain || isSpent || handedOver(operation, about)
}

/** Whether an execute or a fetch may have been carried out, and was not answered. */
export function isCutOff({ step, end }: Exchange): boolean {
  return NEVER_REPEATED.has(step) && end !== undefined && UNCLEAR_ENDS.has(end)
}

/** Forms that hand over nothing before the end of the result. */
const WHOLE_RESULTS: ReadonlySet<string> = new Set(['query', 'query as arrays', 'write'])

/** Whether the program was given rows of a run. What the network gave to the client may still wait to be read. */
function handedOver({ decision, rowsSeen }: Operation, about: readonly Exchange[]): boolean {
  if (WHOLE_RESULTS.has(decision.form)) return false
  return decision.form === 'readable' ? rowsDelivered(about) > 0 : rowsSeen > 0
}

/** A query needs another session only when the server has denied its connection the one it had. */
function refusedRenewal({ process, connection }: Operation, logins: readonly Exchange[]): Exchange | undefined {
  return process.deniedSessions.has(connection) ? logins.findLast(wasRefused) : undefined
}

/** How often an engine said at a login, a prepare, or about a catalog that it is not well. */
function engineFailures(ended: readonly Exchange[]): number {
  const isNewWork = ({ step }: Exchange) => step === 'login' || step === 'prepare' || step === 'catalog'
  const isUnwell = ({ fault }: Exchange) => fault === 'engine fails' || fault === 'engine unavailable'
  return ended.filter((call) => isNewWork(call) && isUnwell(call)).length
}

/** How many rows of a query the network gave to the client. */
export function rowsDelivered(about: readonly Exchange[]): number {
  return about.reduce((rows, call) => rows + (call.end === 'answered' ? call.rows : 0), 0)
}

function triesUsedUp(ended: readonly Exchange[], { maxRetryAttempts }: ConnectionLimits): boolean {
  return ended.filter(({ step, end }) => step === 'prepare' && end === 'answered').length >= maxRetryAttempts
}

/** The most troubles that any one call of the operation can have met, with those of the logins on its way. */
function mostTroubles(ended: readonly Exchange[], troubledLogins: readonly Exchange[]): number {
  const troubled = ended.filter(({ end }) => end !== 'answered' && end !== 'given up')
  return Math.max(0, ...countByStep(troubled).values()) + troubledLogins.length
}

function countByStep(calls: readonly Exchange[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { step } of calls) counts.set(step, (counts.get(step) ?? 0) + 1)
  return counts
}

/** Whether all the time that a call has was spent: on it, on the tries before it, and on the logins between them. */
function wasUnanswered(call: Exchange, timeoutMs: number, ended: readonly Exchange[] = []): boolean {
  if (call.end !== 'given up') return false
  const before = ended.findLast((it) => it.end === 'answered' && it.endedAt <= call.sentAt)
  return call.endedAt - (before?.endedAt ?? call.sentAt) >= timeoutMs - SLACK_MS
}

function wasRefused({ end }: Exchange): boolean {
  return end === 'refused by the proxy' || end === 'refused by the engine'
}

function wasFaulted({ fault }: Exchange): boolean {
  return fault !== undefined
}

type ErrorClass = abstract new (...facts: never[]) => E6dataError

function isOfKind(error: E6dataError, kinds: readonly ErrorClass[]): boolean {
  return kinds.some((kind) => error instanceof kind)
}
