/** Why an access token is asked for. */
export interface AccessTokenRequest {
  /**
   * The token that the cluster has just refused, when that is why: a cache must not give it again. The call is then
   * repeated once, if there is another.
   */
  readonly refused?: string
}

/** Gives the access token that is good now. Asked before every call, so it keeps the token until shortly before its end. */
export type AccessTokenProvider = (request: AccessTokenRequest) => string | Promise<string>

/** An access token, or who gives it. */
export type AccessToken = string | AccessTokenProvider

/** Whether a value can stand behind `Bearer ` in a header. */
export function isAccessToken(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]+$/.test(value)
}
