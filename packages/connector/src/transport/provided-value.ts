import { CredentialsError, E6dataError } from '../errors.ts'
import type { Deadline } from '../time/deadline.ts'

/** The option by which a program gave a function, and what the function must return. */
export interface ProvidedOption<T> {
  readonly option: 'accessToken' | 'password'
  readonly expected: string
  readonly accepts: (value: unknown) => value is T
}

/**
 * Asks a program's own function for a credential. Waiting for it counts toward the call's time limit; where there is nothing to wait
 * for, it costs no timer.
 * @throws CredentialsError that names the option, with the function's own error as its cause
 */
export async function askProvider<T>(
  source: () => unknown,
  { option, expected, accepts }: ProvidedOption<T>,
  deadline: Deadline,
): Promise<T> {
  const given = begin(source, option)
  const value = given instanceof Promise ? await deadline.race(given as Promise<unknown>) : given
  if (accepts(value)) return value
  throw unavailable(option, `the function given as \`${option}\` must return ${expected}`)
}

function begin(source: () => unknown, option: string): unknown {
  const failed = (cause: unknown) => unavailable(option, `the function given as \`${option}\` failed`, cause)
  try {
    const given = source()
    if (typeof given !== 'object' || given === null) return given
    return Promise.resolve(given).catch((cause: unknown) => Promise.reject(failed(cause)))
  } catch (cause) {
    throw failed(cause)
  }
}

/** The cause is shown as it is, and its words are not repeated: what they say of a secret is their author's affair. */
function unavailable(option: string, message: string, cause?: unknown): CredentialsError {
  const retryable = cause instanceof E6dataError && cause.retryable
  const what = option === 'accessToken' ? 'access token' : option
  return new CredentialsError(`no ${what}: ${message}`, { outcome: 'not-sent', retryable, cause })
}
