import { callObserver } from './observer-call.ts'

/** A logger of pino's shape: facts first, then the message. Any of the common loggers fits. */
export interface Logger {
  debug(facts: object, message: string): void
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
  error(facts: object, message: string): void
}

/** How severe an entry must be to be written; `silent` writes none. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** From the least severe up. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const satisfies readonly LogLevel[]

type Level = keyof Logger

const ignore = () => undefined

/** The default: a library does not write to its host's output unless asked to. */
export const silentLogger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore }

/** A logger made of another by what each of its levels becomes; a level that is not written stays so. */
function eachLevel(logger: Logger, make: (level: Level) => Logger[Level]): Logger {
  if (logger === silentLogger) return silentLogger
  const at = (level: Level) => (logger[level] === ignore ? ignore : make(level))
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

/** Passes on only what is at least as severe as `level`. */
export function leveledLogger(logger: Logger, level: LogLevel): Logger {
  const threshold = LOG_LEVELS.indexOf(level)
  return eachLevel(logger, (name) =>
    LOG_LEVELS.indexOf(name) < threshold ? ignore : (facts, message) => logger[name](facts, message),
  )
}

/** Which cluster a log line is about, and which part of the connector wrote it. */
export interface LogOrigin {
  /** Host, port and name or UUID: `example.com:443/sales`. */
  readonly cluster: string
  readonly component: 'connection' | 'query' | 'pool' | 'strategy' | 'cluster' | 'telemetry'
}

/** Puts the origin into every line. */
export function originLogger(logger: Logger, { cluster, component }: LogOrigin): Logger {
  return eachLevel(logger, (level) => (facts, message) => logger[level]({ cluster, component, ...facts }, message))
}

/** A program's logger that breaks nothing. What it throws or rejects with is shown once, where Node shows warnings. */
export function guardedLogger(logger: Logger): Logger {
  let isReported = false
  const failed = (error: unknown) => {
    if (isReported) return
    isReported = true
    process.emitWarning(`the logger given to e6data-connector failed: ${String(error)}`, { code: 'E6_LOGGER_FAILED' })
  }
  return eachLevel(logger, (level) => (facts, message) => callObserver(() => logger[level](facts, message), failed))
}

/** One line of JSON an entry on standard error, for programs that ask for a log level but bring no logger. */
export function standardErrorLogger(level: LogLevel): Logger {
  const write = (name: string) => (facts: object, message: string) => {
    process.stderr.write(`${JSON.stringify({ level: name, time: new Date().toISOString(), message, ...facts })}\n`)
  }
  return leveledLogger(
    { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
    level,
  )
}
