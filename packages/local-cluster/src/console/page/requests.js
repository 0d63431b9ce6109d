import { byId, partOf, say } from './dom.js'

const TOKEN_KEY = 'e6data-console-token'

/** What the server says no with, in its own words. */
export class RequestError extends Error {
  /** @param {string} code @param {string} message */
  constructor(code, message) {
    super(message)
    this.code = code
  }
}

takeTokenFromAddress()
// A link that is opened once more in the same tab loads nothing.
addEventListener('hashchange', takeTokenFromAddress)

/** The token comes behind the `#`, which no server sees, and is taken out of what the address bar shows. */
function takeTokenFromAddress() {
  const token = new URLSearchParams(location.hash.slice(1)).get('token')
  if (token === null) return
  sessionStorage.setItem(TOKEN_KEY, token)
  history.replaceState(null, '', location.pathname)
}

/**
 * Sends a request with the token, if there is one; asks for a token when the server wants one.
 *
 * @param {'GET' | 'POST' | 'DELETE'} method
 * @param {string} path
 * @param {object} [body]
 * @param {AbortSignal} [signal]
 * @returns {Promise<Response>}
 */
export async function request(method, path, body, signal) {
  for (;;) {
    const token = sessionStorage.getItem(TOKEN_KEY)
    const response = await fetch(path, {
      method,
      cache: 'no-store',
      headers: {
        ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(method === 'POST' ? { body: JSON.stringify(body ?? {}) } : {}),
      ...(signal ? { signal } : {}),
    })
    if (response.status === 401) {
      await askForToken()
      continue
    }
    if (response.ok) return response
    const { error } = await response.json()
    throw new RequestError(error.code, error.message)
  }
}

/** @type {Promise<void> | undefined} */
let asking

function askForToken() {
  asking ??= new Promise((resolve) => {
    const dialog = partOf('token-dialog', HTMLDialogElement)
    const input = partOf('token', HTMLInputElement)
    say(byId('token-said'), sessionStorage.getItem(TOKEN_KEY) === null ? '' : 'That was not the token.')
    input.value = ''
    dialog.showModal()
    dialog.addEventListener(
      'close',
      () => {
        sessionStorage.setItem(TOKEN_KEY, input.value)
        asking = undefined
        resolve()
      },
      { once: true },
    )
  })
  return asking
}
