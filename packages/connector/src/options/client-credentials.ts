import { CredentialsError, OptionsError } from '../errors.ts'
import { systemClock } from '../time/clock.ts'
import { type AccessTokenProvider, isAccessToken } from '../transport/access-token.ts'
import { directFetch } from '../transport/direct-fetch.ts'
import { isLoopback } from '../transport/proxy-environment.ts'
import { type FetchedToken, RenewedToken } from './renewed-token.ts'

/** The token endpoint and the client's credentials. */
export interface ClientCredentialsOptions {
  /** The token endpoint, an `https:` address; `http:` only on this machine. */
  tokenUrl: string | URL
  /** The client id registered with the issuer. */
  clientId: string
  /** The client secret. */
  clientSecret: string
  /** The requested scope, if the endpoint needs one. */
  scope?: string
  /** Additional form fields of the request, such as `audience`. */
  parameters?: Readonly<Record<string, string>>
  /** Whether the client authenticates in the header (`basic`) or in the form (`post`). @default 'basic' */
  authMethod?: 'basic' | 'post'
  /** The time limit of one request, in milliseconds. @default 10000 */
  timeoutMs?: number
  /**
   * The time before expiry at which a token is renewed, in milliseconds; at most half of its lifetime. @default 60000
   */
  renewBeforeMs?: number
}

const MOST_ANSWER_BYTES = 65_536

/** The error codes of RFC 6749. Anything else may echo the request and is not shown. */
const ERROR_CODES: ReadonlySet<unknown> = new Set([
  ...['invalid_request', 'invalid_client', 'invalid_grant', 'invalid_scope'],
  ...['unauthorized_client', 'unsupported_grant_type'],
])

/**
 * Returns a provider of access tokens for the option `accessToken`, which uses OAuth's client credentials grant (RFC
 * 6749, 4.4). Create one per program and pass it to all connections and pools, which then share the token.
 * @throws OptionsError that lists every fault
 */
export function clientCredentials(options: ClientCredentialsOptions): AccessTokenProvider {
  const { timeoutMs = 10_000, renewBeforeMs = 60_000 } = options
  const faults = faultsIn({ ...options, timeoutMs, renewBeforeMs })
  if (faults.length > 0) throw new OptionsError(faults)
  const fetchToken = () => requestToken(options, timeoutMs)
  const renewed = new RenewedToken(fetchToken, renewBeforeMs, () => systemClock.now())
  return (request) => renewed.get(request)
}

function faultsIn(options: ClientCredentialsOptions): string[] {
  const url = URL.canParse(String(options.tokenUrl)) ? new URL(options.tokenUrl) : undefined
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(bareHost(url)))
  const isPlain = url?.username === '' && url.password === '' && url.hash === ''
  const isText = (value: unknown) => typeof value === 'string' && value !== ''
  const isTime = (value: unknown) => typeof value === 'number' && value >= 0 && value < 2 ** 31
  const checks: [isFine: boolean, fault: string][] = [
    [isSafe && isPlain, 'tokenUrl must be an https: address without user name and fragment'],
    [isText(options.clientId), 'clientId must be a non-empty string'],
    [isText(options.clientSecret), 'clientSecret must be a non-empty string'],
    [options.scope === undefined || isText(options.scope), 'scope must be a non-empty string'],
    [['basic', 'post', undefined].includes(options.authMethod), "authMethod must be 'basic' or 'post'"],
    [isTime(options.timeoutMs) && options.timeoutMs !== 0, 'timeoutMs must be a number of milliseconds above 0'],
    [isTime(options.renewBeforeMs), 'renewBeforeMs must be a number of milliseconds'],
  ]
  return checks.filter(([isFine]) => !isFine).map(([, fault]) => fault)
}

async function requestToken(options: ClientCredentialsOptions, timeoutMs: number): Promise<FetchedToken> {
  const { tokenUrl, clientId, clientSecret, scope, parameters, authMethod = 'basic' } = options
  const form = new URLSearchParams({ ...parameters, grant_type: 'client_credentials', ...(scope ? { scope } : {}) })
  const headers = new Headers({ accept: 'application/json' })
  if (authMethod === 'basic') {
    const user = Buffer.from(`${formEncoded(clientId)}:${formEncoded(clientSecret)}`)
    headers.set('authorization', `Basic ${user.toString('base64')}`)
  } else {
    form.set('client_id', clientId)
    form.set('client_secret', clientSecret)
  }
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    const response = await directFetch(tokenUrl, { method: 'POST', body: form, headers, signal, redirect: 'manual' })
    return readToken(response, await limitedText(response))
  } catch (cause) {
    if (cause instanceof CredentialsError) throw cause
    throw failure('could not be reached or closed the connection', { retryable: true, cause })
  }
}

function readToken({ ok, status }: Response, text: string): FetchedToken {
  const answer = jsonObject(text)
  if (!ok) {
    const code = ERROR_CODES.has(answer.error) ? ` and ${answer.error}` : ''
    throw failure(`answered with HTTP status ${status}${code}`, { retryable: status >= 500 || status === 429 })
  }
  const { access_token: token, token_type: type, expires_in: seconds } = answer
  if (!isAccessToken(token)) throw failure('returned no access_token')
  if (String(type).toLowerCase() !== 'bearer') throw failure('returned a token that is not of type Bearer')
  const lifetimeMs = Number(seconds) * 1000
  if (!(lifetimeMs > 0 && lifetimeMs < Number.POSITIVE_INFINITY)) throw failure('returned no valid expires_in')
  return { token, lifetimeMs }
}

/** The body, unless it exceeds the size of any legitimate answer. */
async function limitedText({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let byteLength = 0
  for await (const chunk of body ?? []) {
    byteLength += chunk.byteLength
    if (byteLength > MOST_ANSWER_BYTES) throw failure(`answered with more than ${MOST_ANSWER_BYTES} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function jsonObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {} // The parser's message quotes its input.
  }
}

function failure(what: string, facts: { retryable?: boolean; cause?: unknown } = {}): CredentialsError {
  return new CredentialsError(`the token endpoint ${what}`, { outcome: 'not-sent', ...facts })
}

/** Form-encodes a half of the Authorization header, as RFC 6749, 2.3.1 requires. */
function formEncoded(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1)
}

function bareHost({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1')
}
