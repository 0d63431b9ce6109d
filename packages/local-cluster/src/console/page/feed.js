/** @typedef {import('../feed.ts').Feed} Feed */
/** @typedef {{ [Name in keyof Feed]: (data: Feed[Name]) => void }} FeedListeners */

import { request } from './requests.js'

const RETRY_MS = 1000

/**
 * Reads the server-sent events as long as the page is open, and reconnects. An `EventSource` could not send the token.
 *
 * @param {FeedListeners} listeners
 * @param {{ opened(hangUp: () => void): void, closed(): void }} link
 * @returns {Promise<never>}
 */
export async function follow(listeners, link) {
  for (;;) {
    const connection = new AbortController()
    link.opened(() => connection.abort())
    try {
      const response = await request('GET', '/console/events', undefined, connection.signal)
      if (response.body) {
        await readEvents(response.body, (name, data) => {
          if (Object.hasOwn(listeners, name)) listeners[/** @type {keyof Feed} */ (name)](/** @type {never} */ (data))
        })
      }
    } catch (error) {
      console.debug('the event stream ended with an error', error)
    }
    link.closed()
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
  }
}

/**
 * @param {ReadableStream<Uint8Array>} body
 * @param {(name: string, data: unknown) => void} tell
 */
async function readEvents(body, tell) {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    text += decoder.decode(value, { stream: true })
    const events = text.split('\n\n')
    text = events.pop() ?? ''
    for (const event of events) {
      const [, name, data] = /^event: (.*)\ndata: (.*)$/.exec(event) ?? []
      if (name !== undefined && data !== undefined) tell(name, JSON.parse(data))
    }
  }
}
