import type { ServerResponse } from 'node:http'
import type { ConsoleSource } from './console-source.ts'
import type { Feed, Moment, Sample } from './feed.ts'
import { SwitchLedger } from './switch-ledger.ts'

const SAMPLE_MS = 500

/** Samples kept for pages that are opened later: five minutes of them, and an hour of coarser ones. */
const SAMPLES_KEPT = 600
const SAMPLES_A_STRETCH = 10
const HISTORY_KEPT = 720
const MOMENTS_KEPT = 200

/** Interval of pictures. A picture queries the engines, so it is made only while a page is open. */
const SAMPLES_A_PICTURE = 2

/** A viewer with this many bytes unread gets nothing more until it has caught up. */
const MOST_BUFFERED_BYTES = 2 * 1024 * 1024

/** Samples the source, keeps the last minutes, and sends them to all viewers. */
export class ConsoleHub {
  readonly #viewers = new Set<ServerResponse>()
  readonly #samples: Sample[] = []
  readonly #history: Sample[] = []
  readonly #moments: Moment[] = []
  readonly #ledger = new SwitchLedger()
  readonly #timer: NodeJS.Timeout
  readonly #stopListening: () => void
  #sampleCount = 0
  /** The picture that is being made, and whether its contents have changed since it was started. */
  #picture: { stale: boolean } | undefined

  constructor(private readonly source: ConsoleSource) {
    this.#stopListening = source.listen({
      moment: (moment) => this.#note(moment),
      change: () => void this.#sendPicture(),
    })
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS)
    this.#timer.unref()
  }

  /** Sends everything to this viewer until it disconnects. */
  welcome(response: ServerResponse): void {
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    })
    const { about } = this.source
    send(response, 'hello', {
      ...about,
      sampleMs: SAMPLE_MS,
      samples: this.#samples,
      historyMs: SAMPLE_MS * SAMPLES_A_STRETCH,
      history: this.#history,
      moments: this.#moments,
    })
    this.#viewers.add(response)
    response.on('close', () => this.#viewers.delete(response))
    void this.#sendPicture()
  }

  close(): void {
    clearInterval(this.#timer)
    this.#stopListening()
    for (const viewer of this.#viewers) viewer.end()
    this.#viewers.clear()
  }

  #note(moment: Moment): void {
    keep(this.#moments, moment, MOMENTS_KEPT)
    this.#ledger.moment(moment)
    this.#broadcast('moment', moment)
  }

  #sample(): void {
    const sample = this.source.takeSample()
    keep(this.#samples, sample, SAMPLES_KEPT)
    this.#ledger.sample(sample)
    this.#broadcast('sample', sample)
    this.#sampleCount += 1
    if (this.#sampleCount % SAMPLES_A_STRETCH === 0) {
      const stretch = summed(this.#samples.slice(-SAMPLES_A_STRETCH))
      keep(this.#history, stretch, HISTORY_KEPT)
      this.#broadcast('history', stretch)
    }
    if (this.#sampleCount % SAMPLES_A_PICTURE === 0) void this.#sendPicture()
  }

  /** Makes one picture at a time. Changes during one cause another. */
  async #sendPicture(): Promise<void> {
    if (this.#viewers.size === 0) return
    if (this.#picture !== undefined) {
      this.#picture.stale = true
      return
    }
    do {
      this.#picture = { stale: false }
      const picture = await this.#makePicture()
      if (picture !== undefined) this.#broadcast('picture', picture)
    } while (this.#picture.stale)
    this.#picture = undefined
  }

  async #makePicture(): Promise<Feed['picture'] | undefined> {
    try {
      return { ...(await this.source.picture()), lastSwitch: this.#ledger.last }
    } catch {
      // The source may be closing. The next picture follows in a second, and the page shows the age of its last one.
      return undefined
    }
  }

  #broadcast<Name extends keyof Feed>(name: Name, data: Feed[Name]): void {
    for (const viewer of this.#viewers) if (viewer.writableLength <= MOST_BUFFERED_BYTES) send(viewer, name, data)
  }
}

function send<Name extends keyof Feed>(response: ServerResponse, name: Name, data: Feed[Name]): void {
  response.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`)
}

/** Merges several samples: counts are added up, gauges are those of the last sample. */
function summed(samples: readonly Sample[]): Sample {
  const last = samples.at(-1)!
  const sum = (read: (sample: Sample) => number) => samples.reduce((total, sample) => total + read(sample), 0)
  return {
    ...last,
    blue: { ...last.blue, ended: sum(({ blue }) => blue.ended) },
    green: { ...last.green, ended: sum(({ green }) => green.ended) },
    failed: sum(({ failed }) => failed),
    restarted: sum(({ restarted }) => restarted),
    refused: sum(({ refused }) => refused),
    authenticate: sum(({ authenticate }) => authenticate),
    held: Math.max(...samples.map(({ held }) => held)),
  }
}

function keep<Entry>(entries: Entry[], entry: Entry, most: number): void {
  entries.push(entry)
  if (entries.length > most) entries.shift()
}
