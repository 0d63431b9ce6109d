import { LOG_LEVELS } from '../observability/logger.ts'
import type { OptionName } from './connect-options.ts'
import {
  accessToken,
  flag,
  headerText,
  hostName,
  implementation,
  messageBytes,
  milliseconds,
  oneOf,
  pem,
  record,
  text,
  textRecord,
  valueTypes,
  wholeNumber,
} from './option-kinds.ts'
import type { OptionTable } from './option-spec.ts'
import { STRATEGY_OPTION_TABLE } from './strategy-option-table.ts'

const LARGEST = Number.MAX_SAFE_INTEGER

export const OPTION_TABLE: OptionTable = {
  host: {
    kind: hostName,
    about: "Name or address of the cluster's proxy.",
    defaultNote: 'required',
    env: { name: 'E6DATA_HOST' },
    url: 'address',
  },
  port: {
    kind: wholeNumber(1, 65_535),
    about: 'Port of the proxy.',
    defaultNote: '443 when `secure`, else 80',
    env: { name: 'E6DATA_PORT' },
    url: 'address',
  },
  username: {
    kind: text,
    about: 'The user who logs in, usually an e-mail address.',
    defaultNote: 'required, or `accessToken`',
    env: { name: 'E6DATA_USERNAME' },
    url: 'address',
  },
  password: {
    kind: text,
    about: 'The personal access token.',
    defaultNote: 'required, or `accessToken`',
    env: { name: 'E6DATA_PASSWORD' },
    url: 'address',
  },
  impersonate: {
    kind: text,
    about: 'The user in whose name the session works.',
    url: { parameter: 'impersonate' },
  },
  accessToken: {
    kind: accessToken,
    about: 'An OAuth access token that every call carries in place of a login, or a function that gives it.',
    env: { name: 'E6DATA_ACCESS_TOKEN' },
    url: { parameter: 'access-token' },
  },
  catalog: {
    kind: text,
    about: 'Catalog in which unqualified names are looked up.',
    env: { name: 'E6DATA_CATALOG' },
    url: 'address',
  },
  database: {
    kind: text,
    about: 'Database (schema) in which unqualified names are looked up.',
    env: { name: 'E6DATA_DATABASE' },
    url: 'address',
  },
  clusterName: {
    kind: headerText,
    about: "The cluster's name, by which the proxy routes.",
    env: { name: 'E6DATA_CLUSTER_NAME' },
    url: { parameter: 'cluster-name' },
  },
  clusterUuid: {
    kind: headerText,
    about: "The cluster's UUID, by which older deployments route.",
    env: { name: 'E6DATA_CLUSTER_UUID' },
    url: { parameter: 'cluster-uuid' },
  },

  secure: {
    kind: flag,
    about: 'Whether to use TLS.',
    default: false,
    env: { name: 'E6DATA_SECURE' },
    url: { parameter: 'secure' },
  },
  'tls.ca': {
    kind: pem,
    about: 'Certificate authorities to trust: the path of a PEM file, or its bytes.',
    defaultNote: "the system's",
    env: { name: 'E6DATA_TLS_CA' },
    url: { parameter: 'tls-ca' },
  },
  'tls.cert': {
    kind: pem,
    about: 'Client certificate chain, with `tls.key`.',
    env: { name: 'E6DATA_TLS_CERT' },
    url: { parameter: 'tls-cert' },
  },
  'tls.key': {
    kind: pem,
    about: 'Private key of the client certificate.',
    env: { name: 'E6DATA_TLS_KEY' },
    url: { parameter: 'tls-key' },
  },
  'tls.serverName': {
    kind: hostName,
    about: "The name to expect in the server's certificate.",
    defaultNote: 'the value of `host`',
    env: { name: 'E6DATA_TLS_SERVER_NAME' },
    url: { parameter: 'tls-server-name' },
  },
  allowPlaintextCredentials: {
    kind: flag,
    about: 'Silences the warning that user name and token travel unencrypted to another host.',
    default: false,
    url: { parameter: 'allow-plaintext-credentials' },
  },

  connectTimeoutMs: {
    kind: milliseconds(1),
    about: 'How long connecting and logging in may take together.',
    default: 10_000,
    url: { parameter: 'connect-timeout-ms' },
  },
  timeoutMs: {
    kind: milliseconds(1),
    about: 'How long a whole query may take.',
    defaultNote: 'no limit',
    url: { parameter: 'timeout-ms' },
  },
  prepareTimeoutMs: {
    kind: milliseconds(1),
    about: 'How long preparing a statement may take.',
    default: 600_000,
    env: { name: 'E6DATA_PREPARE_TIMEOUT', unit: 'seconds' },
    url: { parameter: 'prepare-timeout-ms' },
  },
  callTimeoutMs: {
    kind: milliseconds(1),
    about: 'How long any other single call to the engine may take.',
    default: 600_000,
    url: { parameter: 'call-timeout-ms' },
  },
  keepaliveTimeMs: {
    kind: milliseconds(1),
    about: 'Silence after which the connection is probed.',
    default: 30_000,
    env: { name: 'E6DATA_KEEPALIVE_TIME_MS' },
    url: { parameter: 'keepalive-time-ms' },
  },
  keepaliveTimeoutMs: {
    kind: milliseconds(1),
    about: 'How long such a probe may go unanswered.',
    default: 10_000,
    env: { name: 'E6DATA_KEEPALIVE_TIMEOUT_MS' },
    url: { parameter: 'keepalive-timeout-ms' },
  },
  maxReceiveMessageLength: {
    kind: messageBytes,
    about: 'Largest message taken, in bytes; -1 is unlimited.',
    default: -1,
    env: { name: 'E6DATA_MAX_RECEIVE_MSG_LENGTH' },
    url: { parameter: 'max-receive-message-length' },
  },
  maxSendMessageLength: {
    kind: messageBytes,
    about: 'Largest message sent, in bytes; -1 is unlimited.',
    default: 314_572_800,
    env: { name: 'E6DATA_MAX_SEND_MSG_LENGTH' },
    url: { parameter: 'max-send-message-length' },
  },
  flowControlWindowBytes: {
    kind: wholeNumber(65_535, 2 ** 31 - 1),
    about: 'HTTP/2 flow control window.',
    default: 8_388_608,
    url: { parameter: 'flow-control-window-bytes' },
  },
  compression: {
    kind: oneOf('none', 'gzip'),
    about: 'Compression of messages.',
    default: 'none',
    url: { parameter: 'compression' },
  },
  transportThread: {
    kind: flag,
    about: "Whether a thread beside the program's holds the connection; see performance.md.",
    default: false,
    url: { parameter: 'transport-thread' },
  },
  userAgent: {
    kind: headerText,
    about: "Put in front of the connector's own name in the `user-agent` header.",
    url: { parameter: 'user-agent' },
  },

  ...STRATEGY_OPTION_TABLE,

  maxRetryAttempts: {
    kind: wholeNumber(1, 100),
    about: 'How many tries a call gets in all.',
    default: 5,
    env: { name: 'E6DATA_MAX_RETRY_ATTEMPTS' },
    url: { parameter: 'max-retry-attempts' },
  },
  retryDelayMs: {
    kind: milliseconds(0),
    about: 'Longest pause between two tries; the actual one is drawn from 0 to this.',
    default: 200,
    url: { parameter: 'retry-delay-ms' },
  },
  restartUnreadQueries: {
    kind: flag,
    about: 'Whether a reading statement is run again that was cut off before any of its rows was handed over.',
    default: true,
    url: { parameter: 'restart-unread-queries' },
  },
  pinnedRefusalPatienceMs: {
    kind: milliseconds(0),
    about: 'How long a call about a running query is repeated that a proxy refuses with HTTP 456.',
    default: 2000,
    url: { parameter: 'pinned-refusal-patience-ms' },
  },
  autoResume: {
    kind: flag,
    about: 'Whether a suspended cluster is resumed when a call finds it so.',
    default: true,
    env: { name: 'E6DATA_AUTO_RESUME' },
    url: { parameter: 'auto-resume' },
  },
  autoResumeTimeoutMs: {
    kind: milliseconds(1),
    about: 'How long to wait until the cluster is active.',
    default: 300_000,
    env: { name: 'E6DATA_AUTO_RESUME_TIMEOUT', unit: 'seconds' },
    url: { parameter: 'auto-resume-timeout-ms' },
  },
  autoResumePollMs: {
    kind: milliseconds(1),
    about: "Pause between two looks at the cluster's status.",
    default: 5000,
    url: { parameter: 'auto-resume-poll-ms' },
  },

  rowShape: {
    kind: oneOf('object', 'array'),
    about: 'Rows as objects by column name, or as arrays.',
    default: 'object',
    url: { parameter: 'row-shape' },
  },
  types: {
    kind: valueTypes,
    about: "Which JavaScript type a column's values become.",
    default: {},
    defaultNote: 'nothing is lossy',
  },
  maxBufferedBytes: {
    kind: wholeNumber(0, LARGEST),
    about: 'How many bytes a stream fetches ahead of its reader; 0 fetches each batch when it is asked for.',
    default: 67_108_864,
    url: { parameter: 'max-buffered-bytes' },
  },
  maxResultBytes: {
    kind: wholeNumber(1, LARGEST),
    about: 'How many bytes of result `fetchAll` and `query` collect before they refuse.',
    default: 1_073_741_824,
    url: { parameter: 'max-result-bytes' },
  },
  arraySize: {
    kind: wholeNumber(1, LARGEST),
    about: 'Rows `fetchMany` takes when no number is given.',
    default: 1000,
    url: { parameter: 'array-size' },
  },
  useResultCache: {
    kind: flag,
    about: 'Whether the engine may answer from its result cache.',
    default: true,
    url: { parameter: 'use-result-cache' },
  },
  plannerQueue: {
    kind: flag,
    about: 'Whether to ask the planner queue for a planner before preparing.',
    default: false,
    url: { parameter: 'planner-queue' },
  },
  binding: {
    kind: oneOf('client', 'server'),
    about: 'Parameters are rendered as literals, or sent beside the statement (unverified against the hosted engine).',
    default: 'client',
    url: { parameter: 'binding' },
  },
  verifyRowCount: {
    kind: oneOf('auto', 'error', 'off'),
    about:
      'What happens when a result ends before its promised rows: an error, or a warning while promises are unproven.',
    default: 'auto',
    url: { parameter: 'verify-row-count' },
  },
  overlapMetadata: {
    kind: flag,
    about: 'Whether metadata and first batch are asked for together (unverified against the hosted engine).',
    default: false,
    url: { parameter: 'overlap-metadata' },
  },
  resultEnd: {
    kind: oneOf('batch', 'row-count'),
    about: 'What ends a result: an empty batch, or the last promised row (unverified against the hosted engine).',
    default: 'batch',
    url: { parameter: 'result-end' },
  },
  queryTags: {
    kind: textRecord,
    about: "Tags put before the statement as a comment, for the engine's query log.",
  },

  logger: {
    kind: implementation('debug', 'info', 'warn', 'error'),
    about: "Any logger of pino's shape.",
    defaultNote: 'silent',
  },
  logLevel: {
    kind: oneOf(...LOG_LEVELS),
    about: 'The least severe level to log; without a logger, to standard error.',
    defaultNote: "the logger's own",
    env: { name: 'E6DATA_LOG_LEVEL' },
    url: { parameter: 'log-level' },
  },
  strategyLogLevel: {
    kind: oneOf(...LOG_LEVELS),
    about: 'The same for what concerns the strategy.',
    defaultNote: 'the value of `logLevel`',
    env: { name: 'E6DATA_STRATEGY_LOG_LEVEL' },
    url: { parameter: 'strategy-log-level' },
  },
  telemetry: {
    kind: record({
      tracer: implementation('startActiveSpan'),
      meter: implementation('createHistogram', 'createCounter', 'createUpDownCounter', 'createObservableUpDownCounter'),
      captureText: flag,
      poolName: text,
    }),
    about: 'Where spans and measurements go: a `tracer` and a `meter` of OpenTelemetry; see observability.md.',
    default: {},
    defaultNote: 'nowhere',
  },
}

export const OPTION_NAMES = Object.keys(OPTION_TABLE) as readonly OptionName[]
