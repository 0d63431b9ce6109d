import { CredentialsError, E6dataError } from '../errors.ts'
import type { Deadline } from '../time/deadline.ts'

/** The option that holds a program's function, and the value that the function must return. */
export interface ProvidedOption<T> {
  readonly option: 'accessToken' | 'password'
  readonly expected: string
  readonly accepts: (value: unknown) => value is T
}

/**
 * Calls a program's own function to obtain a credential. Waiting for it counts toward the call's time limit; without a
 * wait, it costs no timer.
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
  throw unavailable(option, `the function \`${option}\` must return ${expected}`)
}

function begin(source: () => unknown, option: string): unknown {
  const failed = (cause: unknown) => unavailable(option, `the function \`${option}\` failed`, cause)
  try {
    const given = source()
    if (typeof given !== 'object' || given === null) return given
    return Promise.resolve(given).catch((cause: unknown) => Promise.reject(failed(cause)))
  } catch (cause) {
    throw failed(cause)
  }
}

/** The cause is attached unchanged, but its message is not repeated, because it may contain a secret. */
function unavailable(option: string, message: string, cause?: unknown): CredentialsError {
  const retryable = cause instanceof E6dataError && cause.retryable
  const what = option === 'accessToken' ? 'access token' : option
  return new CredentialsError(`no ${what}: ${message}`, { outcome: 'not-sent', retryable, cause })
}
