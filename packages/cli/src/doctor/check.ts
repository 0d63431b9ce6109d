import type { ConnectOptions } from 'e6data-connector'
import type { ResolvedOptions } from 'e6data-connector/wire'
import type { Invocation } from '../invocation.ts'

/** What a check found. */
export type Finding =
  | { readonly state: 'passed'; readonly facts: string }
  /** It works, and still somebody should know. */
  | { readonly state: 'warned'; readonly facts: string; readonly advice: string }
  | { readonly state: 'failed'; readonly facts: string; readonly advice: string }
  /** It does not apply, or can't be done now; `stops` where the checks that need it can't be done either. */
  | { readonly state: 'skipped'; readonly facts: string; readonly stops?: true }

/** What the checks work with. */
export interface Patient {
  readonly options: ConnectOptions
  readonly resolved: ResolvedOptions
  readonly tokenSource: string | undefined
  readonly profileName: string | undefined
  readonly invocation: Invocation
}

export interface Check {
  readonly id: string
  readonly title: string
  /** Checks that have to pass before this one makes sense. */
  readonly needs: readonly string[]
  readonly run: (patient: Patient) => Promise<Finding>
}

/** How long any one check may wait, in milliseconds. */
export const CHECK_TIMEOUT_MS = 10_000

export function passed(facts: string): Finding {
  return { state: 'passed', facts }
}

export function failed(facts: string, advice: string): Finding {
  return { state: 'failed', facts, advice }
}

/** Milliseconds since a moment, as text. */
export function since(startedAt: number): string {
  return `${Math.max(performance.now() - startedAt, 0).toFixed(1)} ms`
}

/** What went wrong, in the words of the system or of the connector. OpenSSL's are behind where they stand in its sources. */
export function wordsOf(error: unknown): string {
  const { code, message, reason } = error as NodeJS.ErrnoException & { reason?: string }
  return reason || message.split('\n')[0] || String(code)
}
