/** The reason for requesting an access token. */
export interface AccessTokenRequest {
  /**
   * The token that the cluster has just refused, if any; a cache must not return it again. If the provider returns
   * another token, the call is repeated once.
   */
  readonly refused?: string
}

/**
 * Returns the current access token. It is called before every call, so it should cache the token until shortly before
 * its expiry.
 */
export type AccessTokenProvider = (request: AccessTokenRequest) => string | Promise<string>

/** An access token, or a function that returns one. */
export type AccessToken = string | AccessTokenProvider

/** Returns whether a value can follow `Bearer ` in a header. */
export function isAccessToken(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]+$/.test(value)
}
