import { directFetch } from 'e6data-connector/wire'
import { MetricsReporter } from './metrics-report.ts'
import type { ProgramReport } from './program-report.ts'

const EVERY_MS = 500
const TIMEOUT_MS = 2000

/** Maximum size of an answer, in bytes. */
const LARGEST_BYTES = 8 * 1024 * 1024

/** Scrapes programs as Prometheus would, and turns their answers into reports. */
export class MetricsPoll {
  readonly #problems = new Map<string, string>()
  readonly #stop = new AbortController()

  constructor(
    addresses: readonly string[],
    private readonly take: (report: ProgramReport) => void,
  ) {
    for (const address of addresses) this.#follow(new URL(address))
  }

  /** The problem of each address that has no metrics to show. */
  get problems(): string[] {
    return [...this.#problems].map(([address, problem]) => `${address}: ${problem}`)
  }

  close(): void {
    this.#stop.abort()
  }

  #follow(address: URL): void {
    const reporter = new MetricsReporter(address)
    const ask = async () => {
      try {
        this.take(reporter.report(await this.#scrape(address)))
        this.#problems.delete(address.href)
      } catch (error) {
        this.#problems.set(address.href, error instanceof Error ? describe(error) : String(error))
      }
      if (!this.#stop.signal.aborted) setTimeout(ask, EVERY_MS).unref()
    }
    void ask()
  }

  async #scrape(address: URL): Promise<string> {
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(TIMEOUT_MS)])
    const response = await directFetch(address, { signal, redirect: 'error' })
    const length = Number(response.headers.get('content-length') ?? 0)
    if (!response.ok || length > LARGEST_BYTES) {
      await response.body?.cancel()
      throw new Error(response.ok ? 'the answer is too large' : `the answer has status ${response.status}`)
    }
    return response.text()
  }
}

/** An error of `fetch` has its reason in the cause. */
function describe(error: Error): string {
  return error.cause instanceof Error ? error.cause.message || error.message : error.message
}
