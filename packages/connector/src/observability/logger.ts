import { callObserver } from './observer-call.ts'

/** A logger with pino's interface: facts first, then the message. All common loggers fit. */
export interface Logger {
  debug(facts: object, message: string): void
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
  error(facts: object, message: string): void
}

/** The lowest level to log; `silent` logs nothing. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** From the lowest level to the highest. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const satisfies readonly LogLevel[]

type Level = keyof Logger

const ignore = () => undefined

/** The default: a library writes no output unless asked to. */
export const silentLogger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore }

/** Wraps each level of a logger; a level that is not logged stays so. */
function eachLevel(logger: Logger, make: (level: Level) => Logger[Level]): Logger {
  if (logger === silentLogger) return silentLogger
  const at = (level: Level) => (logger[level] === ignore ? ignore : make(level))
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

/** Passes on only entries of at least `level`. */
export function leveledLogger(logger: Logger, level: LogLevel): Logger {
  const threshold = LOG_LEVELS.indexOf(level)
  return eachLevel(logger, (name) =>
    LOG_LEVELS.indexOf(name) < threshold ? ignore : (facts, message) => logger[name](facts, message),
  )
}

/** The cluster of a log line, and the component of the connector that wrote it. */
export interface LogOrigin {
  /** Host, port and name or UUID: `example.com:443/sales`. */
  readonly cluster: string
  readonly component: 'connection' | 'query' | 'pool' | 'strategy' | 'cluster' | 'telemetry'
}

/** Adds the origin to every line. */
export function originLogger(logger: Logger, { cluster, component }: LogOrigin): Logger {
  return eachLevel(logger, (level) => (facts, message) => logger[level]({ cluster, component, ...facts }, message))
}

/** A program's logger that cannot break the connector. Its first exception or rejection becomes a Node warning. */
export function guardedLogger(logger: Logger): Logger {
  let isReported = false
  const failed = (error: unknown) => {
    if (isReported) return
    isReported = true
    process.emitWarning(`the logger given to e6data-connector failed: ${String(error)}`, { code: 'E6_LOGGER_FAILED' })
  }
  return eachLevel(logger, (level) => (facts, message) => callObserver(() => logger[level](facts, message), failed))
}

/** Writes entries as JSON lines to standard error, for programs that set a log level but no logger. */
export function standardErrorLogger(level: LogLevel): Logger {
  const write = (name: string) => (facts: object, message: string) => {
    process.stderr.write(`${JSON.stringify({ level: name, time: new Date().toISOString(), message, ...facts })}\n`)
  }
  return leveledLogger(
    { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
    level,
  )
}
