import { byId, partOf, say } from './dom.js'

const TOKEN_KEY = 'e6data-console-token'

/** A refusal by the server, with its message. */
export class RequestError extends Error {
  /** @param {string} code @param {string} message */
  constructor(code, message) {
    super(message)
    this.code = code
  }
}

takeTokenFromAddress()
// Opening the same link again in this tab loads nothing.
addEventListener('hashchange', takeTokenFromAddress)

/** Takes the token after the `#`, which browsers do not send, and removes it from the address bar. */
function takeTokenFromAddress() {
  const token = new URLSearchParams(location.hash.slice(1)).get('token')
  if (token === null) return
  sessionStorage.setItem(TOKEN_KEY, token)
  history.replaceState(null, '', location.pathname)
}

/**
 * Sends a request with the token, and asks for one when the server requires it.
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
    say(byId('token-said'), sessionStorage.getItem(TOKEN_KEY) === null ? '' : 'That token is wrong.')
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
