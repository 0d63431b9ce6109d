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

const ignore = () => undefined

/** The default: a library does not write to its host's output unless asked to. */
export const silentLogger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore }

/** A logger that can't break the connector: its failures, also those of promises that it returns, become one warning of Node. */
export function guardedLogger(logger: Logger): Logger {
  let isReported = false
  const report = (error: unknown) => {
    if (!isReported) process.emitWarning(`the logger failed: ${String(error)}`, { code: 'E6_LOGGER_FAILED' })
    isReported = true
  }
  const guarded =
    (name: Exclude<LogLevel, 'silent'>): Logger[typeof name] =>
    (facts, message) => {
      try {
        const written: unknown = logger[name](facts, message)
        if (written instanceof Promise) written.catch(report)
      } catch (error) {
        report(error)
      }
    }
  return { debug: guarded('debug'), info: guarded('info'), warn: guarded('warn'), error: guarded('error') }
}

/** Passes on only what is at least as severe as `level`. */
export function leveledLogger(logger: Logger, level: LogLevel): Logger {
  const threshold = LOG_LEVELS.indexOf(level)
  const at = (name: Exclude<LogLevel, 'silent'>): Logger[typeof name] =>
    LOG_LEVELS.indexOf(name) < threshold ? ignore : (facts, message) => logger[name](facts, message)
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
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
