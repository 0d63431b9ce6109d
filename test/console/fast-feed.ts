import type { Page } from 'playwright-core'
import type { Feed, Moment, Picture, QueryRow, Sample } from '../../packages/local-cluster/src/console/feed.ts'

const SAMPLE_MS = 500
const QUERIES_SHOWN = 40

/** Makes samples and moments large enough to reveal a page that keeps too many of them. */
const BALLAST_LENGTH = 1000
const PROGRAMS = ['reports', 'dashboard', 'nightly', 'api'] as const

/** Replaces the page's clock and its connection to the server. */
const IN_THE_PAGE = `{
  const realFetch = fetch, realNow = Date.now
  let ahead = 0, events
  const encoder = new TextEncoder()
  Date.now = () => realNow() + ahead
  fetch = (path, given) => path !== '/console/events' ? realFetch(path, given) :
    Promise.resolve(new Response(new ReadableStream({ start: (controller) => { events = controller } })))
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve))
  globalThis.isFollowing = () => events !== undefined
  globalThis.feedSeconds = async (seconds) => {
    for (const text of seconds) {
      ahead += 1000
      events.enqueue(encoder.encode(text))
      await frame()
    }
  }
}`

/** Sends the events of a busy cluster to a page, one second of them with each drawn frame. */
export class FastFeed {
  #at = Date.now()
  #second = 0

  private constructor(private readonly page: Page) {}

  /** Before the page is opened. */
  static async install(page: Page): Promise<FastFeed> {
    await page.addInitScript(IN_THE_PAGE)
    return new FastFeed(page)
  }

  /** Sends a hello with full history, so that the page's buffers are full. */
  async begin(): Promise<void> {
    await this.page.waitForFunction('isFollowing()')
    const past = <Entry>(count: number, stepMs: number, make: (at: number) => Entry) =>
      Array.from({ length: count }, (_, index) => make(this.#at - (count - index) * stepMs))
    const hello: Feed['hello'] = {
      title: 'Cluster under load',
      watches: 'local cluster',
      editor: { catalog: 'local', database: 'retail' },
      sampleMs: SAMPLE_MS,
      samples: past(600, SAMPLE_MS, sampleAt),
      historyMs: 5000,
      history: past(720, 5000, sampleAt),
      moments: past(200, 15_000, momentAt),
    }
    await this.page.evaluate(`feedSeconds([${JSON.stringify(event('hello', hello))}])`)
    this.#at += 1000
  }

  async minutes(count: number): Promise<void> {
    for (let minute = 0; minute < count; minute += 1) {
      const seconds = Array.from({ length: 60 }, () => this.#nextSecond())
      await this.page.evaluate(`feedSeconds(${JSON.stringify(seconds)})`)
    }
  }

  #nextSecond(): string {
    this.#at += 1000
    this.#second += 1
    const at = this.#at
    return [
      event('sample', sampleAt(at - SAMPLE_MS)),
      event('sample', sampleAt(at)),
      event('picture', pictureAt(at, this.#second)),
      ...(this.#second % 5 === 0 ? [event('history', sampleAt(at))] : []),
      ...(this.#second % 15 === 0 ? [event('moment', momentAt(at))] : []),
    ].join('')
  }
}

function event<Name extends keyof Feed>(name: Name, data: Feed[Name]): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
}

function ballast(at: number): string {
  return `${at} `.padEnd(BALLAST_LENGTH, '.')
}

function sampleAt(at: number): Sample & { ballast: string } {
  const perSecond = 40 + (Math.floor(at / SAMPLE_MS) % 17)
  return {
    at,
    active: 'blue',
    blue: { ended: perSecond / 2, inFlight: 30, perSecond },
    green: { ended: 0, inFlight: 0, perSecond: 0 },
    p50: 12 + (perSecond % 5),
    p99: 80 + perSecond,
    failed: at % 9 === 0 ? 1 : 0,
    restarted: 0,
    refused: 0,
    authenticate: 1,
    held: 0,
    ballast: ballast(at),
  }
}

function momentAt(at: number): Moment & { ballast: string } {
  return { at, kind: 'moved', strategy: 'blue', detail: `program ${at}`, ballast: ballast(at) }
}

/** Each second has other queries and other latest failures. */
function pictureAt(at: number, second: number): Picture {
  const queries = Array.from(
    { length: QUERIES_SHOWN },
    (_, index): QueryRow => ({
      id: `query-${second}-${index}`,
      strategy: 'blue',
      state: index % 3 === 0 ? 'running' : 'finished',
      sql: `SELECT region, count(*) FROM orders WHERE order_id > ${second} GROUP BY region`,
      engine: 'blue-1.engine',
      owner: PROGRAMS[index % PROGRAMS.length]!,
      rows: 8,
      startedAt: at - 2000,
      ...(index % 3 === 0 ? {} : { durationMs: 40 }),
    }),
  )
  return {
    at,
    state: { kind: 'stable', active: 'blue' },
    availability: 'active',
    engines: { blue: { kind: 'running', pid: 1 }, green: { kind: 'running', pid: 2 } },
    totals: { queries: second * 40, failed: second, refused: 0, authenticate: second, switches: 0 },
    told: { failed: 'queries', latency: 'programs' },
    programs: PROGRAMS.map((name, index) => ({
      name,
      host: 'here',
      pid: 100 + index,
      active: 'blue',
      pending: undefined,
      pendingReady: false,
      epoch: 1,
      inFlight: { blue: 4, green: 0 },
      held: 0,
      queries: second * 10,
      failed: 0,
      restarted: 0,
      authenticate: 1,
      agoMs: 100,
      hasJustFailed: false,
    })),
    queries,
    faults: [],
    failures: [
      { code: 'E6_QUERY_FAILED', message: `failure ${second}`, count: 1, at, sql: queries[0]!.sql!, program: 'api' },
    ],
    lastSwitch: undefined,
    load: true,
    notices: [],
  }
}
