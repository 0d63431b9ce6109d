import type { ConnectOptions } from 'e6data-connector'
import type { ResolvedOptions } from 'e6data-connector/wire'
import type { Invocation } from '../invocation.ts'

/** The result of a check. */
export type Finding =
  | { readonly state: 'passed'; readonly facts: string }
  /** It works, with a warning. */
  | { readonly state: 'warned'; readonly facts: string; readonly advice: string }
  | { readonly state: 'failed'; readonly facts: string; readonly advice: string }
  /** It does not apply, or cannot run now; `stops` when the checks that need it cannot run either. */
  | { readonly state: 'skipped'; readonly facts: string; readonly stops?: true }

/** The context of the checks. */
export interface DoctorContext {
  readonly options: ConnectOptions
  readonly resolved: ResolvedOptions
  readonly tokenSource: string | undefined
  readonly profileName: string | undefined
  readonly invocation: Invocation
}

export interface Check {
  readonly id: string
  readonly title: string
  /** Checks that must pass before this one. */
  readonly needs: readonly string[]
  readonly run: (context: DoctorContext) => Promise<Finding>
}

/** Time limit of a check, in milliseconds. */
export const CHECK_TIMEOUT_MS = 10_000

export function passed(facts: string): Finding {
  return { state: 'passed', facts }
}

export function failed(facts: string, advice: string): Finding {
  return { state: 'failed', facts, advice }
}

/** Formats the milliseconds since a moment. */
export function since(startedAt: number): string {
  return `${Math.max(performance.now() - startedAt, 0).toFixed(1)} ms`
}

/** The message of an error of the system or the connector. OpenSSL's messages follow their source location. */
export function errorMessage(error: unknown): string {
  const { code, message, reason } = error as NodeJS.ErrnoException & { reason?: string }
  return reason || message.split('\n')[0] || String(code)
}
