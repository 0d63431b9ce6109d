import type { Connection } from 'e6data-connector'
import { directFetch } from 'e6data-connector/wire'
import { tokenOf } from './console-token.ts'
import { ReportCollector } from './report-collector.ts'

export interface ReportOptions {
  /**
   * The console's address with its token behind the `#`: a local cluster's `consoleUrl`, or what `e6data console`
   * prints.
   */
  url: string
  /** The token, when the address does not contain it. */
  token?: string
  /** Name of the program in the console. @default 'program' */
  name?: string
  /** Interval between reports, in milliseconds. @default 500 */
  intervalMs?: number
}

/** Reports until it is stopped. */
export interface ConsoleReporter extends AsyncDisposable {
  /** Adds a connection to the reports. */
  add(connection: Connection): void
  /** Sends a last report and stops. Never rejects. */
  stop(): Promise<void>
}

/** Time limit of a report, in milliseconds. */
const REPORT_TIMEOUT_MS = 2000

/**
 * Reports the connections of this process to a console. An unreachable console causes no error: the next report that
 * arrives carries all counts.
 */
export function reportToConsole(connections: readonly Connection[], options: ReportOptions): ConsoleReporter {
  const { url, token = tokenOf(options.url), name = 'program', intervalMs = 500 } = options
  const collector = new ReportCollector(name)
  for (const connection of connections) collector.add(connection)
  const address = new URL('/console/report', url)
  const headers = {
    'content-type': 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  }
  let hasWarned = false
  const warnOnce = () => {
    if (!hasWarned) process.emitWarning(`the console at ${address.origin} refuses reports without its token`)
    hasWarned = true
  }
  const send = async () => {
    const body = JSON.stringify(collector.take())
    try {
      const answer = await directFetch(address, {
        method: 'POST',
        headers,
        body,
        signal: AbortSignal.timeout(REPORT_TIMEOUT_MS),
      })
      await answer.arrayBuffer()
      if (answer.status === 401) warnOnce()
    } catch {
      // The counts are sums, so the next report includes this one.
      return
    }
  }
  let sending = send()
  let busy = true
  const settle = () => {
    busy = false
  }
  sending.then(settle)
  const timer = setInterval(() => {
    if (busy) return
    busy = true
    sending = send()
    sending.then(settle)
  }, intervalMs)
  timer.unref()
  const stop = async () => {
    clearInterval(timer)
    await sending
    await send()
    collector.stop()
  }
  return { add: (connection) => collector.add(connection), stop, [Symbol.asyncDispose]: stop }
}
