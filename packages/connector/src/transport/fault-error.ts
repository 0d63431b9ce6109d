import {
  ClusterSuspendedError,
  ConnectError,
  CredentialsError,
  DecodeError,
  type E6dataError,
  type ErrorFacts,
  QueryFailedError,
  RateLimitedError,
  SessionError,
  StrategyMismatchError,
  TransportError,
} from '../errors.ts'
import { statusName } from './grpc-status.ts'
import type { Fault, FaultKind, FaultSource } from './status-rules.ts'
import type { CallFailure } from './transport.ts'

type MakeError = (fault: Fault, method: string, facts: ErrorFacts) => E6dataError

/** The public error for each kind of fault that recovery could not overcome. */
const ERRORS: Record<FaultKind, MakeError> = {
  'strategy-mismatch': (_, method, facts) =>
    new StrategyMismatchError(`${method}: no deployment of the cluster accepted the call`, {
      ...facts,
      retryable: facts.outcome !== 'unknown',
    }),
  'cluster-suspended': ({ from, details }, method, facts) =>
    new ClusterSuspendedError(
      `${method}: the cluster is suspended${from === 'engine' ? ` (${details})` : ''}; resume it, or set autoResume`,
      {
        ...facts,
        retryable: facts.outcome !== 'unknown',
      },
    ),
  'session-unknown': (fault, method, facts) =>
    new SessionError(`${method}: the engine accepts neither the session nor a new one (${fault.details})`, {
      ...facts,
      retryable: facts.outcome !== 'unknown',
    }),
  'credentials-refused': (_, __, facts) => credentialsRefused(facts),
  'not-connected': (fault, _, facts) => new ConnectError(connectMessage(fault.details), { ...facts, retryable: true }),
  'stream-refused': (_, method, facts) =>
    new TransportError(`${method}: the server did not accept the call`, { ...facts, retryable: true }),
  'connection-lost': (fault, method, facts) =>
    new TransportError(`${method}: the connection was lost before the answer (${fault.details})`, {
      ...facts,
      retryable: facts.outcome === 'not-sent',
    }),
  'proxy-error': (fault, method, facts) =>
    new TransportError(`${method}: the proxy in front of the cluster answered ${fault.details}`, facts),
  'rate-limited': (fault, method, facts) =>
    new RateLimitedError(`${method}: too many requests (${fault.details})`, {
      ...facts,
      retryable: facts.outcome !== 'unknown',
    }),
  'message-too-large': (fault, method, facts) =>
    new TransportError(
      `${method}: a message exceeds \`maxSendMessageLength\` or \`maxReceiveMessageLength\`: ${fault.details}`,
      facts,
    ),
  'bad-request': (fault, method, facts) => new TransportError(`${method}: ${fault.details}`, facts),
  'bad-answer': (fault, method, facts) => new DecodeError(`${method}: ${fault.details}`, facts),
  'not-supported': (fault, method, facts) =>
    STATEMENT_CALL.test(method)
      ? queryFailed(fault, facts) // The engine does not support the statement.
      : new TransportError(`${method} is not supported by this server: ${fault.details}`, facts),
  'permission-denied': (fault, _, facts) => queryFailed(fault, facts),
  'engine-error': (fault, _, facts) => queryFailed(fault, facts),
}

/** The calls that pass a statement to the engine. */
const STATEMENT_CALL = /^(?:prepare|execute)Statement/

function queryFailed({ details }: Fault, facts: ErrorFacts): QueryFailedError {
  return new QueryFailedError(details, positionIn(details), facts)
}

/** Converts a failure to the typed error of the public API. */
export function faultError({ fault, method }: CallFailure, facts: Omit<ErrorFacts, 'cause'> = {}): E6dataError {
  const cause = new Error(
    `${SPEAKERS[fault.from]}: ${fault.code === undefined ? '' : `${statusName(fault.code)}: `}${fault.details}`,
  )
  return ERRORS[fault.kind](fault, method, { outcome: fault.outcome, cause, ...facts })
}

const SPEAKERS: Record<FaultSource, string> = {
  proxy: 'the proxy answered',
  engine: 'the engine answered',
  transport: 'no answer',
}

/** The error for a login that the cluster refused. */
export function credentialsRefused(facts: ErrorFacts): CredentialsError {
  const message = 'the cluster refused the user name or the token: check `username` and `password`, or `accessToken`'
  return new CredentialsError(message, facts)
}

/** The patterns of socket, TLS and HTTP/2 errors that prevent a connection, with advice for each. */
const CONNECT_HINTS: readonly [pattern: RegExp, advice: string][] = [
  [/ENOTFOUND|EAI_AGAIN/, 'the host name cannot be resolved: check `host`'],
  [/ERR_PROXY/, 'a proxy refused the connection: check `grpc_proxy`, `https_proxy`, `http_proxy` and `no_proxy`'],
  [/ECONNREFUSED/, 'nothing listens there: check `host` and `port`, and whether the cluster is up'],
  [/EHOSTUNREACH|ENETUNREACH|ETIMEDOUT/, 'the host cannot be reached: check the network and `host`'],
  [
    /certificate|CERT_|altnames|self[- ]signed|unable to (?:verify|get)/i,
    "the server's TLS certificate is not trusted: set its authority as `tls.ca`, or its name as `tls.serverName`",
  ],
  [/ERR_ALPN|NO_APPLICATION_PROTOCOL/i, 'the server speaks TLS but not HTTP/2 there: check `host` and `port`'],
  [
    /WRONG_VERSION_NUMBER|wrong version number|SSL|EPROTO|packet length too long/i,
    'the server does not speak TLS there: check `secure` and `port`',
  ],
  [
    /ERR_HTTP2_ERROR|ERR_NO_SETTINGS|Protocol error/,
    'the server does not speak HTTP/2 there: check `host`, `port` and `secure`',
  ],
]

function connectMessage(details: string): string {
  const advice = CONNECT_HINTS.find(([pattern]) => pattern.test(details))?.[1]
  return `could not connect: ${advice ?? 'check `host`, `port` and `secure`'} (${details})`
}

/** The notations of engines for a position: `LINE 1: …`, `line 1:8`, `line 1, column 8`. */
const POSITION = /\bline (?<line>\d+)(?:(?:,? col(?:umn)? |:)(?<column>\d+))?/i

/** A marker below a fully quoted line can show the column: `LINE 1: SELEC 1`, and `^` below its S. */
const MARKED_LINE = /^(?<label>LINE \d+: )(?!\.\.\.)[^\n]*\n(?<margin> *)\^/m

function positionIn(message: string): { line: number; column?: number } | undefined {
  const found = POSITION.exec(message)?.groups
  if (!found?.line) return undefined
  const column = found.column === undefined ? markedColumn(message) : Number(found.column)
  return { line: Number(found.line), ...(column === undefined ? {} : { column }) }
}

function markedColumn(message: string): number | undefined {
  const { label, margin } = MARKED_LINE.exec(message)?.groups ?? {}
  if (label === undefined || margin === undefined || margin.length < label.length) return undefined
  return margin.length - label.length + 1
}
