import { CredentialsError, OptionsError } from '../errors.ts'
import { systemClock } from '../time/clock.ts'
import { type AccessTokenProvider, isAccessToken } from '../transport/access-token.ts'
import { directFetch } from '../transport/direct-fetch.ts'
import { isLoopback } from '../transport/proxy-environment.ts'
import { type FetchedToken, RenewedToken } from './renewed-token.ts'

/** Who asks for access tokens, and where. */
export interface ClientCredentialsOptions {
  /** The token endpoint, an `https:` address; `http:` only towards this machine. */
  tokenUrl: string | URL
  /** The client's name at the issuer. */
  clientId: string
  /** What proves that it is the client. */
  clientSecret: string
  /** What the token is to be good for, if the endpoint wants to be told. */
  scope?: string
  /** Further fields of the request, such as `audience`. */
  parameters?: Readonly<Record<string, string>>
  /** Whether the client shows who it is in a header or in the form. @default 'basic' */
  authMethod?: 'basic' | 'post'
  /** How long one request may take, in milliseconds. @default 10000 */
  timeoutMs?: number
  /** How long before its end a token is fetched anew, in milliseconds; at most half of its life. @default 60000 */
  renewBeforeMs?: number
}

const MOST_ANSWER_BYTES = 65_536

/** What RFC 6749 lets an endpoint say; anything else may be an echo of the request and is not shown. */
const ERROR_CODES: ReadonlySet<unknown> = new Set([
  ...['invalid_request', 'invalid_client', 'invalid_grant', 'invalid_scope'],
  ...['unauthorized_client', 'unsupported_grant_type'],
])

/**
 * Access tokens by OAuth's client credentials grant (RFC 6749, 4.4), as the option `accessToken` takes them. Make one for
 * a program and give it to all its connections and pools, which then share the token.
 * @throws OptionsError naming every fault at once
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
    [isSafe && isPlain, 'tokenUrl must be an https: address with neither user name nor part after #'],
    [isText(options.clientId), 'clientId must be a text that is not empty'],
    [isText(options.clientSecret), 'clientSecret must be a text that is not empty'],
    [options.scope === undefined || isText(options.scope), 'scope must be a text that is not empty'],
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
    throw failure('could not be reached, or broke off', { retryable: true, cause })
  }
}

function readToken({ ok, status }: Response, text: string): FetchedToken {
  const answer = jsonObject(text)
  if (!ok) {
    const code = ERROR_CODES.has(answer.error) ? ` and ${answer.error}` : ''
    throw failure(`answered with HTTP status ${status}${code}`, { retryable: status >= 500 || status === 429 })
  }
  const { access_token: token, token_type: type, expires_in: seconds } = answer
  if (!isAccessToken(token)) throw failure('gave no access_token')
  if (String(type).toLowerCase() !== 'bearer') throw failure('gave a token that is not of type Bearer')
  const lifetimeMs = Number(seconds) * 1000
  if (!(lifetimeMs > 0 && lifetimeMs < Number.POSITIVE_INFINITY))
    throw failure('did not say for how long: no expires_in')
  return { token, lifetimeMs }
}

/** The body, unless it is larger than any honest answer. */
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
    return {} // the parser's words quote the text
  }
}

function failure(what: string, facts: { retryable?: boolean; cause?: unknown } = {}): CredentialsError {
  return new CredentialsError(`the token endpoint ${what}`, { outcome: 'not-sent', ...facts })
}

/** As RFC 6749, 2.3.1 wants the two halves of the header. */
function formEncoded(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1)
}

function bareHost({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1')
}
