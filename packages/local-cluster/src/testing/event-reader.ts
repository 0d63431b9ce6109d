import { tokenOf } from '../console/console-token.ts'

/** The authorization header for a console at this address. */
export const authorization = (consoleUrl: string) => ({ authorization: `Bearer ${tokenOf(consoleUrl)}` })

/** Reads server-sent events one by one. */
export class EventReader implements AsyncDisposable {
  readonly #stop: AbortController
  readonly #reader: ReadableStreamDefaultReader<string>
  #text = ''

  private constructor(stop: AbortController, reader: ReadableStreamDefaultReader<string>) {
    this.#stop = stop
    this.#reader = reader
  }

  /** Opens the event stream of the console at this address, with its token. */
  static ofConsole(consoleUrl: string): Promise<EventReader> {
    return EventReader.open(new URL('/console/events', consoleUrl).href, authorization(consoleUrl))
  }

  static async open(url: string, headers: Record<string, string> = {}): Promise<EventReader> {
    const stop = new AbortController()
    const response = await fetch(url, { headers, signal: stop.signal })
    return new EventReader(stop, response.body!.pipeThrough(new TextDecoderStream()).getReader())
  }

  /** Returns the next event of this name that fulfills the condition; others are skipped. */
  async next<Data>(name: string, fits: (data: Data) => boolean = () => true): Promise<Data> {
    for (;;) {
      const end = this.#text.indexOf('\n\n')
      if (end === -1) {
        const { done, value } = await this.#reader.read()
        if (done) throw new Error(`the stream ended before an event ${name}`)
        this.#text += value
        continue
      }
      const [, event, data] = /^event: (.*)\ndata: (.*)$/.exec(this.#text.slice(0, end)) ?? []
      this.#text = this.#text.slice(end + 2)
      if (event !== name || data === undefined) continue
      const parsed = JSON.parse(data) as Data
      if (fits(parsed)) return parsed
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader.cancel()
    this.#stop.abort()
  }
}
